//! A model in the shape of each dialect.

use super::Listed;
use crate::dialect::Dialect;
use crate::wire::text::{push_number, push_string};

pub(super) fn push_model(out: &mut Vec<u8>, dialect: Dialect, model: &Listed) {
    match dialect {
        Dialect::Chat | Dialect::Responses | Dialect::Converse => {
            out.extend_from_slice(b"{\"id\":");
            push_string(out, &model.id);
            out.extend_from_slice(b",\"object\":\"model\",\"created\":0,\"owned_by\":");
            push_string(out, &model.owner);
            // OpenAI's own models tell nothing more; these are the names that most others have.
            known(out, b",\"context_window\":", model.context);
            known(out, b",\"max_output_tokens\":", model.max_output);
        }
        Dialect::Messages => {
            out.extend_from_slice(b"{\"type\":\"model\",\"id\":");
            push_string(out, &model.id);
            out.extend_from_slice(b",\"display_name\":");
            push_string(out, &model.id);
            // All keys of the official type (anthropic-sdk-python, `types/model_info.py`): the release date "may be set
            // to an epoch value if [it] is unknown", and `null` is what is not known. Of the capabilities all or none must
            // be told, and some of them nobody knows.
            out.extend_from_slice(
                b",\"created_at\":\"1970-01-01T00:00:00Z\",\"lifecycle\":\"active\",\"deprecated_at\":null,\
                  \"retires_at\":null,\"line\":null,\"capabilities\":null",
            );
            for (key, count) in
                [(b",\"max_input_tokens\":".as_slice(), model.context), (b",\"max_tokens\":", model.max_output)]
            {
                match count {
                    Some(_) => known(out, key, count),
                    None => out.extend_from_slice(&[key, b"null"].concat()),
                }
            }
        }
        Dialect::Gemini => {
            out.extend_from_slice(b"{\"name\":");
            push_string(out, &["models/", &model.id].concat());
            out.extend_from_slice(b",\"displayName\":");
            push_string(out, &model.id);
            // python-genai, `types.py` `Model`.
            known(out, b",\"inputTokenLimit\":", model.context);
            known(out, b",\"outputTokenLimit\":", model.max_output);
            out.extend_from_slice(b",\"supportedGenerationMethods\":[");
            out.extend_from_slice(if model.embedding {
                b"\"embedContent\",\"batchEmbedContents\",\"countTokens\"]".as_slice()
            } else {
                b"\"generateContent\",\"streamGenerateContent\",\"countTokens\"]".as_slice()
            });
        }
    }
    out.push(b'}');
}

/// A count, where it is known.
fn known(out: &mut Vec<u8>, key: &[u8], count: Option<u64>) {
    if let Some(count) = count {
        out.extend_from_slice(key);
        push_number(out, count);
    }
}
