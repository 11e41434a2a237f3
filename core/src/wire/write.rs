//! JSON that is written piece by piece.

use super::literal::Text;
use super::text::{push_number, push_string};

/// Appends JSON to bytes. Commas are put where they belong: it looks at what was written last.
#[derive(Debug)]
pub struct Writer<'o>(pub &'o mut Vec<u8>);

impl Writer<'_> {
    /// Whatever comes next is an element, a member's key or a member's value.
    fn border(&mut self) {
        if !matches!(self.0.last(), None | Some(b'{' | b'[' | b':' | b',' | b' ' | b'\n')) {
            self.0.push(b',');
        }
    }

    /// Begins an object.
    pub fn open(&mut self) -> &mut Self {
        self.border();
        self.0.push(b'{');
        self
    }

    /// Ends an object.
    pub fn close(&mut self) -> &mut Self {
        self.0.push(b'}');
        self
    }

    /// Begins an array.
    pub fn open_array(&mut self) -> &mut Self {
        self.border();
        self.0.push(b'[');
        self
    }

    /// Ends an array.
    pub fn close_array(&mut self) -> &mut Self {
        self.0.push(b']');
        self
    }

    /// A member's key, which needs no escapes. Its value comes next.
    pub fn key(&mut self, key: &str) -> &mut Self {
        self.border();
        self.0.push(b'"');
        self.0.extend_from_slice(key.as_bytes());
        self.0.extend_from_slice(b"\":");
        self
    }

    /// A string, from plain text.
    pub fn string(&mut self, plain: &str) -> &mut Self {
        self.border();
        push_string(self.0, plain);
        self
    }

    /// A string, from text that is escaped already.
    pub fn text(&mut self, text: &Text<'_>) -> &mut Self {
        self.texts(std::iter::once(text))
    }

    /// One string, from several texts without a border.
    pub fn texts<'t, 'a: 't>(&mut self, texts: impl IntoIterator<Item = &'t Text<'a>>) -> &mut Self {
        self.border();
        self.0.push(b'"');
        for text in texts {
            self.0.extend_from_slice(text.inner().as_bytes());
        }
        self.0.push(b'"');
        self
    }

    /// Any value, as it was written.
    pub fn raw(&mut self, json: &str) -> &mut Self {
        self.border();
        self.0.extend_from_slice(json.as_bytes());
        self
    }

    /// Any value, on one line: line ends between its tokens become spaces. For server-sent events.
    pub fn raw_line(&mut self, json: &str) -> &mut Self {
        self.border();
        self.0.extend(json.bytes().map(|byte| if byte == b'\n' || byte == b'\r' { b' ' } else { byte }));
        self
    }

    /// A number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.border();
        push_number(self.0, number);
        self
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, truth: bool) -> &mut Self {
        self.raw(if truth { "true" } else { "false" })
    }

    /// `null`.
    pub fn null(&mut self) -> &mut Self {
        self.raw("null")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_are_where_they_belong() {
        let mut out = b"data: ".to_vec();
        let mut writer = Writer(&mut out);
        writer.open().key("a").number(1).key("b").open_array().string("x\n").null().open().close();
        writer.open_array().close_array().raw("{ \"k\":1 }").close_array().key("c").boolean(true);
        writer.key("d").text(&Text::of_plain("é\"")).key("e").raw_line("[1,\n2]").key("f").string("").close();
        let expected = r#"data: {"a":1,"b":["x\n",null,{},[],{ "k":1 }],"c":true,"d":"é\"","e":[1, 2],"f":""}"#;
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}
