//! What a document is called.

use super::request::Str;

/// A name for a document: its title, ending as its type does. OpenAI goes by the name, and refuses a file without one.
pub fn file_name<'t>(title: &'t str, mime: &str) -> Str<'t> {
    let title = title.trim();
    let extension = match mime {
        "text/plain" => ".txt",
        "text/html" => ".html",
        "text/csv" => ".csv",
        "text/markdown" => ".md",
        "application/json" => ".json",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => ".docx",
        _ => ".pdf",
    };
    let has_one = title.rsplit_once('.').is_some_and(|(name, end)| {
        !name.is_empty() && (1..=5).contains(&end.len()) && end.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    match title {
        "" => Str::Owned(["document", extension].concat()),
        _ if has_one => Str::Borrowed(title),
        _ => Str::Owned([title, extension].concat()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_as_its_type_does() {
        for (title, mime, expected) in [
            ("", "application/pdf", "document.pdf"),
            ("", "text/csv", "document.csv"),
            ("Annual report", "application/pdf", "Annual report.pdf"),
            (" a.txt ", "text/plain", "a.txt"),
            ("v1. final", "text/markdown", "v1. final.md"),
        ] {
            assert_eq!(file_name(title, mime), expected);
        }
    }
}
