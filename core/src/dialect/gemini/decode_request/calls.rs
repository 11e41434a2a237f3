//! Which result answers which call: Gemini's calls need no ids.

use crate::dialect::canonical::{Index, Str};

/// The calls that no result has answered yet.
#[derive(Debug, Default)]
pub(super) struct Calls<'a> {
    /// All calls, in their order; `None` once one is answered.
    ids: Vec<Option<Str<'a>>>,
    /// The calls of each id.
    by_id: (Index<'a>, Vec<Queue>),
    /// For each name the turns that call it, each with its calls of that name.
    by_name: (Index<'a>, Vec<Vec<(usize, Queue)>>),
    turn: usize,
    count: usize,
}

impl<'a> Calls<'a> {
    /// A call: its id, or one that is made of its place. The same conversation has the same ids every time.
    pub(super) fn call(&mut self, turn: usize, id: Option<Str<'a>>, name: &Str<'a>) -> Str<'a> {
        let id = id.filter(|id| !id.is_empty()).unwrap_or_else(|| self.number(turn));
        let at = self.ids.len();
        self.ids.push(Some(id.clone()));
        if let Some(calls) = of(&mut self.by_id, &id) {
            calls.calls.push(at);
        }
        if let Some(turns) = of(&mut self.by_name, name) {
            match turns.last_mut() {
                Some((last, calls)) if *last == turn => calls.calls.push(at),
                _ => turns.push((turn, Queue { calls: vec![at], next: 0 })),
            }
        }
        id
    }

    /// A result: the id of the call that it answers. It is the call of that id, else the first of that name that is not
    /// answered, of the latest turn that has one.
    pub(super) fn result(&mut self, turn: usize, id: Option<Str<'a>>, name: &str) -> Str<'a> {
        let id = id.filter(|id| !id.is_empty());
        match id.as_deref().and_then(|id| self.of_id(id)).or_else(|| self.of_name(name)) {
            Some(answered) => answered,
            // It answers nothing: the upstream says what it thinks of that.
            None => id.unwrap_or_else(|| self.number(turn)),
        }
    }

    /// The first open call of that id, which is open no longer.
    fn of_id(&mut self, id: &str) -> Option<Str<'a>> {
        let (known, lists) = &mut self.by_id;
        lists.get_mut(known.get(id)?)?.first_open(&mut self.ids)
    }

    fn of_name(&mut self, name: &str) -> Option<Str<'a>> {
        let (known, lists) = &mut self.by_name;
        let turns = lists.get_mut(known.get(name)?)?;
        while let Some((_, calls)) = turns.last_mut() {
            if let Some(id) = calls.first_open(&mut self.ids) {
                return Some(id);
            }
            turns.pop();
        }
        None
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

/// The list of that text: an empty one, if there was none.
fn of<'l, 'a, L: Default>((known, lists): &'l mut (Index<'a>, Vec<L>), text: &Str<'a>) -> Option<&'l mut L> {
    let at = known.get(text).unwrap_or_else(|| {
        known.insert(text.clone(), lists.len());
        lists.push(L::default());
        lists.len() - 1
    });
    lists.get_mut(at)
}

/// Calls in their order, and the first that may still be open.
#[derive(Debug, Default)]
struct Queue {
    calls: Vec<usize>,
    next: usize,
}

impl Queue {
    /// The first that is still open, which it is no longer.
    fn first_open<'a>(&mut self, ids: &mut [Option<Str<'a>>]) -> Option<Str<'a>> {
        loop {
            let at = *self.calls.get(self.next)?;
            self.next += 1;
            if let Some(id) = ids.get_mut(at).and_then(Option::take) {
                return Some(id);
            }
        }
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
