//! The core by itself: no socket, no runtime, no other process.

mod still;

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use gatelet_core::dialect::canonical::read::Doc;
use gatelet_core::dialect::canonical::{Report, Target};
use gatelet_core::dialect::{Dialect, translate};
use gatelet_core::provider::{self, row};
use gatelet_core::wire::frame::Framer;
use gatelet_core::wire::json;
use gatelet_core::wire::splice::{Edit, Spliced, splice};

use crate::Fallible;
use crate::arguments::Options;
use crate::bench::Bench;
use crate::payload::{self, EVENTS, Kind};
use crate::report::{Figure, Section, median};
use still::Still;

/// The deepest nesting that the gateway lets through.
const DEPTH: u32 = 64;

/// Measures the parts that cost a request something.
pub(crate) fn run(_: &Bench, _: &Options) -> Fallible<Vec<Section>> {
    Ok(vec![parts(), requests()?, translations()?])
}

fn parts() -> Section {
    let mut figures = Vec::new();
    for (prompt, budget) in [(400, None), (39_000, None), (100_000, Some(100.0))] {
        let body = Bytes::from(Kind::Chat.request("stub/model-of-a-name", prompt));
        let value = timed(|| drop(black_box(scan_and_splice(black_box(&body)))));
        figures.push(Figure::alone(format!("scan and splice, a prompt of {prompt} bytes"), "µs", value, budget));
    }
    for (name, kind) in [("chat", Kind::ChatStream), ("messages", Kind::MessagesStream)] {
        let events: Vec<Bytes> = kind.answer().iter().map(|event| Bytes::from(event.clone())).collect();
        let value = timed(|| frame(black_box(&events))) * 1e3 / EVENTS as f64;
        figures.push(Figure::alone(format!("framing an event, {name}"), "ns", value, None));
    }
    Section { title: "Parts".to_owned(), figures, notes: Vec::new() }
}

/// One pass over the body, and the model's name replaced.
fn scan_and_splice(body: &Bytes) -> Option<Spliced> {
    let text = std::str::from_utf8(body).ok()?;
    let mut span = None;
    json::members(text, DEPTH, |member| {
        if json::at(text, &member.key) == "\"model\"" {
            span = Some(member.value);
        }
    })
    .ok()?;
    Some(splice(body, &[Edit { span: span?, bytes: Bytes::from_static(b"\"model-of-a-name\"") }]))
}

fn frame(events: &[Bytes]) {
    let mut framer = Framer::sse();
    for event in events {
        black_box(framer.feed(event.clone())).ok();
        black_box(framer.units());
    }
}

/// Whole requests: key, scan, plan, splice, judge, relay, meter, log line.
fn requests() -> Fallible<Section> {
    let mut figures = Vec::new();
    let cases = [
        ("chat", Kind::Chat, 400),
        ("chat", Kind::Chat, 39_000),
        ("chat", Kind::Chat, 100_000),
        ("chat stream", Kind::ChatStream, 400),
        ("messages stream", Kind::MessagesStream, 400),
    ];
    for (name, kind, prompt) in cases {
        let still = Still::new(kind, prompt)?;
        let wanted = kind.answer().concat();
        let said = still.ask()?;
        if said != wanted.as_bytes() {
            return Err(format!("{name}: {}", String::from_utf8_lossy(&said)).into());
        }
        let value = timed(|| still.ask().map_or((), |said| drop(black_box(said))));
        figures.push(Figure::alone(format!("{name}, a prompt of {prompt} bytes"), "µs", value, None));
    }
    let note = "key, scan, plan, splice, relay, meter and log line; the answer collected into one buffer".to_owned();
    Ok(Section { title: "Whole requests through the core, no socket".to_owned(), figures, notes: vec![note] })
}

/// A request of 39 KB, read as chat and written as Messages; beside it what a full parse of the same bytes costs.
fn translations() -> Fallible<Section> {
    let mut figures = Vec::new();
    let kind = provider::Kind::named("anthropic").ok_or("no such provider")?;
    let target = Target {
        dialect: Dialect::Messages,
        model: "claude-opus-4-8",
        row: row("claude-opus-4-8"),
        max_output: row("claude-opus-4-8").max_output,
        quirks: kind.quirks,
        scope: "",
        include_usage: true,
    };
    for (name, body) in [("a talk", payload::talk(39_000)), ("an agent's conversation", payload::agent(39_000))] {
        let translate = || {
            let doc = Doc::parse(&body).ok()?;
            translate::request(&doc, Dialect::Chat, &target, false, false, &mut Report::default()).ok()
        };
        if translate().is_none_or(|said| said.body.len() < body.len() / 2) {
            return Err(format!("{name} is not translated").into());
        }
        let value = timed(|| drop(black_box(translate())));
        figures.push(Figure::alone(format!("{name}, {} bytes", body.len()), "µs", value, Some(40.0)));
        let value = timed(|| drop(black_box(serde_json::from_str::<serde_json::Value>(&body))));
        figures.push(Figure::alone(format!("{name}, parsed as serde_json::Value alone"), "µs", value, None));
    }
    Ok(Section { title: "A chat request, read and written as Messages".to_owned(), figures, notes: Vec::new() })
}

/// Microseconds a call: the median of batches of about ten milliseconds.
fn timed(mut call: impl FnMut()) -> f64 {
    let started = Instant::now();
    let mut calls = 0_u32;
    while started.elapsed() < Duration::from_millis(50) {
        call();
        calls += 1;
    }
    let batch = (calls / 5).max(1);
    median((0..25).map(|_| {
        let started = Instant::now();
        for _ in 0..batch {
            call();
        }
        started.elapsed().as_secs_f64() * 1e6 / f64::from(batch)
    }))
}
