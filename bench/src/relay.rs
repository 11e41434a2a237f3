//! CPU and latency: every server under every load, in turn, round after round of the same run.

use std::io;
use std::net::SocketAddr;

use crate::Fallible;
use crate::arguments::Options;
use crate::bench::Bench;
use crate::cells::Cell;
use crate::load::{self, Seen};
use crate::process::Process;
use crate::report::{Against, Figure, Section, median};

/// The cells that are measured unless others are asked for.
const USUAL: [&str; 8] = [
    "chat",
    "chat-stream",
    "messages-stream",
    "chat-paced",
    "first-event",
    "chat-100k",
    "translated",
    "translated-stream",
];

/// What one round measured of one server in one cell.
#[derive(Clone, Copy, Debug)]
struct Sample {
    /// CPU a request, in microseconds.
    cpu: f64,
    /// Latency at the median, in milliseconds.
    p50: f64,
    /// Latency that one in a hundred exceeds, in milliseconds.
    p99: f64,
    /// To the first event that says something, at the median, in milliseconds.
    first_event: f64,
    /// Requests a second.
    rate: f64,
}

/// A server that runs throughout.
struct Running {
    name: String,
    process: Process,
    address: SocketAddr,
}

/// Runs the cells and says what came of them.
pub(crate) fn run(bench: &Bench, options: &Options) -> Fallible<Vec<Section>> {
    let cells = Cell::named(&options.cells.clone().unwrap_or_else(|| USUAL.map(str::to_owned).to_vec()))?;
    let requests = options.requests.unwrap_or(4000);
    let mut running = Vec::new();
    for contender in bench.contenders(options)? {
        let (process, address) = contender.start(bench.upstream, &bench.folder)?;
        running.push(Running { name: contender.name, process, address });
    }
    let mut sections = Vec::new();
    // A cell at a time, so that its rounds lie close together: a machine's mood changes over minutes.
    for cell in &cells {
        let mut samples = vec![Vec::new(); running.len()];
        for round in 0..options.rounds {
            for step in 0..running.len() {
                // Another one goes first in each round.
                let index = (step + round) % running.len();
                let (Some(server), Some(row)) = (running.get(index), samples.get_mut(index)) else { continue };
                row.push(bench.runtime.block_on(measure(server, cell, cell.requests(requests)))?);
            }
        }
        sections.push(section(cell, &running, &samples));
    }
    Ok(sections)
}

async fn measure(server: &Running, cell: &Cell, requests: usize) -> io::Result<Sample> {
    let fail = |error: io::Error| io::Error::new(error.kind(), format!("{}, {}: {error}", server.name, cell.name));
    // Connections and caches are warm before anything counts.
    load::run(&cell.load(server.address, requests / 10 + cell.connections)).await.map_err(fail)?;
    let before = server.process.cpu()?;
    let seen = load::run(&cell.load(server.address, requests)).await.map_err(fail)?;
    let cpu = server.process.cpu()?.saturating_sub(before);
    Ok(Sample {
        cpu: cpu.as_secs_f64() * 1e6 / requests as f64,
        p50: Seen::quantile(&seen.latency, 0.5),
        p99: Seen::quantile(&seen.latency, 0.99),
        first_event: Seen::quantile(&seen.first_event, 0.5),
        rate: requests as f64 / seen.wall.as_secs_f64(),
    })
}

fn section(cell: &Cell, running: &[Running], samples: &[Vec<Sample>]) -> Section {
    let floor = samples.first().map(Vec::as_slice).unwrap_or_default();
    let of = |samples: &[Sample], what: fn(&Sample) -> f64| median(samples.iter().map(what));
    let mut figures = Vec::new();
    let mut notes = Vec::new();
    for (server, samples) in running.iter().zip(samples).skip(1) {
        let mine = server.name == "gatelet";
        let ratios: Vec<f64> = samples.iter().zip(floor).map(|(own, floor)| own.cpu / floor.cpu).collect();
        let mut push = |what: &str, unit, value: fn(&Sample) -> f64, against: Against, budget: Option<f64>| {
            let (floor, own) = (of(floor, value), of(samples, value));
            let against = if let Against::Difference(_) = against { Against::Difference(own - floor) } else { against };
            let what = format!("{} {what}", server.name);
            figures.push(Figure {
                what,
                unit,
                floor: Some(floor),
                value: own,
                against,
                budget: budget.filter(|_| mine),
            });
        };
        let ratio = Against::Ratio(median(ratios.iter().copied()));
        push("CPU a request", "µs", |sample| sample.cpu, ratio, cell.budget);
        push("latency p50", "ms", |sample| sample.p50, Against::Difference(0.0), None);
        push("latency p99", "ms", |sample| sample.p99, Against::Difference(0.0), None);
        if cell.kind.streams() {
            // Ten connections on few cores wait for each other; on one the time is the server's own.
            let budget = (cell.connections == 1).then_some(0.15);
            push("first event p50", "ms", |sample| sample.first_event, Against::Difference(0.0), budget);
        }
        push("requests", "1/s", |sample| sample.rate, Against::Value, None);
        let low = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let high = ratios.iter().copied().fold(0.0, f64::max);
        notes.push(format!("{}: CPU × floor {low:.2} to {high:.2} over {} rounds", server.name, ratios.len()));
    }
    let Cell { name, prompt, connections, .. } = cell;
    Section { title: format!("{name}: c = {connections}, a prompt of {prompt} bytes"), figures, notes }
}
