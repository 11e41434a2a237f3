//! Writing JSON, member by member. What is only moved is written as it was read.

use super::text::{push_number, push_string};

/// A JSON text that is being written. Commas come by themselves.
#[derive(Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
    one_line: bool,
}

impl Writer {
    /// An empty text with room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes), one_line: false }
    }

    /// Goes on behind what has been written, on one line: JSON that is moved loses the line ends between its values, as
    /// an event's data must.
    pub fn line(out: Vec<u8>) -> Self {
        Self { out, one_line: true }
    }

    /// What has been written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// What has been written so far.
    pub fn bytes(&self) -> &[u8] {
        &self.out
    }

    /// The place where a value begins: a comma, if one is due.
    fn begin(&mut self) {
        if let Some(last) = self.out.last()
            && !matches!(last, b'{' | b'[' | b':' | b',' | b' ' | b'\n')
        {
            self.out.push(b',');
        }
    }

    /// `{`
    pub fn open(&mut self) -> &mut Self {
        self.begin();
        self.out.push(b'{');
        self
    }

    /// `}`
    pub fn close(&mut self) -> &mut Self {
        self.out.push(b'}');
        self
    }

    /// `[`
    pub fn open_array(&mut self) -> &mut Self {
        self.begin();
        self.out.push(b'[');
        self
    }

    /// `]`
    pub fn close_array(&mut self) -> &mut Self {
        self.out.push(b']');
        self
    }

    /// A member's key; its value is written next. Keys are plain names: nothing in them is escaped.
    pub fn key(&mut self, name: &str) -> &mut Self {
        self.begin();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self
    }

    /// A member's key that may hold anything.
    pub fn any_key(&mut self, name: &str) -> &mut Self {
        self.begin();
        push_string(&mut self.out, name);
        self.out.push(b':');
        self
    }

    /// A string.
    pub fn string(&mut self, text: &str) -> &mut Self {
        self.begin();
        push_string(&mut self.out, text);
        self
    }

    /// A string in pieces that are joined.
    pub fn joined(&mut self, pieces: &[&str]) -> &mut Self {
        self.string(&pieces.concat())
    }

    /// A count.
    pub fn count(&mut self, count: u64) -> &mut Self {
        self.begin();
        push_number(&mut self.out, count);
        self
    }

    /// `true` or `false`.
    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.raw(if value { "true" } else { "false" })
    }

    /// `null`.
    pub fn null(&mut self) -> &mut Self {
        self.raw("null")
    }

    /// JSON that is there already: one whole value, as it was written.
    pub fn raw(&mut self, json: &str) -> &mut Self {
        self.begin();
        let start = self.out.len();
        self.out.extend_from_slice(json.as_bytes());
        if self.one_line {
            // Inside a string a line end is escaped: one that is there stands between values.
            for byte in self.out.iter_mut().skip(start).filter(|byte| matches!(byte, b'\n' | b'\r')) {
                *byte = b' ';
            }
        }
        self
    }

    /// A member that is a string.
    pub fn str_member(&mut self, name: &str, text: &str) -> &mut Self {
        self.key(name).string(text)
    }

    /// A member that is a count.
    pub fn count_member(&mut self, name: &str, count: u64) -> &mut Self {
        self.key(name).count(count)
    }

    /// A member that is JSON already.
    pub fn raw_member(&mut self, name: &str, json: &str) -> &mut Self {
        self.key(name).raw(json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_come_by_themselves() {
        let mut json = Writer::with_capacity(64);
        json.open().str_member("a", "x\"").key("b").open_array().count(1).raw("2").open().close().close_array();
        json.key("c").null().key("d").bool(true).any_key("e\n").open_array().close_array().close();
        let written = String::from_utf8(json.into_bytes()).expect("UTF-8");
        assert_eq!(written, r#"{"a":"x\"","b":[1,2,{}],"c":null,"d":true,"e\n":[]}"#);
        assert!(super::super::json::is_valid(&written));
    }
}
