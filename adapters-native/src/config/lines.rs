//! From a path in a TOML document to the line where it is written.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The number of the line at that place of the text.
pub(super) fn line_at(text: &str, place: usize) -> usize {
    text.bytes().take(place).filter(|byte| *byte == b'\n').count() + 1
}

/// The lines of paths such as `providers.openai.api_key` and `models.fast.targets[0]`. What is not in the document
/// (a missing field) is looked for where it should be.
pub(super) fn of_paths<'a>(text: &str, paths: impl Iterator<Item = &'a str>) -> Vec<Option<usize>> {
    let table = DeTable::parse(text).ok();
    paths
        .map(|path| {
            let place = deepest(table.as_ref()?.get_ref(), path)?;
            Some(line_at(text, place))
        })
        .collect()
}

/// Where the longest part of the path that there is begins.
fn deepest(table: &DeTable<'_>, path: &str) -> Option<usize> {
    // Names may hold dots themselves, so that a path can be read in several ways: the longest name wins.
    let mut found: Vec<_> = table
        .iter()
        .filter_map(|(key, value)| {
            let rest = path.strip_prefix(key.get_ref().as_ref())?;
            (rest.is_empty() || rest.starts_with(['.', '['])).then_some((key, value, rest))
        })
        .collect();
    found.sort_by_key(|(_, _, rest)| rest.len());
    let (key, value, rest) = found.into_iter().next()?;
    inside(value, rest).or(Some(key.span().start))
}

fn inside(value: &Spanned<DeValue<'_>>, rest: &str) -> Option<usize> {
    match value.get_ref() {
        DeValue::Table(table) => deepest(table, rest.strip_prefix('.')?),
        DeValue::Array(array) => {
            let (index, rest) = rest.strip_prefix('[')?.split_once(']')?;
            let element = array.get(index.parse::<usize>().ok()?)?;
            inside(element, rest).or(Some(element.span().start))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"open = false

[providers.openai]
api_key = "${A}"
[providers."a.b"]
base_url = "x"
[models.fast]
targets = [
  "a/b",
  { model = "c/d", weight = 0 },
]
[models.fast2]
"#;

    #[test]
    fn paths_have_lines() {
        let paths = [
            ("open", Some(1)),
            ("providers", Some(3)),
            ("providers.openai", Some(3)),
            ("providers.openai.api_key", Some(4)),
            ("providers.openai.base_url", Some(3)),
            ("providers.a.b.base_url", Some(6)),
            ("models.fast.targets", Some(8)),
            ("models.fast.targets[0]", Some(9)),
            ("models.fast.targets[1].weight", Some(10)),
            ("models.fast.targets[7]", Some(8)),
            ("models.fast2.targets", Some(12)),
            ("keys", None),
            ("", None),
        ];
        let lines = of_paths(DOCUMENT, paths.iter().map(|(path, _)| *path));
        for ((path, expected), line) in paths.iter().zip(lines) {
            assert_eq!(line, *expected, "{path}");
        }
    }
}
