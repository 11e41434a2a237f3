//! The calls of one choice (translation.md 4.2).

use super::choice::{Teller, signature};
use crate::dialect::canonical::bounds::{MAX_CALLS, too_many};
use crate::dialect::canonical::read::{Kind, Value};
use crate::dialect::canonical::{Event, Open, Str};
use crate::error::Error;

/// The calls that have been told of.
#[derive(Debug, Default)]
pub(super) struct Calls {
    calls: Vec<Call>,
    /// What was told made no call.
    pub(super) malformed: bool,
}

#[derive(Debug, Default)]
struct Call {
    /// The number under which its fragments come.
    key: u64,
    id: String,
    name: String,
    custom: bool,
    signed: Option<String>,
    /// Arguments that came before both id and name.
    held: String,
    block: Option<u32>,
    closed: bool,
    extent: Extent,
}

/// The number of a `function_call`, which has none.
const FUNCTION: u64 = u64::MAX;
/// The number of the first call that is told at once; further ones are counted downwards.
const WHOLE: u64 = u64::MAX - 1;

impl Calls {
    pub(super) fn any(&self) -> bool {
        !self.calls.is_empty()
    }

    /// Takes a call, or a fragment of one; `place` is its number where it has none.
    ///
    /// # Errors
    /// There are more calls than any answer has.
    pub(super) fn take(&mut self, place: u64, value: Value<'_>, teller: &mut Teller<'_, '_>) -> Result<(), Box<Error>> {
        let id = value.get_str("id").filter(|id| !id.is_empty());
        let custom = value.get("custom");
        let inner = custom.or(value.get("function"));
        // Workers AI ends its calls with one that is nothing: `{"id":null,"function":{"name":null,"arguments":""}}`.
        let extra = value.get("extra_content");
        let says = |said: Value<'_>| !said.is_null() && !said.is_empty();
        let member = |name: &str| inner.and_then(|inner| inner.get(name)).is_some_and(says);
        if id.is_none() && extra.is_none() && !["name", "arguments", "input"].into_iter().any(member) {
            return Ok(());
        }
        let key = value.get("index").and_then(|index| index.count()).unwrap_or(place);
        let place = self.place(key, id.as_deref())?;
        let Some(call) = self.calls.get_mut(place) else { return Ok(()) };
        if let Some(id) = id
            && call.id.is_empty()
        {
            call.id = id.into_owned();
        }
        call.custom |= custom.is_some();
        if call.signed.is_none() {
            call.signed = extra.and_then(signature).map(Str::into_owned);
        }
        if let Some(inner) = inner {
            self.fragment(place, inner, if custom.is_some() { "input" } else { "arguments" }, teller);
        }
        Ok(())
    }

    /// Takes a call that is told at once, with its name and arguments beside each other.
    ///
    /// # Errors
    /// As [`Calls::take`].
    pub(super) fn take_whole(&mut self, value: Value<'_>, teller: &mut Teller<'_, '_>) -> Result<(), Box<Error>> {
        let place = self.place(WHOLE - self.calls.len() as u64, None)?;
        if let Some(call) = self.calls.get_mut(place) {
            let id = value.get_str("id").filter(|id| !id.is_empty());
            call.id = id.map_or_else(|| teller.made_up_id(place), Str::into_owned);
        }
        self.fragment(place, value, "arguments", teller);
        Ok(())
    }

    /// Takes the deprecated `function_call`, of which there is one.
    ///
    /// # Errors
    /// As [`Calls::take`].
    pub(super) fn take_function(&mut self, value: Value<'_>, teller: &mut Teller<'_, '_>) -> Result<(), Box<Error>> {
        let place = self.place(FUNCTION, None)?;
        if let Some(call) = self.calls.get_mut(place)
            && call.id.is_empty()
        {
            call.id = teller.made_up_id(place);
        }
        self.fragment(place, value, "arguments", teller);
        Ok(())
    }

    /// Where the call of that number is. A number with another id is another call: some servers give all of them 0.
    fn place(&mut self, key: u64, id: Option<&str>) -> Result<usize, Box<Error>> {
        let known = match id {
            Some(id) => {
                let known = |call: &Call| call.key == key && (call.id == id || call.id.is_empty());
                self.calls.iter().rposition(known)
            }
            None => self.calls.iter().rposition(|call| call.key == key),
        };
        if let Some(known) = known {
            return Ok(known);
        }
        if self.calls.len() >= MAX_CALLS {
            return Err(Box::new(too_many("calls")));
        }
        self.calls.push(Call { key, ..Call::default() });
        Ok(self.calls.len() - 1)
    }

    fn fragment(&mut self, place: usize, inner: Value<'_>, member: &str, teller: &mut Teller<'_, '_>) {
        let Some(call) = self.calls.get_mut(place) else { return };
        if call.name.is_empty()
            && let Some(name) = inner.get_str("name")
        {
            call.name = name.into_owned();
        }
        let text = match inner.get(member) {
            Some(value) if value.kind() == Kind::Object => value.raw().into(),
            Some(value) => value.str().unwrap_or_default(),
            None => Str::default(),
        };
        call.extent.take(&text);
        match call.block {
            Some(_) if call.closed => self.malformed |= !text.trim_ascii().is_empty(),
            Some(block) if !text.is_empty() => teller.tell(Event::Arguments { block, text }),
            Some(_) => {}
            None => {
                call.held.push_str(&text);
                if !call.id.is_empty() && !call.name.is_empty() {
                    self.open(place, teller);
                }
            }
        }
    }

    /// Opens a call whose id and name are known. Those before it that are whole end here.
    fn open(&mut self, place: usize, teller: &mut Teller<'_, '_>) {
        for call in self.calls.iter_mut().take(place) {
            if let Some(block) = call.block
                && !call.closed
                && !call.custom
                && call.extent.whole
            {
                call.closed = true;
                teller.tell(Event::Close { block });
            }
        }
        let Some(call) = self.calls.get_mut(place) else { return };
        let block = teller.open(Open::Call {
            id: call.id.as_str().into(),
            name: call.name.as_str().into(),
            namespace: None,
            custom: call.custom,
            signed: call.signed.as_deref().map(Str::Borrowed),
        });
        call.block = Some(block);
        let held = std::mem::take(&mut call.held);
        if !held.is_empty() {
            teller.tell(Event::Arguments { block, text: held.into() });
        }
    }

    /// No more fragments come: calls without an id are given one, and all are closed.
    pub(super) fn close(&mut self, teller: &mut Teller<'_, '_>) {
        for place in 0..self.calls.len() {
            let Some(call) = self.calls.get_mut(place) else { return };
            if call.block.is_none() && call.name.is_empty() {
                self.malformed = true;
                continue;
            }
            if call.block.is_none() {
                call.id = teller.made_up_id(place);
                self.open(place, teller);
            }
        }
        for call in &mut self.calls {
            if let Some(block) = call.block
                && !std::mem::replace(&mut call.closed, true)
            {
                teller.tell(Event::Close { block });
            }
        }
    }
}

/// How far a JSON text goes that comes in pieces: whether its outermost bracket has been closed.
#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    depth: u32,
    in_string: bool,
    escaped: bool,
    whole: bool,
}

impl Extent {
    fn take(&mut self, text: &str) {
        for byte in text.bytes() {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.whole |= self.depth == 0;
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_whole_when_its_bracket_is_closed() {
        for (pieces, whole) in [
            (&["{\"a\":", "\"}\\\"", "}\"", "}"][..], true),
            (&["{\"a\":{", "}"], false),
            (&["{}"], true),
            (&["", "{\"a\":\"\\", "\\\"}"], true),
            (&["[1"], false),
            (&[], false),
        ] {
            let mut extent = Extent::default();
            pieces.iter().for_each(|piece| extent.take(piece));
            assert_eq!(extent.whole, whole, "{pieces:?}");
        }
    }
}
