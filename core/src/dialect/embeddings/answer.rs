//! OpenAI's answer of another API's. <https://platform.openai.com/docs/api-reference/embeddings/object>

use super::Wanted;
use crate::dialect::canonical::read::{Kind, Value};
use crate::dialect::{Dialect, failure};
use crate::error::{Class, Error};
use crate::usage::Usage;
use crate::wire::base64;
use crate::wire::decimal::decimal;
use crate::wire::write::Writer;

impl Wanted {
    /// Makes OpenAI's answer of an upstream's, and says what was used. `told`: the tokens of the input as a header tells
    /// them (`x-amzn-bedrock-input-token-count`), for who does not tell them in the answer.
    ///
    /// # Errors
    /// It is an error, or not what was asked for.
    pub fn answer(
        self,
        body: Value<'_>,
        from: Dialect,
        model: &str,
        told: Option<u64>,
    ) -> Result<(Vec<u8>, Usage), Error> {
        let vectors = vectors(body);
        if vectors.is_empty() && ["error", "message", "Message", "__type"].iter().any(|name| body.get(name).is_some()) {
            return Err(failure::in_stream(from, body).error);
        }
        if vectors.len() != self.count {
            return Err(Error::new(
                Class::UpstreamInvalid,
                "the provider's answer does not hold an embedding of each text",
            ));
        }
        // A number takes about twelve bytes as text, and five and a third as base64.
        let mut out = Writer::with_capacity(vectors.iter().map(|vector| vector.raw().len() + 64).sum());
        out.open().str_member("object", "list").key("data").open_array();
        for (vector, index) in vectors.iter().zip(0..) {
            out.open().str_member("object", "embedding").count_member("index", index).key("embedding");
            if self.base64 {
                out.string(&base64(*vector)?);
            } else if vector.kind() == Kind::Array {
                out.raw(vector.raw());
            } else {
                return Err(no_vector());
            }
            out.close();
        }
        let tokens = tokens(body).or(told);
        let prompt = tokens.unwrap_or(0);
        out.close_array().str_member("model", model).key("usage").open();
        out.count_member("prompt_tokens", prompt).count_member("total_tokens", prompt).close().close();
        let known = tokens.is_some();
        Ok((out.into_bytes(), Usage { input: prompt, known, complete: known, ..Usage::default() }))
    }
}

/// The vectors of an answer, in the order of their texts: the shapes are told apart by themselves.
fn vectors(body: Value<'_>) -> Vec<Value<'_>> {
    // Titan's one vector; Gemini's `embedContent`.
    if let Some(embedding) = body.get("embedding") {
        return vec![embedding.get("values").unwrap_or(embedding)];
    }
    // Vertex AI's predictions.
    if let Some(predictions) = body.get("predictions") {
        return predictions.elements().filter_map(|one| one.get("embeddings")?.get("values")).collect();
    }
    // Cohere's and Gemini's; Workers AI's `{"shape":[1,3],"data":[[…]]}`.
    let Some(embeddings) = body.get("embeddings").or(body.get("data")) else { return Vec::new() };
    // Cohere's vectors by type.
    let list = embeddings.get("float").unwrap_or(embeddings);
    list.elements().map(|one| one.get("values").unwrap_or(one)).collect()
}

/// The tokens of the input: Vertex AI's, of each text; Gemini's, Titan's, Cohere's.
fn tokens(body: Value<'_>) -> Option<u64> {
    if let Some(predictions) = body.get("predictions") {
        let count =
            |one: Value<'_>| one.get("embeddings")?.get("statistics")?.get("token_count")?.number()?.parse().ok();
        return predictions.elements().map(count).try_fold(0_u64, |sum, count: Option<f64>| {
            // A whole number, written as `3.0` at times.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "negative ones become 0")]
            Some(sum.saturating_add(count? as u64))
        });
    }
    let gemini = body.get("usageMetadata").and_then(|usage| usage.get("promptTokenCount"));
    let titan = || body.get("inputTextTokenCount");
    let cohere = || body.get("meta")?.get("billed_units")?.get("input_tokens");
    gemini.or_else(titan).or_else(cohere)?.count()
}

/// The numbers as OpenAI packs them: four bytes each, the low one first.
fn base64(vector: Value<'_>) -> Result<String, Error> {
    let mut bytes = Vec::with_capacity(vector.raw().len() / 2);
    if vector.kind() != Kind::Array {
        return Err(no_vector());
    }
    for number in vector.elements() {
        let number = number.number().and_then(decimal).ok_or_else(no_vector)?;
        #[expect(clippy::cast_possible_truncation, reason = "OpenAI's numbers have four bytes")]
        bytes.extend_from_slice(&(number as f32).to_le_bytes());
    }
    Ok(base64::encode(&bytes))
}

fn no_vector() -> Error {
    Error::new(Class::UpstreamInvalid, "the provider's answer holds an embedding that is none")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::canonical::read::Doc;

    fn made(wanted: Wanted, body: &str, told: Option<u64>) -> Result<(String, Usage), Error> {
        let doc = Doc::parse(body).expect("JSON");
        let made = wanted.answer(doc.root(), Dialect::Gemini, "m", told);
        made.map(|(body, usage)| (String::from_utf8(body).expect("UTF-8"), usage))
    }

    fn used(input: u64, known: bool) -> Usage {
        Usage { input, known, complete: known, ..Usage::default() }
    }

    #[test]
    fn every_shape_becomes_openais() {
        let one = r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1.0,-5e-1]}],"model":"m","usage":{"prompt_tokens":3,"total_tokens":3}}"#;
        for (body, told) in [
            (r#"{"embeddings":[{"values":[1.0,-5e-1]}],"usageMetadata":{"promptTokenCount":3}}"#, None),
            (r#"{"embedding":{"values":[1.0,-5e-1]}}"#, Some(3)),
            (r#"{"shape":[1,2],"data":[[1.0,-5e-1]],"pooling":"mean"}"#, Some(3)),
            (
                r#"{"predictions":[{"embeddings":{"values":[1.0,-5e-1],"statistics":{"token_count":3.0,"truncated":false}}}],"metadata":{"billableCharacterCount":9}}"#,
                None,
            ),
            (r#"{"embedding":[1.0,-5e-1],"inputTextTokenCount":3,"embeddingsByType":{"float":[1.0,-5e-1]}}"#, Some(9)),
            (r#"{"id":"i","response_type":"embeddings_floats","embeddings":[[1.0,-5e-1]],"texts":["a"]}"#, Some(3)),
            (
                r#"{"response_type":"embeddings_by_type","embeddings":{"float":[[1.0,-5e-1]]},"meta":{"billed_units":{"input_tokens":3}}}"#,
                None,
            ),
        ] {
            let wanted = Wanted { count: 1, base64: false };
            assert_eq!(made(wanted, body, told), Ok((one.to_owned(), used(3, true))), "{body}");
        }
    }

    #[test]
    fn base64_is_little_endian_floats() {
        let wanted = Wanted { count: 2, base64: true };
        let body = r#"{"embeddings":[{"values":[1,-0.5]},{"values":[]}]}"#;
        let expected = concat!(
            r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAAL8="},"#,
            r#"{"object":"embedding","index":1,"embedding":""}],"model":"m","usage":{"prompt_tokens":0,"total_tokens":0}}"#,
        );
        assert_eq!(made(wanted, body, None), Ok((expected.to_owned(), used(0, false))));
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        for (body, class) in [
            ("{}", Class::UpstreamInvalid),
            (r#"{"embeddings":[]}"#, Class::UpstreamInvalid),
            (r#"{"embeddings":[{"values":[1]},{"values":[1]}]}"#, Class::UpstreamInvalid),
            (r#"{"embedding":["x"]}"#, Class::UpstreamInvalid),
            (r#"{"embedding":"x"}"#, Class::UpstreamInvalid),
            (r#"{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}}"#, Class::RateLimit),
        ] {
            for base64 in [true, false] {
                let made = made(Wanted { count: 1, base64 }, body, None);
                // What is only moved is not looked at.
                if let Err(error) = made {
                    assert_eq!(error.class, class, "{body}");
                } else {
                    assert_eq!((body, base64), (r#"{"embedding":["x"]}"#, false));
                }
            }
        }
    }
}
