//! The scripted Runtime API.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// How long anything may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// What an invocation has until the function's timeout, where the test is not about that.
const AMPLE: Duration = Duration::from_secs(60);

/// The Runtime API. Dropped, it takes no more connections; the function is killed by its own guard.
pub(crate) struct Platform {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// Given to the next polls.
    events: VecDeque<(String, Vec<u8>, Duration)>,
    /// How each invocation is answered, by its id.
    scripts: HashMap<String, Script>,
    invocations: usize,
    polls: Vec<Poll>,
    /// Where the function's standard output goes.
    output: PathBuf,
    /// Polls that have no work yet.
    idle: usize,
}

/// A poll for work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Poll {
    /// The lines on the function's standard output by then: an environment may be frozen from here on.
    pub(crate) lines: usize,
}

struct Script {
    to: Sender<Step>,
    /// Breaks the connection after so many chunks.
    cut_after: Option<usize>,
    /// Answers with this status at once, before the body.
    refuse: Option<u16>,
}

/// What a function does with an invocation, step by step.
enum Step {
    Begun(Kind, String),
    Chunk(Chunk),
    End(Instant),
    Broken,
}

/// Which call carried the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `/response`.
    Response,
    /// `/error`.
    Error,
}

/// An HTTP chunk and when it was there.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    pub(crate) bytes: Vec<u8>,
    pub(crate) at: Instant,
}

/// An invocation under way.
pub(crate) struct Invocation {
    pub(crate) id: String,
    steps: Receiver<Step>,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) kind: Kind,
    /// The head of the POST.
    pub(crate) head: String,
    pub(crate) chunks: Vec<Chunk>,
    /// When the last byte was there; `None` where the function broke the connection off.
    pub(crate) ended: Option<Instant>,
}

impl Platform {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives the function an event.
    pub(crate) fn invoke(&self, event: &Value) -> Invocation {
        self.invoke_raw(event.to_string().as_bytes())
    }

    /// Gives the function any bytes.
    pub(crate) fn invoke_raw(&self, event: &[u8]) -> Invocation {
        self.script(event.to_vec(), AMPLE, None, None)
    }

    /// Gives the function an event and breaks the connection of the answer after so many chunks.
    pub(crate) fn invoke_and_cut(&self, event: &Value, after: usize) -> Invocation {
        self.script(event.to_string().into_bytes(), AMPLE, Some(after), None)
    }

    /// Gives the function an event and refuses the answer while it streams.
    pub(crate) fn invoke_and_refuse(&self, event: &Value, after: usize, status: u16) -> Invocation {
        self.script(event.to_string().into_bytes(), AMPLE, Some(after), Some(status))
    }

    /// Gives the function an event, and so much time for it.
    pub(crate) fn invoke_within(&self, event: &Value, time: Duration) -> Invocation {
        self.script(event.to_string().into_bytes(), time, None, None)
    }

    fn script(&self, event: Vec<u8>, time: Duration, cut_after: Option<usize>, refuse: Option<u16>) -> Invocation {
        let mut waiting = self.shared.waiting.lock().unwrap();
        waiting.invocations += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", waiting.invocations);
        let (to, steps) = channel();
        waiting.scripts.insert(id.clone(), Script { to, cut_after, refuse });
        waiting.events.push_back((id.clone(), event, time));
        self.shared.arrived.notify_all();
        Invocation { id, steps }
    }

    /// Says where the function's standard output goes.
    pub(crate) fn watch(&self, output: PathBuf) {
        self.shared.waiting.lock().unwrap().output = output;
    }

    /// Waits until the function has asked for work so many times.
    pub(crate) fn polled(&self, times: usize) -> Poll {
        let waiting = self.shared.waiting.lock().unwrap();
        let (waiting, timeout) =
            self.shared.arrived.wait_timeout_while(waiting, PATIENCE, |waiting| waiting.polls.len() < times).unwrap();
        assert!(!timeout.timed_out(), "the function asked for work {} times, not {times}", waiting.polls.len());
        waiting.polls[times - 1]
    }

    /// Waits until so many polls wait for work at once.
    pub(crate) fn idle(&self, polls: usize) {
        let waiting = self.shared.waiting.lock().unwrap();
        let (waiting, timeout) =
            self.shared.arrived.wait_timeout_while(waiting, PATIENCE, |waiting| waiting.idle < polls).unwrap();
        assert!(!timeout.timed_out(), "{} polls wait, not {polls}", waiting.idle);
    }
}

impl Invocation {
    /// The answer, when it is whole or broken off.
    pub(crate) fn answer(self) -> Answer {
        let (kind, head) = self.begun();
        let mut answer = Answer { kind, head, chunks: Vec::new(), ended: None };
        loop {
            match self.step() {
                Step::Begun(..) => panic!("answered twice"),
                Step::Chunk(chunk) => answer.chunks.push(chunk),
                Step::End(at) => {
                    answer.ended = Some(at);
                    return answer;
                }
                Step::Broken => return answer,
            }
        }
    }

    /// The begin of the answer.
    pub(crate) fn begun(&self) -> (Kind, String) {
        match self.step() {
            Step::Begun(kind, head) => (kind, head),
            _ => panic!("not at the begin of an answer"),
        }
    }

    /// The next chunk.
    pub(crate) fn chunk(&self) -> Chunk {
        loop {
            match self.step() {
                Step::Begun(..) => {}
                Step::Chunk(chunk) => return chunk,
                Step::End(_) => panic!("the answer has ended"),
                Step::Broken => panic!("the answer was broken off"),
            }
        }
    }

    /// The next chunks until they hold the text; all of them together.
    pub(crate) fn until(&self, text: &str) -> String {
        let mut seen = Vec::new();
        loop {
            seen.extend(self.chunk().bytes);
            let so_far = String::from_utf8_lossy(&seen);
            if so_far.contains(text) {
                return so_far.into_owned();
            }
        }
    }

    /// Waits for the end: `true` for a whole answer, `false` for one that was broken off.
    pub(crate) fn ends(&self) -> bool {
        loop {
            match self.step() {
                Step::Begun(..) | Step::Chunk(_) => {}
                Step::End(_) => return true,
                Step::Broken => return false,
            }
        }
    }

    fn step(&self) -> Step {
        match self.steps.recv_timeout(PATIENCE) {
            Ok(step) => step,
            Err(RecvTimeoutError::Timeout) => panic!("nothing came from the function"),
            Err(RecvTimeoutError::Disconnected) => panic!("the script is over"),
        }
    }
}

impl Answer {
    /// The prelude.
    pub(crate) fn prelude(&self) -> Value {
        serde_json::from_slice(&self.chunks[0].bytes).unwrap()
    }

    pub(crate) fn status(&self) -> u64 {
        self.prelude()["statusCode"].as_u64().unwrap()
    }

    /// Everything after the border.
    pub(crate) fn body(&self) -> String {
        assert_eq!(self.chunks[1].bytes, [0; 8], "the border is a chunk of its own");
        let bytes = self.chunks[2..].iter().flat_map(|chunk| chunk.bytes.clone()).collect();
        String::from_utf8(bytes).unwrap()
    }

    /// A header of the POST.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (written, value) = line.split_once(": ")?;
            written.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

fn serve(stream: TcpStream, shared: &Shared) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(head) = read_head(&mut reader) {
        let target = head.split(' ').nth(1).unwrap().to_owned();
        let path = target.strip_prefix("/2018-06-01/runtime/").unwrap();
        let kept = match path.split('/').collect::<Vec<_>>()[..] {
            ["invocation", "next"] => next(&stream, shared),
            // A snapshot has been taken, and this process is what was restored from it.
            ["restore", "next"] => (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok(),
            ["invocation", id, "response"] => answer(&mut reader, &stream, shared, id, Kind::Response, head),
            ["invocation", id, "error"] => answer(&mut reader, &stream, shared, id, Kind::Error, head),
            _ => panic!("{target} is no path of the Runtime API"),
        };
        if !kept {
            return;
        }
    }
}

fn read_head(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    loop {
        match reader.read_line(&mut head) {
            Ok(0) => return None,
            Ok(_) if head.ends_with("\r\n\r\n") => return Some(head),
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => return None,
            Err(error) => panic!("{error}"),
        }
    }
}

fn next(mut stream: &TcpStream, shared: &Shared) -> bool {
    let mut waiting = shared.waiting.lock().unwrap();
    let lines = std::fs::read_to_string(&waiting.output).unwrap_or_default().lines().count();
    waiting.polls.push(Poll { lines });
    waiting.idle += 1;
    shared.arrived.notify_all();
    let mut waiting = shared.arrived.wait_while(waiting, |waiting| waiting.events.is_empty()).unwrap();
    waiting.idle -= 1;
    let (id, event, time) = waiting.events.pop_front().unwrap();
    drop(waiting);
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + time;
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: {id}\r\n\
         Lambda-Runtime-Deadline-Ms: {}\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:x:1:function:gatelet\r\n\
         Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700\r\nLambda-Runtime-Invocation-Id: echo-{id}\r\n\
         Content-Length: {}\r\n\r\n",
        deadline.as_millis(),
        event.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&event)).is_ok()
}

fn answer(
    reader: &mut BufReader<TcpStream>,
    mut stream: &TcpStream,
    shared: &Shared,
    id: &str,
    kind: Kind,
    head: String,
) -> bool {
    let Some(script) = shared.waiting.lock().unwrap().scripts.remove(id) else { panic!("{id} is answered twice") };
    let lower = head.to_ascii_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    script.to.send(Step::Begun(kind, head)).unwrap();
    if let Some(length) = length {
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes).unwrap();
        let _ = script.to.send(Step::Chunk(Chunk { bytes, at: Instant::now() }));
    } else {
        let mut chunks = 0;
        loop {
            if script.cut_after == Some(chunks) {
                if let Some(status) = script.refuse {
                    let refusal = format!("HTTP/1.1 {status} Refused\r\nContent-Length: 13\r\n\r\n{{\"why\":\"test\"");
                    let _ = stream.write_all(refusal.as_bytes()).and_then(|()| stream.write_all(b"}"));
                    // The rest of the body, until the function has seen it.
                    let mut rest = Vec::new();
                    let _ = reader.read_to_end(&mut rest);
                }
                let _ = stream.shutdown(std::net::Shutdown::Both);
                let _ = script.to.send(Step::Broken);
                return false;
            }
            match read_chunk(reader) {
                Some(bytes) if bytes.is_empty() => break,
                Some(bytes) => {
                    chunks += 1;
                    let _ = script.to.send(Step::Chunk(Chunk { bytes, at: Instant::now() }));
                }
                None => {
                    let _ = script.to.send(Step::Broken);
                    return false;
                }
            }
        }
    }
    let taken =
        b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";
    let _ = script.to.send(Step::End(Instant::now()));
    stream.write_all(taken).is_ok()
}

fn read_chunk(reader: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut size = String::new();
    reader.read_line(&mut size).ok()?;
    let mut bytes = vec![0; usize::from_str_radix(size.trim_end().split(';').next()?, 16).ok()?];
    reader.read_exact(&mut bytes).ok()?;
    let mut end = [0; 2];
    reader.read_exact(&mut end).ok()?;
    assert_eq!(&end, b"\r\n");
    Some(bytes)
}
