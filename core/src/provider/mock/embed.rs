//! The mock's embeddings: eight numbers that depend on the text alone.

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::provider::{GeminiMethod, Operation};

const DIMENSIONS: usize = 8;

/// Answers a request for embeddings.
pub(super) fn answer(operation: Operation, model: &str, body: &[u8]) -> Bytes {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let values = |input: &Value| json!({"values": vector(&input.to_string())});
    super::json(&match operation {
        Operation::Gemini(GeminiMethod::BatchEmbedContents, _) => {
            let requests = request.get("requests").and_then(Value::as_array).cloned().unwrap_or_default();
            json!({"embeddings": requests.iter().map(|one| values(&one["content"])).collect::<Vec<_>>()})
        }
        Operation::Gemini(..) => json!({"embedding": values(&request["content"])}),
        _ => openai(model, &request),
    })
}

fn openai(model: &str, request: &Value) -> Value {
    let input = &request["input"];
    let inputs = match input {
        Value::Array(list) if !list.iter().all(Value::is_number) => list.clone(),
        one => vec![one.clone()],
    };
    let base64 = request["encoding_format"] == "base64";
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, input)| {
            let vector = vector(&input.to_string());
            let embedding = if base64 { json!(encode(&vector)) } else { json!(vector) };
            json!({"object": "embedding", "index": index, "embedding": embedding})
        })
        .collect();
    let tokens = inputs.iter().map(|input| input.to_string().split_whitespace().count() as u64).sum::<u64>();
    json!({"object": "list", "data": data, "model": model, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}})
}

/// Numbers between -1 and 1 that `f32` holds exactly.
fn vector(text: &str) -> Vec<f32> {
    Sha256::digest(text).iter().take(DIMENSIONS).map(|byte| (f32::from(*byte) - 128.0) / 128.0).collect()
}

/// Little-endian `f32`s in base64, as OpenAI's SDKs ask for.
fn encode(vector: &[f32]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
    let mut encoded = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = ALPHABET.get((bits >> (18 - 6 * place) & 63) as usize).copied().unwrap_or(b'=');
            encoded.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_the_standard_one() {
        assert_eq!(encode(&[1.0]), "AACAPw==");
        assert_eq!(encode(&[1.0, -0.5]), "AACAPwAAAL8=");
        assert_eq!(encode(&[0.0, 0.0, 1.0]), "AAAAAAAAAAAAAIA/");
    }
}
