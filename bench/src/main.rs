//! The reproducible benchmark of gatelet. `--help` says what it does.

mod arguments;
mod bench;
mod cells;
mod contender;
mod floor;
mod instructions;
mod lambda;
mod load;
mod memory;
mod micro;
mod payload;
mod process;
mod relay;
mod report;
mod start;
mod upstream;
mod worker;

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use arguments::{Arguments, HELP, Options};
use bench::Bench;
use cells::Cell;
use load::Seen;
use report::Section;

/// A result whose error is only ever shown.
type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// One measurement.
type Measure = fn(&Bench, &Options) -> Fallible<Vec<Section>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nowhere is left to say that standard error is closed.
            let _ = writeln!(std::io::stderr(), "gatelet-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Fallible<()> {
    let mut arguments = Arguments::of_process();
    if arguments.flag("--help") || arguments.flag("-h") {
        print(HELP);
        return Ok(());
    }
    match arguments.command().as_deref() {
        None | Some("bench") => measure(arguments, &[relay::run, memory::run, start::run, lambda::run, worker::run]),
        Some("relay") => measure(arguments, &[relay::run]),
        Some("memory") => measure(arguments, &[memory::run]),
        Some("start") => measure(arguments, &[start::run]),
        Some("lambda") => measure(arguments, &[lambda::run]),
        Some("worker") => measure(arguments, &[worker::run]),
        Some("instructions") => measure(arguments, &[instructions::run]),
        Some("micro") => measure(arguments, &[micro::run]),
        Some("floor") => serve_floor(arguments),
        Some("upstream") => serve_upstream(arguments),
        Some("load") => make_load(arguments),
        Some("poll") => lambda::poll(),
        Some("help") => {
            print(HELP);
            Ok(())
        }
        Some(other) => Err(format!("{other}: no such command; --help lists them").into()),
    }
}

/// Runs the measurements, printing each as it is done.
fn measure(arguments: Arguments, measures: &[Measure]) -> Fallible<()> {
    let options = Options::read(arguments)?;
    let bench = Bench::start()?;
    let mut all = Vec::new();
    for measure in measures {
        for section in measure(&bench, &options)? {
            if options.json {
                all.push(section.json());
            } else {
                print(&section.table());
                print("\n");
            }
        }
    }
    if options.json {
        print(&format!("{}\n", Value::Array(all)));
    }
    Ok(())
}

fn serve_floor(mut arguments: Arguments) -> Fallible<()> {
    let listen: SocketAddr = arguments.needed("--listen")?;
    let upstream = arguments.needed("--upstream")?;
    let mut builder = match arguments.text("--threads")?.as_deref() {
        None | Some("many") => Builder::new_multi_thread(),
        Some("current") => Builder::new_current_thread(),
        Some(other) => return Err(format!("--threads {other}: many or current").into()),
    };
    arguments.finish()?;
    let runtime = builder.enable_all().build()?;
    runtime.block_on(async { floor::serve(TcpListener::bind(listen).await?, upstream).await })?;
    Ok(())
}

fn serve_upstream(mut arguments: Arguments) -> Fallible<()> {
    let listen: SocketAddr = arguments.needed("--listen")?;
    let gap = Duration::from_micros(arguments.value("--gap")?.unwrap_or(2000));
    arguments.finish()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { upstream::serve(TcpListener::bind(listen).await?, gap).await })?;
    Ok(())
}

fn make_load(mut arguments: Arguments) -> Fallible<()> {
    let target: SocketAddr = arguments.needed("--target")?;
    let names = arguments.text("--cells")?.unwrap_or_else(|| "chat".to_owned());
    let requests = arguments.value("--requests")?.unwrap_or(4000);
    arguments.finish()?;
    let names: Vec<String> = names.split(',').map(str::to_owned).collect();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    for cell in Cell::named(&names)? {
        let seen = runtime.block_on(load::run(&cell.load(target, cell.requests(requests))))?;
        print(&format!(
            "{}: p50 {:.3} ms, p99 {:.3} ms, first event {:.3} ms, {:.0} requests/s\n",
            cell.name,
            Seen::quantile(&seen.latency, 0.5),
            Seen::quantile(&seen.latency, 0.99),
            Seen::quantile(&seen.first_event, 0.5),
            seen.latency.len() as f64 / seen.wall.as_secs_f64(),
        ));
    }
    Ok(())
}

/// Writes to standard output.
fn print(text: &str) {
    // A reader that has gone wants no more.
    let _ = std::io::stdout().write_all(text.as_bytes());
}
