//! Puts blocks one after another, for the dialects that can have only one open (translation.md 4.7).
//!
//! What is said of a block that must wait is kept, and told when the block's turn has come: its fragments joined. A call
//! that no `Close` has ended stays open until the answer ends: fragments may still come for it.

use super::event::{Event, Open};

/// Puts blocks one after another.
#[derive(Debug, Default)]
pub struct Sequence {
    /// The block that is open, and whether it is a call.
    open: Option<(u32, bool)>,
    /// The blocks that wait, in order of their `Open`, each with what was said of it.
    waiting: std::collections::VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    block: u32,
    is_call: bool,
    events: Vec<Event<'static>>,
    closed: bool,
}

impl Sequence {
    /// Takes an event and passes on what may be told now.
    pub fn push(&mut self, event: Event<'_>, sink: &mut dyn FnMut(Event<'_>)) {
        let Some(block) = event.block() else {
            match event {
                Event::Finish { .. } | Event::Search(_) => {
                    self.drain(sink);
                    sink(event);
                }
                event => sink(event),
            }
            return;
        };
        // Blocks are numbered in the order in which they open.
        if let Ok(at) = self.waiting.binary_search_by_key(&block, |waiting| waiting.block) {
            if let Some(waiting) = self.waiting.get_mut(at) {
                waiting.keep(event);
            }
            return;
        }
        match (&event, self.open) {
            (Event::Open { open, .. }, None) => {
                self.open = Some((block, matches!(open, Open::Call { .. })));
                sink(event);
            }
            // Text and reasoning end where something else begins; a call may still be told more.
            (Event::Open { open, .. }, Some((current, false))) => {
                let is_call = matches!(open, Open::Call { .. });
                sink(Event::Close { block: current });
                self.open = Some((block, is_call));
                sink(event);
            }
            (Event::Open { open, .. }, Some((_, true))) => {
                let is_call = matches!(open, Open::Call { .. });
                self.waiting.push_back(Waiting { block, is_call, events: vec![event.into_owned()], closed: false });
            }
            (Event::Close { .. }, Some((current, _))) if current == block => {
                sink(event);
                self.open = None;
                self.next(sink);
            }
            (_, Some((current, _))) if current == block => sink(event),
            // A block that has ended says no more.
            _ => {}
        }
    }

    /// The answer ends: whatever waits is told, whatever is open is closed.
    pub fn drain(&mut self, sink: &mut dyn FnMut(Event<'_>)) {
        while let Some((block, _)) = self.open.take() {
            sink(Event::Close { block });
            self.next(sink);
        }
    }

    /// Nothing is open: the blocks that wait have their turn, up to the first that is not closed yet.
    fn next(&mut self, sink: &mut dyn FnMut(Event<'_>)) {
        while self.open.is_none()
            && let Some(waiting) = self.waiting.pop_front()
        {
            for event in waiting.events {
                sink(event);
            }
            if waiting.closed {
                sink(Event::Close { block: waiting.block });
            } else {
                self.open = Some((waiting.block, waiting.is_call));
                // Text that waited ends where the next one begins.
                if !waiting.is_call && !self.waiting.is_empty() {
                    sink(Event::Close { block: waiting.block });
                    self.open = None;
                }
            }
        }
    }
}

impl Waiting {
    fn keep(&mut self, event: Event<'_>) {
        match (self.events.last_mut(), event) {
            (_, Event::Close { .. }) => self.closed = true,
            (Some(Event::Arguments { text: told, .. }), Event::Arguments { text, .. })
            | (Some(Event::Text { text: told, .. }), Event::Text { text, .. }) => told.to_mut().push_str(&text),
            (Some(Event::Reasoning { part: before, text: told, .. }), Event::Reasoning { part, text, .. })
                if *before == part =>
            {
                told.to_mut().push_str(&text);
            }
            (_, event) => self.events.push(event.into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(block: u32) -> Event<'static> {
        let open = Open::Call {
            id: format!("c{block}").into(),
            name: "f".into(),
            namespace: None,
            custom: false,
            signed: None,
        };
        Event::Open { block, open }
    }

    fn arguments(block: u32, text: &'static str) -> Event<'static> {
        Event::Arguments { block, text: text.into() }
    }

    fn told(events: Vec<Event<'static>>) -> Vec<String> {
        let mut sequence = Sequence::default();
        let mut told = Vec::new();
        let mut sink = |event: Event<'_>| {
            told.push(match event {
                Event::Open { block, .. } => format!("open {block}"),
                Event::Text { block, text } => format!("text {block} {text}"),
                Event::Arguments { block, text } => format!("args {block} {text}"),
                Event::Close { block } => format!("close {block}"),
                Event::Finish { .. } => "finish".to_owned(),
                other => format!("{other:?}"),
            });
        };
        for event in events {
            sequence.push(event, &mut sink);
        }
        sequence.drain(&mut sink);
        told
    }

    #[test]
    fn interleaved_calls_come_one_after_another() {
        let events = vec![
            Event::Open { block: 0, open: Open::Text },
            Event::Text { block: 0, text: "a".into() },
            call(1),
            arguments(1, "{"),
            call(2),
            arguments(2, "["),
            arguments(1, "}"),
            arguments(2, "]"),
            Event::Open { block: 3, open: Open::Text },
            Event::Text { block: 3, text: "b".into() },
            Event::Close { block: 2 },
            Event::Close { block: 1 },
            Event::Finish { reason: super::super::Finish::Stop, stop_sequence: None },
        ];
        let expected = [
            "open 0",
            "text 0 a",
            "close 0",
            "open 1",
            "args 1 {",
            "args 1 }",
            "close 1",
            "open 2",
            "args 2 []",
            "close 2",
            "open 3",
            "text 3 b",
            "close 3",
            "finish",
        ];
        assert_eq!(told(events), expected);
    }

    #[test]
    fn what_never_closes_is_closed_at_the_end() {
        let events = vec![call(0), arguments(0, "{"), call(1), arguments(1, "x"), arguments(0, "}")];
        let expected = ["open 0", "args 0 {", "args 0 }", "close 0", "open 1", "args 1 x", "close 1"];
        assert_eq!(told(events), expected);
    }
}
