//! The models that are known by a bare name, and who makes them.

/// A model known by name.
#[derive(Debug, PartialEq, Eq)]
pub struct KnownModel {
    /// The model's id, as its provider writes it.
    pub id: &'static str,
    /// The row of the provider table that serves it.
    pub kind: &'static str,
}

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

/// What the list of models shows of each configured provider: current ids from the types of the vendors' own SDKs.
const KNOWN: &[KnownModel] = &[
    // openai-python 3.57, `types/shared/chat_model.py` and `types/embedding_model.py`.
    openai("gpt-6-astra"),
    openai("gpt-6.2-astra"),
    openai("gpt-6.1-sol"),
    openai("gpt-6.2-sol"),
    openai("gpt-6.1-terra"),
    openai("gpt-6-sol"),
    openai("gpt-6-luna"),
    openai("gpt-5.6-sol"),
    openai("gpt-5.6-terra"),
    openai("gpt-5.6-luna"),
    openai("gpt-5.5"),
    openai("gpt-5.4"),
    openai("gpt-5.4-mini"),
    openai("gpt-5.4-nano"),
    openai("gpt-5.2"),
    openai("gpt-5.2-pro"),
    openai("gpt-5.1"),
    openai("gpt-5.1-codex"),
    openai("gpt-5.1-mini"),
    openai("gpt-5"),
    openai("gpt-5-mini"),
    openai("gpt-5-nano"),
    openai("gpt-4.1"),
    openai("gpt-4.1-mini"),
    openai("gpt-4.1-nano"),
    openai("gpt-4o"),
    openai("gpt-4o-mini"),
    openai("o4-mini"),
    openai("o3"),
    openai("o3-mini"),
    openai("o1"),
    openai("text-embedding-3-small"),
    openai("text-embedding-3-large"),
    openai("text-embedding-ada-002"),
    // anthropic-sdk-python 2.13, `types/model.py`.
    anthropic("claude-fable-5-2"),
    anthropic("claude-mythos-5-2"),
    anthropic("claude-haiku-5-5"),
    anthropic("claude-sonnet-5-5"),
    anthropic("claude-fable-5-1"),
    anthropic("claude-opus-5-5"),
    anthropic("claude-mythos-5-1"),
    anthropic("claude-sonnet-5"),
    anthropic("claude-fable-5"),
    anthropic("claude-mythos-5"),
    anthropic("claude-opus-5"),
    anthropic("claude-opus-4-8"),
    anthropic("claude-opus-4-7"),
    anthropic("claude-opus-4-6"),
    anthropic("claude-sonnet-4-6"),
    anthropic("claude-haiku-4-5"),
    anthropic("claude-opus-4-5"),
    anthropic("claude-sonnet-4-5"),
    // python-genai 3.6, the models its own types and documents name.
    gemini("gemini-4-argon"),
    gemini("gemini-3.8-flash"),
    gemini("gemini-3.5-flash"),
    gemini("gemini-3.1-pro-preview"),
    gemini("gemini-3.1-flash-lite"),
    gemini("gemini-2.5-pro"),
    gemini("gemini-2.5-flash"),
    gemini("gemini-embedding-2"),
    gemini("gemini-embedding-001"),
];

const fn openai(id: &'static str) -> KnownModel {
    KnownModel { id, kind: "openai" }
}

const fn anthropic(id: &'static str) -> KnownModel {
    KnownModel { id, kind: "anthropic" }
}

const fn gemini(id: &'static str) -> KnownModel {
    KnownModel { id, kind: "gemini" }
}

/// The row of the provider table that serves the model of that bare name.
pub fn owner(model: &str) -> Option<&'static str> {
    OWNERS.iter().find(|(beginning, _)| model.starts_with(beginning)).map(|(_, kind)| *kind)
}

/// The known models of a row of the provider table.
pub fn known_models(kind: &str) -> impl Iterator<Item = &'static KnownModel> {
    KNOWN.iter().filter(move |model| model.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Kind;

    #[test]
    fn every_known_model_has_its_owner() {
        for model in KNOWN {
            assert_eq!(owner(model.id), Some(model.kind), "{}", model.id);
            assert!(Kind::named(model.kind).is_some(), "{}", model.kind);
        }
        assert_eq!(owner("llama-3.3"), None);
    }
}
