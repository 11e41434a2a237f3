//! Which result answers which call: Gemini's calls need no ids.

use crate::dialect::canonical::Str;

/// The calls that no result has answered yet.
#[derive(Debug, Default)]
pub(super) struct Calls<'a> {
    open: Vec<Open<'a>>,
    turn: usize,
    count: usize,
}

#[derive(Debug)]
struct Open<'a> {
    turn: usize,
    id: Str<'a>,
    name: Str<'a>,
}

impl<'a> Calls<'a> {
    /// A call: its id, or one that is made of its place. The same conversation has the same ids every time.
    pub(super) fn call(&mut self, turn: usize, id: Option<Str<'a>>, name: &Str<'a>) -> Str<'a> {
        let id = id.filter(|id| !id.is_empty()).unwrap_or_else(|| self.number(turn));
        self.open.push(Open { turn, id: id.clone(), name: name.clone() });
        id
    }

    /// A result: the id of the call that it answers. It is the call of that id, else the first of that name that is not
    /// answered, of the latest turn that has one.
    pub(super) fn result(&mut self, turn: usize, id: Option<Str<'a>>, name: &str) -> Str<'a> {
        let id = id.filter(|id| !id.is_empty());
        let by_id = id.as_ref().and_then(|id| self.open.iter().position(|open| open.id == *id));
        let by_name = || {
            let of_name = |open: &&Open<'_>| open.name == name;
            let latest = self.open.iter().rev().find(of_name)?.turn;
            self.open.iter().position(|open| open.turn == latest && of_name(&open))
        };
        match by_id.or_else(by_name) {
            Some(at) => self.open.remove(at).id,
            // It answers nothing: the upstream says what it thinks of that.
            None => id.unwrap_or_else(|| self.number(turn)),
        }
    }

    fn number(&mut self, turn: usize) -> Str<'a> {
        if turn != self.turn {
            (self.turn, self.count) = (turn, 0);
        }
        let mut digits = itoa::Buffer::new();
        let mut id = String::with_capacity(12);
        id.push_str(super::super::MADE_UP);
        id.push_str(digits.format(turn));
        id.push('_');
        id.push_str(digits.format(self.count));
        self.count += 1;
        Str::Owned(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_find_their_calls_by_name_and_order() {
        let mut calls = Calls::default();
        let (f, g) = (Str::Borrowed("f"), Str::Borrowed("g"));
        assert_eq!(calls.call(1, None, &f), "gl_1_0");
        assert_eq!(calls.call(1, Some("".into()), &g), "gl_1_1");
        assert_eq!(calls.call(1, None, &f), "gl_1_2");
        assert_eq!(calls.call(1, Some("own".into()), &f), "own");
        assert_eq!(calls.result(2, None, "g"), "gl_1_1");
        assert_eq!(calls.result(2, None, "f"), "gl_1_0");
        assert_eq!(calls.result(2, Some("own".into()), "f"), "own");
        assert_eq!(calls.result(2, Some("foreign".into()), "f"), "gl_1_2");
        assert_eq!(calls.result(2, None, "f"), "gl_2_0");
        assert_eq!(calls.call(3, None, &f), "gl_3_0");
        assert_eq!(calls.call(5, None, &f), "gl_5_0");
        assert_eq!(calls.result(6, None, "f"), "gl_5_0", "what an earlier step left open does not shift this one's");
    }
}
