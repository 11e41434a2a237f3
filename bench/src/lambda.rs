//! The Lambda function: process start to its first poll for work, at a Runtime API that never has any.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::Fallible;
use crate::arguments::Options;
use crate::bench::Bench;
use crate::contender::{UPSTREAM_KEY, configuration};
use crate::process::Process;
use crate::report::{Figure, Section, median};

/// How often it is started.
const STARTS: usize = 20;
/// The variable that says where the Runtime API is, and the path of a poll.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
const NEXT: &str = "/2018-06-01/runtime/invocation/next";

/// Measures it, if it was built.
pub(crate) fn run(bench: &Bench, options: &Options) -> Fallible<Vec<Section>> {
    let title = format!("Lambda, median of {STARTS}");
    if !options.bootstrap.is_file() {
        let note = format!("skipped: there is no {}", options.bootstrap.display());
        return Ok(vec![Section { title, figures: Vec::new(), notes: vec![note] }]);
    }
    let configured = bench.folder.join("lambda.toml");
    fs::write(&configured, configuration(&bench.upstream.to_string()))?;
    let mut floor = Command::new(std::env::current_exe()?);
    floor.arg("poll");
    let mut function = Command::new(&options.bootstrap);
    function.env("GATELET_CONFIG", &configured);
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..STARTS {
        for (command, times) in [&mut floor, &mut function].into_iter().zip(&mut times) {
            times.push(until_first_poll(command, &bench.folder)?);
        }
    }
    let [floor, function] = times.map(median);
    let figure = Figure { floor: Some(floor), ..Figure::alone("exec to first poll", "ms", function, Some(2.5)) };
    Ok(vec![Section { title, figures: vec![figure], notes: Vec::new() }])
}

/// The least that a function can do at its start: it polls for work, and waits.
pub(crate) fn poll() -> Fallible<()> {
    let mut stream = TcpStream::connect(std::env::var(RUNTIME_API)?)?;
    stream.write_all(format!("GET {NEXT} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes())?;
    io::copy(&mut stream, &mut io::sink())?;
    Ok(())
}

/// Starts the function and waits for its first request, which must be a poll; milliseconds.
fn until_first_poll(command: &mut Command, folder: &Path) -> Fallible<f64> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    command
        .current_dir(folder)
        .env(RUNTIME_API, listener.local_addr()?.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "gatelet")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env(UPSTREAM_KEY, "sk-bench");
    let started = Instant::now();
    let process = Process::start(command, &folder.join("bootstrap.log"))?;
    let (mut stream, _) = listener.accept()?;
    let mut head = [0; 256];
    let length = stream.read(&mut head)?;
    let time = started.elapsed().as_secs_f64() * 1e3;
    drop(process);
    let head = String::from_utf8_lossy(head.get(..length).unwrap_or_default());
    if !head.starts_with(&format!("GET {NEXT}")) {
        return Err(format!("the function's first request is no poll: {head}").into());
    }
    Ok(time)
}
