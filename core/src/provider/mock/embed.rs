//! The mock's embeddings: eight numbers that depend on the text alone.

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::template::{Part, fill};
use super::text::{Object, elements};
use crate::provider::{GeminiMethod, Operation};
use crate::wire::{base64, json, text};

const DIMENSIONS: usize = 8;

/// How deep an input is read that is written otherwise and means the same. What lies deeper counts as it is written:
/// each level is a pass over the input.
const SAME_DEPTH: u32 = 8;

/// Answers a request for embeddings.
pub(super) fn answer(operation: Operation, model: &str, body: &[u8]) -> Bytes {
    let request = Object::of(std::str::from_utf8(body).unwrap_or_default());
    let values = |request: &Object<'_>| {
        let content = canonical(request.get("content").unwrap_or("null"));
        fill("{'values':$}", &[Part::Json(&decimals(vector(&content)))])
    };
    Bytes::from(match operation {
        Operation::Gemini(GeminiMethod::BatchEmbedContents, _) => {
            let requests = request.get("requests").and_then(elements).unwrap_or_default();
            let all = list(requests.into_iter().map(|one| values(&Object::of(one))));
            fill("{'embeddings':$}", &[Part::Json(&all)])
        }
        Operation::Gemini(..) => fill("{'embedding':$}", &[Part::Json(&values(&request))]),
        _ => openai(model, &request),
    })
}

fn openai(model: &str, request: &Object<'_>) -> Vec<u8> {
    let input = request.get("input").unwrap_or("null");
    let is_number = |one: &&str| one.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let inputs = match elements(input) {
        Some(list) if !list.iter().all(is_number) => list,
        _ => vec![input],
    };
    let base64 = request.text("encoding_format").is_some_and(|format| format == "base64");
    let mut tokens = 0;
    let data = list(inputs.into_iter().zip(0..).map(|(input, index)| {
        let input = canonical(input);
        tokens += String::from_utf8_lossy(&input).split_whitespace().count() as u64;
        let vector = vector(&input);
        let embedding = if base64 {
            fill("$", &[Part::Text(&encode(&vector.map(|number| f32::from(number) / 128.0)))])
        } else {
            decimals(vector)
        };
        let parts = [Part::Number(index), Part::Json(&embedding)];
        fill("{'object':'embedding','index':$,'embedding':$}", &parts)
    }));
    fill(
        "{'object':'list','data':$,'model':$,'usage':{'prompt_tokens':$,'total_tokens':$}}",
        &[Part::Json(&data), Part::Text(model), Part::Number(tokens), Part::Number(tokens)],
    )
}

/// An array of what is written already.
fn list(written: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let elements: Vec<Vec<u8>> = written.collect();
    [b"[", elements.join(&b","[..]).as_slice(), b"]"].concat()
}

/// The one way to write what the value means: without space, with the members sorted and the same escapes.
fn canonical(value: &str) -> Vec<u8> {
    let mut out = Vec::new();
    push_canonical(&mut out, value, SAME_DEPTH);
    out
}

fn push_canonical(out: &mut Vec<u8>, value: &str, depth: u32) {
    if let Some(string) = json::string(value) {
        text::push_string(out, &string);
    } else if depth == 0 {
        out.extend_from_slice(value.as_bytes());
    } else if let Some(elements) = elements(value) {
        out.push(b'[');
        for (index, element) in elements.into_iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            push_canonical(out, element, depth - 1);
        }
        out.push(b']');
    } else if value.starts_with('{') {
        let mut members = Object::of(value).0;
        members.sort();
        out.push(b'{');
        for (index, (key, value)) in members.into_iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            text::push_string(out, &key);
            out.push(b':');
            push_canonical(out, value, depth - 1);
        }
        out.push(b'}');
    } else {
        out.extend_from_slice(value.as_bytes());
    }
}

/// Numbers of 128ths, which `f32` holds exactly, between -1 and 1.
fn vector(text: &[u8]) -> [i16; DIMENSIONS] {
    let mut bytes = Sha256::digest(text).into_iter();
    std::array::from_fn(|_| i16::from(bytes.next().unwrap_or_default()) - 128)
}

/// The numbers of 128ths as decimal fractions, by long division.
fn decimals(vector: [i16; DIMENSIONS]) -> Vec<u8> {
    list(vector.into_iter().map(|number| {
        let mut out = Vec::new();
        if number < 0 {
            out.push(b'-');
        }
        let mut rest = u64::from(number.unsigned_abs());
        text::push_number(&mut out, rest / 128);
        out.push(b'.');
        loop {
            rest = rest % 128 * 10;
            text::push_number(&mut out, rest / 128);
            if rest % 128 == 0 {
                return out;
            }
        }
    }))
}

/// Little-endian `f32`s in base64, as OpenAI's SDKs ask for.
fn encode(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
    base64::encode(&bytes)
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
    #[test]
    fn decimals_read_back() {
        for number in -128..=127 {
            let text = decimals([number; DIMENSIONS]);
            let read: Vec<f32> = serde_json::from_slice(&text).unwrap();
            assert_eq!(read, [f32::from(number) / 128.0; DIMENSIONS]);
        }
        assert!(decimals([-128, 0, 1, 64, 0, 0, 0, 0]).starts_with(b"[-1.0,0.0,0.0078125,0.5,"));
    }

    #[test]
    fn the_same_written_otherwise_is_the_same() {
        let value = r#" {"role" : "a\u00e9\/", "parts":[ {"text":"x  y"} , 1 ],"n":{}}"#.trim();
        assert_eq!(canonical(value), r#"{"n":{},"parts":[{"text":"x  y"},1],"role":"aé/"}"#.as_bytes());
        assert_eq!(canonical("[1, 2,\n3]"), b"[1,2,3]");
    }
}
