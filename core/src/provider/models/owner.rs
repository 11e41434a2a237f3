//! Who makes the models of a bare name.

/// The beginnings of each maker's model ids. A list of whole ids would be out of date within weeks, and a bare name
/// that is refused for that would surprise; so the beginning decides who is asked.
const OWNERS: &[(&str, &str)] = &[
    ("gpt-", "openai"),
    ("chatgpt-", "openai"),
    ("codex-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("computer-use-preview", "openai"),
    ("text-embedding-3-", "openai"),
    ("text-embedding-ada-", "openai"),
    ("ft:gpt-", "openai"),
    ("claude-", "anthropic"),
    ("gemini-", "gemini"),
    ("gemma-", "gemini"),
    ("learnlm-", "gemini"),
];

/// The row of the provider table that serves the model of that bare name.
pub fn owner(model: &str) -> Option<&'static str> {
    OWNERS.iter().find(|(beginning, _)| model.starts_with(beginning)).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Kind;

    #[test]
    fn every_owner_is_a_kind() {
        for (_, kind) in OWNERS {
            assert!(Kind::named(kind).is_some(), "{kind}");
        }
        assert_eq!(owner("gpt-5"), Some("openai"));
        assert_eq!(owner("llama-3.3"), None);
    }
}
