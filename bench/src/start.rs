//! Process start to first 200, asked over and over from the moment the process is there.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::Fallible;
use crate::arguments::Options;
use crate::bench::Bench;
use crate::cells::CELLS;
use crate::contender::Contender;
use crate::load;
use crate::process::free_address;
use crate::report::{Against, Figure, Section, median};

/// How often each is started.
const STARTS: usize = 20;

/// Measures the floor, gatelet and the others, in turn.
pub(crate) fn run(bench: &Bench, options: &Options) -> Fallible<Vec<Section>> {
    let contenders = bench.contenders(options)?;
    let mut figures = Vec::new();
    let chat = CELLS.first().ok_or("there is a first cell")?;
    type Ask = fn(SocketAddr, &crate::cells::Cell) -> Vec<u8>;
    let asks: [(&str, Ask); 2] = [
        ("first 200 of /health", |_, _| b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n".to_vec()),
        ("first chat answer", |address, chat| load::request(&chat.load(address, 1))),
    ];
    for (what, ask) in asks {
        let mut times = vec![Vec::new(); contenders.len()];
        for _ in 0..STARTS {
            for (contender, times) in contenders.iter().zip(&mut times) {
                times.push(once(bench, contender, |address| ask(address, chat))?.as_secs_f64() * 1e3);
            }
        }
        let mut medians = times.iter().map(|times| median(times.iter().copied()));
        let floor = medians.next();
        for (contender, value) in contenders.iter().skip(1).zip(medians) {
            let budget = (contender.name == "gatelet").then_some(5.0);
            let what = format!("{} start to {what}", contender.name);
            figures.push(Figure { what, unit: "ms", floor, value, against: Against::Value, budget });
        }
    }
    Ok(vec![Section { title: format!("Start, median of {STARTS}"), figures, notes: Vec::new() }])
}

fn once(bench: &Bench, contender: &Contender, ask: impl Fn(SocketAddr) -> Vec<u8>) -> Fallible<Duration> {
    let address = free_address()?;
    let request = ask(address);
    let started = Instant::now();
    let process = contender.start_at(address, bench.upstream, &bench.folder)?;
    while !answers(address, &request).unwrap_or(false) {
        if started.elapsed() > Duration::from_secs(30) {
            return Err(format!("{} does not answer 200", contender.name).into());
        }
        std::thread::sleep(Duration::from_micros(50));
    }
    let took = started.elapsed();
    drop(process);
    Ok(took)
}

fn answers(address: SocketAddr, request: &[u8]) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(request)?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    Ok(head.ends_with(b" 200"))
}
