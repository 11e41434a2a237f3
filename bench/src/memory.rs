//! Resident memory: idle, under load, and for each open stream.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::Duration;

use crate::Fallible;
use crate::arguments::Options;
use crate::bench::Bench;
use crate::cells::CELLS;
use crate::contender::{Contender, KEY};
use crate::load::{self, Client, Load};
use crate::payload::Kind;
use crate::process::Process;
use crate::report::{Against, Figure, Section};

/// How many streams are held open.
const STREAMS: usize = 1000;

/// The prompts of the requests of open streams, in bytes.
const PROMPTS: [usize; 2] = [400, 48_000];

/// What one server's memory was, in KiB.
struct Memory {
    idle: u64,
    peak: u64,
    streams: [f64; PROMPTS.len()],
}

/// Measures the floor, gatelet and the others.
pub(crate) fn run(bench: &Bench, options: &Options) -> Fallible<Vec<Section>> {
    let mut floor = None;
    let mut figures = Vec::new();
    for contender in bench.contenders(options)? {
        let memory = measure(bench, &contender)?;
        let Some(floor) = &floor else {
            floor = Some(memory);
            continue;
        };
        let name = &contender.name;
        let mut push = |what: String, unit, divisor: f64, floor: f64, value: f64, budget| {
            let budget = (name == "gatelet").then_some(budget);
            let (floor, value) = (Some(floor / divisor), value / divisor);
            figures.push(Figure { what, unit, floor, value, against: Against::Value, budget });
        };
        push(format!("{name} idle"), "MB", 1024.0, floor.idle as f64, memory.idle as f64, 7.0);
        push(format!("{name} peak at c = 10"), "MB", 1024.0, floor.peak as f64, memory.peak as f64, 14.0);
        for (index, prompt) in PROMPTS.iter().enumerate() {
            let what = format!("{name} each of {STREAMS} open streams, requests of {prompt} bytes");
            let of = |memory: &Memory| memory.streams.get(index).copied().unwrap_or_default();
            push(what, "KB", 1.0, of(floor), of(&memory), 40.0);
        }
    }
    Ok(vec![Section { title: "Resident memory".to_owned(), figures, notes: Vec::new() }])
}

fn measure(bench: &Bench, contender: &Contender) -> Fallible<Memory> {
    let mut memory = Memory { idle: 0, peak: 0, streams: [0.0; PROMPTS.len()] };
    for (index, (prompt, streams)) in PROMPTS.into_iter().zip(&mut memory.streams).enumerate() {
        // A fresh process for each: an allocator seldom gives back what it has had.
        let (process, address) = contender.start(bench.upstream, &bench.folder)?;
        sleep(Duration::from_millis(300));
        if index == 0 {
            memory.idle = process.resident()?;
        }
        for cell in CELLS.iter().filter(|cell| matches!(cell.name, "chat" | "chat-stream" | "messages-stream")) {
            bench.runtime.block_on(load::run(&cell.load(address, cell.requests(4000))))?;
        }
        if index == 0 {
            memory.peak = process.resident_peak()?;
        }
        *streams = bench.runtime.block_on(open_streams(&process, address, prompt))?;
    }
    Ok(memory)
}

/// What each open stream adds, in KiB.
async fn open_streams(process: &Process, address: SocketAddr, prompt: usize) -> Fallible<f64> {
    let pause = || tokio::time::sleep(Duration::from_millis(500));
    pause().await;
    let before = process.resident()?;
    let load = Load {
        target: address,
        kind: Kind::ChatStream,
        model: "stub/open".to_owned(),
        key: KEY.to_owned(),
        prompt,
        connections: 1,
        requests: 1,
    };
    let request = load::request(&load);
    let mut open = Vec::with_capacity(STREAMS);
    for _ in 0..STREAMS {
        let mut client = Client::connect(address).await?;
        client.ask(&request, 1).await?;
        if client.status() != 200 {
            return Err(format!("an open stream answered {}", client.status()).into());
        }
        open.push(client);
    }
    pause().await;
    let after = process.resident()?;
    drop(open);
    Ok(after.saturating_sub(before) as f64 / STREAMS as f64)
}
