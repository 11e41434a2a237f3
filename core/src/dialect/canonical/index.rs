//! Texts that are looked up.

use std::collections::BTreeMap;

use super::request::Str;

/// Texts, each with a number: a set, or the way into a list. One type for all of a translation's look-ups, since each
/// other would bring its own copy of the tree's code: five kilobytes.
#[derive(Debug, Default)]
pub struct Index<'a>(BTreeMap<Str<'a>, usize>);

impl<'a> Index<'a> {
    /// Adds a text, or gives it another number; whether it was not there.
    pub fn insert(&mut self, text: Str<'a>, number: usize) -> bool {
        self.0.insert(text, number).is_none()
    }

    /// The text's number.
    pub fn get(&self, text: &str) -> Option<usize> {
        self.0.get(text).copied()
    }

    /// Whether the text is there.
    pub fn contains(&self, text: &str) -> bool {
        self.0.contains_key(text)
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The texts with their places.
impl<'a> FromIterator<&'a str> for Index<'a> {
    fn from_iter<I: IntoIterator<Item = &'a str>>(texts: I) -> Self {
        let mut index = Self::default();
        for (place, text) in texts.into_iter().enumerate() {
            index.insert(text.into(), place);
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_last_number_given() {
        let mut index: Index<'_> = ["b", "a", "b"].into_iter().collect();
        assert_eq!((index.get("a"), index.get("b"), index.get("c")), (Some(1), Some(2), None));
        assert!(index.insert("c".into(), 7) && !index.insert("a".into(), 8));
        assert_eq!((index.get("a"), index.len(), index.contains("c")), (Some(8), 3, true));
    }
}
