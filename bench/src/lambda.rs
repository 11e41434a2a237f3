//! The Lambda function: process start to its first poll for work, at a Runtime API that never has any.

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
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

/// Measures it, if it was built.
pub(crate) fn run(bench: &Bench, options: &Options) -> Fallible<Vec<Section>> {
    let title = format!("Lambda, median of {STARTS}");
    if !options.bootstrap.is_file() {
        let note = format!("skipped: there is no {}", options.bootstrap.display());
        return Ok(vec![Section { title, figures: Vec::new(), notes: vec![note] }]);
    }
    let configured = bench.folder.join("lambda.toml");
    fs::write(&configured, configuration(&bench.upstream.to_string()))?;
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let mut command = Command::new(&options.bootstrap);
        command
            .current_dir(&bench.folder)
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "gatelet")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env(UPSTREAM_KEY, "sk-bench")
            .env("GATELET_CONFIG", &configured);
        let started = Instant::now();
        let process = Process::start(&mut command, &bench.folder.join("bootstrap.log"))?;
        let (mut stream, _) = listener.accept()?;
        let mut head = [0; 256];
        let length = stream.read(&mut head)?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
        let head = String::from_utf8_lossy(head.get(..length).unwrap_or_default()).into_owned();
        drop(process);
        if !head.starts_with("GET /2018-06-01/runtime/invocation/next") {
            return Err(format!("the function's first request is no poll: {head}").into());
        }
    }
    let figure = Figure::alone("exec to first poll", "ms", median(times), Some(2.5));
    Ok(vec![Section { title, figures: vec![figure], notes: Vec::new() }])
}
