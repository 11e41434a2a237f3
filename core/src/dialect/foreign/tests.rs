use bytes::Bytes;
use proptest::prelude::*;

use super::super::canonical::carrier::{Origin, tag};
use super::*;
use crate::wire::base64;
use crate::wire::splice::splice;

fn foreign(binds: Option<&str>, bytes: &str) -> String {
    let origin = Origin { vendor: Vendor::Other, scope: "".into(), model: "m".into() };
    tag(&origin, binds, bytes)
}

fn of(vendor: Vendor, scope: &str, bytes: &str) -> String {
    tag(&Origin { vendor, scope: scope.into(), model: "m".into() }, None, bytes)
}

fn reader(vendor: Vendor) -> Reader<'static> {
    Reader { vendor, scope: "acct", replays: false }
}

/// The body as it would be sent; `TAG` in it stands for the tagged text.
fn sent(dialect: Dialect, body: &str, tagged: &str, reader: &Reader<'_>) -> (String, bool) {
    let tagged = if dialect == Dialect::Gemini { base64::encode(tagged.as_bytes()) } else { tagged.to_owned() };
    let quoted = serde_json::to_string(&tagged).expect("JSON");
    let body = Bytes::from(body.replace("TAG", quoted.trim_matches('"')));
    let Changes { edits, dropped } = changes(dialect, &body, reader);
    let spliced = splice(&body, &edits).joined();
    let text = String::from_utf8(spliced.to_vec()).expect("UTF-8");
    assert!(Doc::parse(&text).is_ok(), "{text}");
    (text, dropped)
}

#[test]
fn what_another_made_is_cut_and_nothing_else() {
    let none = reader(Vendor::OpenAi);
    for (dialect, body, expected) in [
        (
            Dialect::Messages,
            r#"{"x": 1.0, "messages":[{"role":"assistant","content":[ {"type":"thinking","thinking":"t","signature":"TAG"} , {"type":"text","text":"a"}]}]}"#,
            r#"{"x": 1.0, "messages":[{"role":"assistant","content":[ {"type":"text","text":"a"}]}]}"#,
        ),
        (
            Dialect::Messages,
            r#"{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"own","signature":"EqQB"},{"type":"redacted_thinking","data":"TAG"},{"type":"redacted_thinking","data":"TAG"}]}]}"#,
            r#"{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"own","signature":"EqQB"}]}]}"#,
        ),
        // A turn of which nothing is left goes.
        (
            Dialect::Messages,
            r#"{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"redacted_thinking","data":"TAG"}]},{"role":"user","content":"r"}]}"#,
            r#"{"messages":[{"role":"user","content":"q"},{"role":"user","content":"r"}]}"#,
        ),
        (
            Dialect::Responses,
            r#"{"input":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"TAG"},{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"gAAA"},{"type":"message","role":"user","content":"TAG"}]}"#,
            r#"{"input":[{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"gAAA"},{"type":"message","role":"user","content":"TAG"}]}"#,
        ),
        (
            Dialect::Chat,
            r#"{"messages":[{"role":"assistant","reasoning_content":"t","content":"a","reasoning_details":[{"type":"reasoning.encrypted","data":"TAG"}],"reasoning":"t"},{"role":"user","content":"TAG"}]}"#,
            r#"{"messages":[{"role":"assistant","content":"a"},{"role":"user","content":"TAG"}]}"#,
        ),
        (
            Dialect::Chat,
            r#"{"messages":[{"reasoning_details":[{"type":"reasoning.text","text":"t"},{"type":"reasoning.encrypted","data":"TAG"}],"role":"assistant"}]}"#,
            r#"{"messages":[{"role":"assistant"}]}"#,
        ),
        (
            Dialect::Chat,
            r#"{"messages":[{"role":"assistant","reasoning_content":"t","reasoning_details":[{"type":"reasoning.encrypted","data":"TAG"},{"type":"reasoning.encrypted","data":"own"}]}]}"#,
            r#"{"messages":[{"role":"assistant","reasoning_content":"t","reasoning_details":[{"type":"reasoning.encrypted","data":"own"}]}]}"#,
        ),
        (
            Dialect::Chat,
            r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"c","extra_content":{"google":{"thought_signature":"TAG"}},"type":"function"}]}]}"#,
            r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"function"}]}]}"#,
        ),
        (
            Dialect::Gemini,
            r#"{"contents":[{"role":"model","parts":[{"text":"pa","thought":true}]},{"role":"model","parts":[{"text":"t","thought":true,"thoughtSignature":"TAG"},{"text":"a","thoughtSignature":"TAG"},{"text":"","thought_signature":"TAG"}]},{"role":"user","parts":[{"text":"TAG"}]}]}"#,
            r#"{"contents":[{"role":"model","parts":[{"text":"a"}]},{"role":"user","parts":[{"text":"TAG"}]}]}"#,
        ),
        // A call without a signature would be refused by Gemini 3.
        (
            Dialect::Gemini,
            r#"{"generateContentRequest":{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":{}},"thoughtSignature":"TAG"},{"text":"t","thought":true}]}]}}"#,
            r#"{"generateContentRequest":{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":{}},"thoughtSignature":"skip_thought_signature_validator"}]}]}}"#,
        ),
    ] {
        for tagged in
            [foreign(None, "AbC+/="), foreign(Some("call_1"), "x"), foreign(None, ""), "gl1.broken".to_owned()]
        {
            let (text, dropped) = sent(dialect, body, &tagged, &none);
            let written = if dialect == Dialect::Gemini { base64::encode(tagged.as_bytes()) } else { tagged };
            assert_eq!(text, expected.replace("TAG", &written));
            assert_eq!(dropped, !body.contains("functionCall") || body.contains("thought\":true"), "{body}");
        }
    }
}

#[test]
fn trap_25_what_the_target_made_comes_back_byte_for_byte() {
    let bytes = "EqQB+/=\u{e9}\\";
    let quoted = serde_json::to_string(bytes).expect("JSON");
    for (dialect, vendor, body) in [
        (
            Dialect::Messages,
            Vendor::Anthropic,
            r#"{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"TAG"},{"type":"redacted_thinking","data":"TAG"}]}]}"#,
        ),
        (
            Dialect::Responses,
            Vendor::OpenAi,
            r#"{"input":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"TAG"}]}"#,
        ),
        (
            Dialect::Chat,
            Vendor::Google,
            r#"{"messages":[{"role":"assistant","reasoning_content":"t","reasoning_details":[{"data":"TAG"}],"tool_calls":[{"extra_content":{"google":{"thought_signature":"TAG"}}}]}]}"#,
        ),
        (
            Dialect::Gemini,
            Vendor::Google,
            r#"{"contents":[{"role":"model","parts":[{"text":"t","thought":true},{"functionCall":{},"thoughtSignature":"TAG"}]}]}"#,
        ),
    ] {
        for scope in ["", "acct"] {
            let (text, dropped) = sent(dialect, body, &of(vendor, scope, bytes), &reader(vendor));
            assert_eq!((text, dropped), (body.replace("\"TAG\"", &quoted), false), "{body}");
        }
        // Another account's, as with encrypted reasoning of another organisation (trap 26).
        let (text, _) = sent(dialect, body, &of(vendor, "other", bytes), &reader(vendor));
        assert!(!text.contains(&quoted) && !text.contains("gl1."), "{text}");
    }
}

#[test]
fn who_may_be_anybody_is_known_by_its_account() {
    let body = r#"{"input":[{"type":"reasoning","encrypted_content":"TAG"}]}"#;
    for (scope, expected) in
        [("acct", r#"{"input":[{"type":"reasoning","encrypted_content":"x"}]}"#), ("", r#"{"input":[]}"#)]
    {
        assert_eq!(sent(Dialect::Responses, body, &of(Vendor::Other, scope, "x"), &reader(Vendor::Other)).0, expected);
    }
}

#[test]
fn a_server_that_wants_the_reasoning_keeps_its_text() {
    let body = r#"{"messages":[{"role":"assistant","reasoning_content":"t","reasoning_details":[{"data":"TAG"}]}]}"#;
    let wants = Reader { replays: true, ..reader(Vendor::Other) };
    let (text, dropped) = sent(Dialect::Chat, body, &of(Vendor::Google, "", "x"), &wants);
    assert_eq!((&*text, dropped), (r#"{"messages":[{"role":"assistant","reasoning_content":"t"}]}"#, true));
}

#[test]
fn a_body_without_a_tag_is_left_alone() {
    for dialect in Dialect::ALL {
        for body in [
            r#"{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"EqQB"}]}]}"#,
            r#"{"messages":[{"role":"user","content":"gl1. and Z2wxLg=="}],"input":"gl1.","contents":[{"parts":[{"text":"Z2wxLg"}]}]}"#,
            "gl1. Z2wxL no JSON",
        ] {
            assert_eq!(changes(dialect, body.as_bytes(), &reader(Vendor::OpenAi)), Changes::default());
        }
    }
}

proptest! {
    /// Whatever shape a body has, what is cut leaves JSON, and no tag in a slot.
    #[test]
    fn any_shape_stays_json(
        pieces in prop::collection::vec(prop::sample::select(vec![
            r#"{"type":"thinking","signature":"TAG"}"#, r#"{"type":"redacted_thinking","data":"TAG"}"#,
            r#"{"type":"thinking","signature":7}"#, r#"{"thought":true,"thoughtSignature":"TAG"}"#,
            r#"{"text":"a","thoughtSignature":"TAG","x":1}"#, r#"{"thoughtSignature":"TAG"}"#, "null", "[]", "{}",
            r#"{"type":"reasoning","encrypted_content":"TAG"}"#, r#"{"functionCall":{},"thoughtSignature":"TAG"}"#,
            r#"{"reasoning_details":[{"data":"TAG"},7],"reasoning":"t"}"#, r#"{"data":"TAG"}"#,
        ]), 0..6),
        dialect in prop::sample::select(Dialect::ALL.to_vec()),
    ) {
        let list = pieces.join(" ,");
        let body = format!(
            r#"{{"messages":[{{"content":[{list}],"reasoning_details":[{list}]}},{list}],"input":[{list}],"contents":[{{"role":"model","parts":[{list}]}},{list}]}}"#,
        ).replace(",]", "]");
        sent(dialect, &body, &foreign(None, "x"), &reader(Vendor::Anthropic));
    }
}

#[test]
fn commas_are_right_whatever_is_cut() {
    for pattern in 0_u8..32 {
        let items: Vec<String> = (0..5)
            .map(|index| {
                let bytes = if pattern & (1 << index) != 0 { "TAG" } else { "own" };
                format!(r#"{{"type":"reasoning","encrypted_content":"{bytes}"}}"#)
            })
            .collect();
        let body = format!("{{\"input\" : [ {} ] }}", items.join(" , "));
        let (text, dropped) = sent(Dialect::Responses, &body, &foreign(None, ""), &reader(Vendor::OpenAi));
        assert_eq!(text.matches("own").count(), 5 - pattern.count_ones() as usize, "{text}");
        assert_eq!((text.contains("gl1."), dropped), (false, pattern != 0));
    }
}
