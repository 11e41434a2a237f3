//! An upstream that is built in: it answers in every dialect, streamed and whole, the same request always the same,
//! with no key and no network.
//!
//! Any model name answers. Some names fail on purpose, so that a client, and this gateway, can be tested against
//! what upstreams do: `status-NNN` answers that status, `cut` ends before its end, `silent` says nothing after its
//! head, `panic` and `panic-stream` are a bug in the gateway itself, before and within the answer.

mod body;
mod embed;
mod script;
mod template;
mod text;

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};

pub use body::{MockBody, Step};

use super::{GeminiMethod, Operation};

/// What fails, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    Status(StatusCode),
    Cut,
    Silent,
    PanicInBody,
}

/// Answers a call. `stream` says whether an event stream was asked for, `array` that it is one JSON array.
///
/// # Panics
/// The model `panic` panics: it is there to show that a bug ends its own request alone.
#[expect(clippy::panic, reason = "the model that stands for a bug")]
pub fn answer(operation: Operation, model: &str, body: &[u8], stream: bool, array: bool) -> Response<MockBody> {
    let fault = match model {
        "panic" => panic!("the mock model `panic` was asked for"),
        "panic-stream" => Fault::PanicInBody,
        "cut" => Fault::Cut,
        "silent" => Fault::Silent,
        _ => model.strip_prefix("status-").and_then(error_status).map_or(Fault::None, Fault::Status),
    };
    if let Fault::Status(status) = fault {
        return failed(operation, status);
    }
    let said = text::Said::of(body);
    let (content_type, mut steps) = match operation {
        Operation::Embeddings | Operation::Gemini(GeminiMethod::EmbedContent | GeminiMethod::BatchEmbedContents, _) => {
            ("application/json", vec![Step::Data(embed::answer(operation, model, body))])
        }
        Operation::InputTokens | Operation::CountTokens | Operation::Gemini(GeminiMethod::CountTokens, _) => {
            ("application/json", vec![Step::Data(script::count(operation, &said))])
        }
        _ if stream && array => ("application/json", script::array(script::events(operation, model, &said))),
        _ if stream => ("text/event-stream", script::events(operation, model, &said)),
        _ => ("application/json", vec![Step::Data(script::whole(operation, model, &said))]),
    };
    break_off(&mut steps, fault);
    let mut answer = Response::new(MockBody::new(steps));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

fn error_status(digits: &str) -> Option<StatusCode> {
    digits
        .parse::<u16>()
        .ok()
        .filter(|status| (300..=599).contains(status))
        .and_then(|status| StatusCode::from_u16(status).ok())
}

fn failed(operation: Operation, status: StatusCode) -> Response<MockBody> {
    let mut answer = Response::new(MockBody::new(vec![Step::Data(script::error(operation, status))]));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if status == StatusCode::TOO_MANY_REQUESTS {
        answer.headers_mut().insert(HeaderName::from_static("retry-after"), HeaderValue::from_static("7"));
    }
    answer
}

/// Makes the answer fail: after the events that say something first, or in the middle of a whole one.
fn break_off(steps: &mut Vec<Step>, fault: Fault) {
    if matches!(fault, Fault::None | Fault::Status(_)) {
        return;
    }
    let kept = match steps.as_mut_slice() {
        [Step::Data(whole)] => {
            *whole = whole.slice(..whole.len() / 2);
            1
        }
        _ => script::SAYS_SOMETHING.min(steps.len().saturating_sub(1)),
    };
    let (kept, last) = match fault {
        Fault::None | Fault::Status(_) => return,
        Fault::Cut => (kept, Step::Cut),
        Fault::Silent => (0, Step::Silence),
        Fault::PanicInBody => (kept, Step::Panic),
    };
    steps.truncate(kept);
    steps.push(last);
}

/// The answer's id: the same for the same request.
fn id(prefix: &str, model: &str, said: &text::Said) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::new().chain_update(model).chain_update(b"\0").chain_update(&said.text).finalize();
    let mut id = prefix.to_owned();
    for byte in digest.iter().take(12) {
        id.extend([byte >> 4, byte & 15].into_iter().filter_map(|digit| char::from_digit(digit.into(), 16)));
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::GeminiVersion;

    const MODELS: [&str; 3] = ["m", "a \"quoted\" $'\\ one", "status-429"];
    const BODIES: [&str; 4] = [
        "",
        r#"{"messages":[{"role":"user","content":"it's \"$5\"\n\\ \u0001 é"}]}"#,
        r#"{"input":["a","b\n"],"content":{"parts":[{"text":"x"}]},"requests":[{"content":"a"},{}]}"#,
        r#"{"input":[1, 2],"encoding_format":"base64"}"#,
    ];

    fn steps(operation: Operation, model: &str, body: &str, stream: bool, array: bool) -> Vec<String> {
        let mut body = Box::pin(answer(operation, model, body.as_bytes(), stream, array).into_body());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        std::iter::from_fn(|| match http_body::Body::poll_frame(body.as_mut(), &mut context) {
            std::task::Poll::Ready(Some(Ok(frame))) => {
                Some(String::from_utf8(frame.into_data().expect("data").into()).expect("text"))
            }
            _ => None,
        })
        .collect()
    }

    fn assert_json(text: &str) {
        serde_json::from_str::<serde_json::Value>(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    }

    #[test]
    fn every_answer_and_event_is_json() {
        use GeminiMethod::{BatchEmbedContents, CountTokens, EmbedContent, GenerateContent, StreamGenerateContent};
        let gemini = [GenerateContent, StreamGenerateContent, CountTokens, EmbedContent, BatchEmbedContents];
        let mut operations = vec![
            Operation::ChatCompletions,
            Operation::Embeddings,
            Operation::Responses,
            Operation::InputTokens,
            Operation::Messages,
            Operation::CountTokens,
        ];
        operations.extend(gemini.map(|method| Operation::Gemini(method, GeminiVersion::V1Beta)));
        for operation in operations {
            for (model, body) in MODELS.iter().flat_map(|model| BODIES.map(|body| (*model, body))) {
                assert_json(&steps(operation, model, body, false, false).concat());
                if matches!(operation, Operation::Gemini(..)) {
                    assert_json(&steps(operation, model, body, true, true).concat());
                }
                for event in steps(operation, model, body, true, false) {
                    let data = event.split_once("data: ").map_or(event.as_str(), |(_, data)| data);
                    assert_json(if data.trim_end() == "[DONE]" { "0" } else { data });
                }
            }
        }
    }
}
