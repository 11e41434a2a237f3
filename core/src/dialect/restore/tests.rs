use proptest::prelude::*;

use super::*;
use crate::dialect::canonical::carrier;
use crate::dialect::canonical::{Search, Vendor};
use crate::usage::Usage;

fn origin() -> Origin<'static> {
    Origin { vendor: Vendor::Google, scope: "s".into(), model: "m".into() }
}

fn call(block: u32, name: &'static str, signed: Option<&'static str>) -> Event<'static> {
    let id = format!("c{block}").into();
    let open = Open::Call { id, name: name.into(), namespace: None, custom: false, signed: signed.map(Into::into) };
    Event::Open { block, open }
}

fn text(block: u32, text: &str) -> Event<'static> {
    Event::Text { block, text: text.to_owned().into() }
}

fn open_text(block: u32) -> Event<'static> {
    Event::Open { block, open: Open::Text }
}

fn open_reasoning(block: u32) -> Event<'static> {
    Event::Open { block, open: Open::Reasoning { shown: Shown::Summary, binds: None } }
}

fn close(block: u32) -> Event<'static> {
    Event::Close { block }
}

fn finish(reason: Finish) -> Event<'static> {
    Event::Finish { reason, stop_sequence: None }
}

/// What is passed on, a line an event; tags are read back.
fn told(mut restore: Restore, events: Vec<Event<'static>>) -> Vec<String> {
    fn signed(bytes: Str<'_>) -> String {
        let signed = carrier::untag(bytes, Vendor::Other);
        assert_eq!(signed.origin, origin());
        format!("{}{}", signed.bytes, signed.binds.map(|binds| format!("@{binds}")).unwrap_or_default())
    }
    let mut told = Vec::new();
    let mut sink = |event: Event<'_>| {
        told.push(match event {
            Event::Open { block, open: Open::Text } => format!("open {block} text"),
            Event::Open { block, open: Open::Reasoning { shown, binds } } => {
                format!("open {block} {shown:?} {binds:?}")
            }
            Event::Open { block, open: Open::Call { name, namespace, custom, signed: bytes, .. } } => {
                let bytes = bytes.map(signed);
                format!("open {block} {}{name} {custom} {bytes:?}", namespace.map(|n| n + "/").unwrap_or_default())
            }
            Event::Text { block, text } => format!("text {block} {text}"),
            Event::Reasoning { block, text, .. } => format!("reasoning {block} {text}"),
            Event::Arguments { block, text } => format!("arguments {block} {text}"),
            Event::Sign { block, bytes } => format!("sign {block} {}", signed(bytes)),
            Event::Close { block } => format!("close {block}"),
            Event::Finish { reason, stop_sequence } => format!("finish {reason:?} {stop_sequence:?}"),
            Event::Usage(usage) => format!("usage {}", usage.output),
            other => format!("{other:?}"),
        });
    };
    for event in events {
        restore.push(event, &mut sink);
    }
    restore.finish(&mut sink);
    told
}

fn plain(caller: Dialect) -> Restore {
    Restore::new(Adapted::default(), caller, origin(), None)
}

#[test]
fn trap_33_names_come_back_as_they_were() {
    let names = vec![
        Renamed { target: "a_b".into(), name: "a.b".into(), namespace: None, custom: false },
        Renamed { target: "ns__f".into(), name: "f".into(), namespace: Some("ns".into()), custom: false },
        Renamed { target: "patch".into(), name: "patch".into(), namespace: None, custom: true },
    ];
    let restore = Restore::new(Adapted { names, stop: Vec::new() }, Dialect::Responses, origin(), None);
    let arguments = |block, text: &'static str| Event::Arguments { block, text: text.into() };
    let events = vec![
        call(7, "a_b", None),
        arguments(7, "{\"x\":1}"),
        call(8, "ns__f", None),
        call(9, "patch", None),
        arguments(9, "{\"inp"),
        arguments(9, "ut\":\"*\\"),
        arguments(9, "n\\ud83d"),
        arguments(9, "\\ude00\"}"),
        call(10, "other", None),
        close(9),
    ];
    let expected = [
        "open 0 a.b false None",
        "arguments 0 {\"x\":1}",
        "open 1 ns/f false None",
        "open 2 patch true None",
        "arguments 2 *",
        "arguments 2 \n",
        "arguments 2 \u{1f600}",
        "open 3 other false None",
        "close 2",
    ];
    assert_eq!(told(restore, events), expected);
}

#[test]
fn trap_25_signatures_travel_in_the_carrier() {
    let events = || {
        vec![
            open_reasoning(0),
            Event::Sign { block: 0, bytes: "abc".into() },
            close(0),
            open_reasoning(1),
            Event::Reasoning { block: 1, part: 0, text: "hm".into() },
            close(1),
            call(2, "f", Some("xyz")),
            close(2),
        ]
    };
    for caller in [Dialect::Messages, Dialect::Responses] {
        let expected = [
            "open 0 Summary None",
            "sign 0 abc",
            "close 0",
            "open 1 Summary None",
            "reasoning 1 hm",
            "sign 1 ",
            "close 1",
            "open 2 Hidden Some(\"c2\")",
            "sign 2 xyz@c2",
            "close 2",
            "open 3 f false None",
            "close 3",
        ];
        assert_eq!(told(plain(caller), events()), expected);
    }
    for caller in [Dialect::Chat, Dialect::Gemini] {
        let expected = [
            "open 0 Summary None",
            "sign 0 abc",
            "close 0",
            "open 1 Summary None",
            "reasoning 1 hm",
            "close 1",
            "open 2 f false Some(\"xyz\")",
            "close 2",
        ];
        assert_eq!(told(plain(caller), events()), expected);
    }
}

#[test]
fn reasoning_that_something_else_ends_is_signed_first() {
    let events = vec![
        open_reasoning(0),
        Event::Reasoning { block: 0, part: 0, text: "a".into() },
        open_text(1),
        text(1, "b"),
        Event::Sign { block: 0, bytes: "late".into() },
        finish(Finish::Stop),
        close(0),
        close(1),
    ];
    let expected = [
        "open 0 Summary None",
        "reasoning 0 a",
        "sign 0 ",
        "close 0",
        "open 1 text",
        "text 1 b",
        "open 2 Hidden None",
        "sign 2 late",
        "close 2",
        "finish Stop None",
        "close 1",
    ];
    assert_eq!(told(plain(Dialect::Messages), events), expected);
}

fn stopping(stop: &[&str], think: bool) -> Restore {
    let stop = stop.iter().map(|stop| (*stop).to_owned()).collect();
    let tags = think.then_some(("<think>", "</think>"));
    Restore::new(Adapted { names: Vec::new(), stop }, Dialect::Messages, origin(), tags)
}

#[test]
fn an_answer_ends_at_a_stop_sequence() {
    let events = vec![
        open_reasoning(0),
        Event::Reasoning { block: 0, part: 0, text: "STOP".into() },
        close(0),
        open_text(1),
        text(1, "one S"),
        text(1, "TO"),
        text(1, "P two"),
        close(1),
        call(2, "f", None),
        Event::Search(Search::default()),
        finish(Finish::Stop),
        Event::Usage(Usage { output: 9, ..Usage::default() }),
    ];
    let expected = [
        "open 0 Summary None",
        "reasoning 0 STOP",
        "sign 0 ",
        "close 0",
        "open 1 text",
        "text 1 one ",
        "close 1",
        "finish StopSequence Some(\"STOP\")",
        "usage 9",
    ];
    assert_eq!(told(stopping(&["STOP"], false), events), expected);
}

#[test]
fn what_is_held_back_is_told_at_the_end() {
    for last in [close(0), finish(Finish::Stop), Event::Ping] {
        let events = vec![open_text(0), text(0, "a S"), text(0, "TO"), last.clone()];
        let lines = told(stopping(&["STOP"], false), events);
        assert_eq!(lines[..2], ["open 0 text", "text 0 a "].map(str::to_owned), "{last:?}");
        assert!(lines[2..].contains(&"text 0 STO".to_owned()), "{last:?}");
    }
    // Nothing is said: nothing is opened.
    assert!(told(stopping(&["S"], false), vec![open_text(0), text(0, ""), close(0)]).is_empty());
}

#[test]
fn reasoning_in_text_becomes_a_signed_block() {
    let events = vec![open_text(0), text(0, "<thi"), text(0, "nk>hm S</think>\n\nY"), text(0, "es STOP"), close(0)];
    let expected = [
        "open 0 Raw None",
        "reasoning 0 hm S",
        "sign 0 ",
        "close 0",
        "open 1 text",
        "text 1 Y",
        "text 1 es ",
        "close 1",
        "finish StopSequence Some(\"STOP\")",
    ];
    assert_eq!(told(stopping(&["STOP"], true), events), expected);
}

proptest! {
    #[test]
    fn any_split_ends_at_the_same_place(
        whole in "[ab]{0,24}",
        stops in prop::collection::vec("[ab]{1,4}", 1..4),
        mut at in prop::collection::vec(0_usize..24, 0..12),
    ) {
        at.sort_unstable();
        let stops: Vec<&str> = stops.iter().map(String::as_str).collect();
        let run = |at: &[usize]| {
            let mut events = vec![open_text(0)];
            let mut start = 0;
            for end in at.iter().copied().chain([whole.len()]) {
                events.push(text(0, &whole[start.min(whole.len())..end.min(whole.len())]));
                start = end;
            }
            events.extend([close(0), finish(Finish::Stop)]);
            let lines = told(stopping(&stops, false), events);
            let text: String = lines.iter().filter_map(|line| line.strip_prefix("text 0 ")).collect();
            (text, lines.last().cloned())
        };
        let (text, end) = run(&[]);
        prop_assert_eq!(&run(&at), &(text.clone(), end.clone()));
        // Nothing of a stop sequence is left.
        prop_assert!(stops.iter().all(|stop| !text.contains(stop)));
        prop_assert!(whole.starts_with(&text));
        prop_assert_eq!(end.is_some_and(|end| end.contains("StopSequence")), text.len() < whole.len());
    }
}
