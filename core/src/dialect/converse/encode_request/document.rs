//! Documents have names: legal ones, each once in a request.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html>

use crate::dialect::canonical::Index;

/// The longest name.
const MAX_NAME: usize = 200;

/// The names that are taken, each with the number that one like it had last.
#[derive(Debug, Default)]
pub(super) struct Names(Index<'static>);

impl Names {
    /// A name for a document of that title: with nothing but letters, digits, single spaces, hyphens and brackets in it, and
    /// with a number where it is taken.
    pub(super) fn of(&mut self, title: Option<&str>) -> String {
        let mut name = String::new();
        for char in title.unwrap_or_default().trim().chars() {
            let legal = char.is_ascii_alphanumeric() || matches!(char, '-' | '(' | ')' | '[' | ']');
            match char {
                char if char.is_whitespace() => {
                    if !name.ends_with(' ') {
                        name.push(' ');
                    }
                }
                char => name.push(if legal { char } else { '-' }),
            }
        }
        if name.is_empty() {
            name.push_str("document");
        }
        name.truncate(MAX_NAME);
        let plain = name.clone();
        let mut count = self.0.get(&plain).unwrap_or(1);
        while self.0.contains(&name) {
            count += 1;
            let mut number = itoa::Buffer::new();
            let number = number.format(count);
            name.clone_from(&plain);
            name.truncate(MAX_NAME - 1 - number.len());
            name.push(' ');
            name.push_str(number);
        }
        if plain != name {
            self.0.insert(name.clone().into(), 1);
        }
        self.0.insert(plain.into(), count);
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_legal_and_each_is_one() {
        let mut names = Names::default();
        for (title, name) in [
            (Some("report_2026.pdf"), "report-2026-pdf"),
            (Some("report_2026.pdf"), "report-2026-pdf 2"),
            (Some("report_2026.pdf"), "report-2026-pdf 3"),
            (Some("  a \t b (1)[x]  "), "a b (1)[x]"),
            (Some("Übersicht"), "-bersicht"),
            (None, "document"),
            (Some(""), "document 2"),
        ] {
            assert_eq!(names.of(title), name, "{title:?}");
        }
        let long = "x".repeat(300);
        assert_eq!((names.of(Some(&long)).len(), names.of(Some(&long)).len()), (200, 200));
    }
}
