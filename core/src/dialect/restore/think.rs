//! Takes reasoning out of a text, where a server leaves it between tags (`<think>…</think>`).
//!
//! Only what a text begins with is reasoning: a model that writes about the tags later on says so in its answer, and
//! visible text never becomes reasoning.

use super::stop::beginning;

/// What a piece of text is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Text(String),
    Thought(String),
}

/// Takes reasoning out of a text that comes in pieces.
#[derive(Debug)]
pub(super) struct Think {
    open: &'static str,
    close: &'static str,
    place: Place,
    held: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nothing but blanks has come.
    Start,
    /// Between the tags; whether anything but blanks has come there.
    Inside(bool),
    /// Nothing but blanks has come since the tags: they are no part of the answer.
    Behind,
    /// The answer itself.
    Text,
}

impl Think {
    pub(super) fn new(open: &'static str, close: &'static str) -> Self {
        Self { open, close, place: Place::Start, held: String::new() }
    }

    /// Takes more of the text.
    pub(super) fn push(&mut self, text: &str, said: &mut Vec<Said>) {
        let mut text = std::mem::take(&mut self.held) + text;
        loop {
            match self.place {
                Place::Start | Place::Behind => {
                    let begun = text.trim_start();
                    if let Some(rest) = begun.strip_prefix(self.open) {
                        self.place = Place::Inside(false);
                        text = rest.to_owned();
                    } else if self.open.starts_with(begun) {
                        self.held = text;
                        return;
                    } else {
                        if self.place == Place::Behind {
                            text = begun.to_owned();
                        }
                        self.place = Place::Text;
                    }
                }
                Place::Inside(begun) => {
                    if !begun {
                        text = text.trim_start().to_owned();
                    }
                    if let Some((thought, rest)) = text.split_once(self.close) {
                        self.place = Place::Behind;
                        if !thought.is_empty() {
                            said.push(Said::Thought(thought.to_owned()));
                        }
                        text = rest.to_owned();
                    } else {
                        self.held = text.split_off(beginning(&text, &[self.close]));
                        if !text.is_empty() {
                            self.place = Place::Inside(true);
                            said.push(Said::Thought(text));
                        }
                        return;
                    }
                }
                Place::Text => {
                    if !text.is_empty() {
                        said.push(Said::Text(text));
                    }
                    return;
                }
            }
        }
    }

    /// What was held back, since no more is to come.
    pub(super) fn rest(&mut self) -> Option<Said> {
        let held = std::mem::take(&mut self.held);
        let rest = match self.place {
            Place::Inside(_) => Said::Thought(held),
            Place::Behind => Said::Text(held.trim_start().to_owned()),
            Place::Start | Place::Text => Said::Text(held),
        };
        self.place = Place::Text;
        matches!(&rest, Said::Text(text) | Said::Thought(text) if !text.is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &str, at: &[usize]) -> (String, String) {
        let mut think = Think::new("<think>", "</think>");
        let mut said = Vec::new();
        let mut start = 0;
        for end in at.iter().copied().chain([text.len()]) {
            if end >= start && text.is_char_boundary(end) && end <= text.len() {
                think.push(&text[start..end], &mut said);
                start = end;
            }
        }
        said.extend(think.rest());
        let (mut thought, mut answer) = (String::new(), String::new());
        for said in said {
            match said {
                Said::Text(text) => answer.push_str(&text),
                Said::Thought(text) => thought.push_str(&text),
            }
        }
        (thought, answer)
    }

    const TEXTS: &[(&str, &str, &str)] = &[
        ("<think>\nhm</think>\n\nYes", "hm", "Yes"),
        ("\n<think>a < b </thin k></think>c", "a < b </thin k>", "c"),
        ("<think>\n\n</think>\n\nYes ", "", "Yes "),
        ("Use <think>x</think>", "", "Use <think>x</think>"),
        ("  plain", "", "  plain"),
        ("<think>a</think> <think>b</think>c", "ab", "c"),
        ("<thin", "", "<thin"),
        ("<think>cut </thi", "cut </thi", ""),
        ("", "", ""),
    ];

    #[test]
    fn reasoning_is_taken_out() {
        for (text, thought, answer) in TEXTS {
            assert_eq!(split(text, &[]), ((*thought).to_owned(), (*answer).to_owned()), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_split_says_the_same(index in 0..TEXTS.len(), mut at in prop::collection::vec(0_usize..40, 0..9)) {
            at.sort_unstable();
            let (text, thought, answer) = TEXTS[index];
            prop_assert_eq!(split(text, &at), (thought.to_owned(), answer.to_owned()));
        }
    }
}
