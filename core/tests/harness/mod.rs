//! A host of scripts: upstreams that answer as a test says, a clock that moves only when everything waits.

#![allow(unreachable_pub, dead_code, reason = "shared by tests")]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use gatelet_core::config::{Config, Platform, Surroundings};
use gatelet_core::gateway::Ending;
use gatelet_core::host::{Ambient, Host, Identity, IdentityError, Outgoing, SendError, SendErrorKind};
use gatelet_core::store::{Admission, Denied, Reservation, Settlement, Store, StoreError};
use gatelet_core::{Gateway, Reply};
use http::{Request, Response};
use http_body::{Body, Frame};

/// What an upstream does.
#[derive(Clone, Debug)]
pub enum Step {
    /// Sends bytes.
    Send(&'static str),
    /// Waits.
    Wait(Duration),
    /// Breaks the connection.
    Cut,
}

/// An upstream's answer.
#[derive(Clone, Debug)]
pub enum Script {
    /// No connection can be made.
    Refuse,
    /// Nothing comes, not even a head.
    Hang,
    /// A head and a body.
    Answer { status: u16, headers: Vec<(&'static str, &'static str)>, steps: Vec<Step> },
}

impl Script {
    /// A whole answer of JSON.
    pub fn json(status: u16, body: &'static str) -> Self {
        Self::Answer { status, headers: vec![("content-type", "application/json")], steps: vec![Step::Send(body)] }
    }

    /// A stream of events.
    pub fn events(steps: Vec<Step>) -> Self {
        Self::Answer { status: 200, headers: vec![("content-type", "text/event-stream")], steps }
    }
}

/// What a test sees of the world.
#[derive(Default)]
pub struct World {
    now: Cell<Duration>,
    timers: RefCell<Vec<Rc<Cell<Duration>>>>,
    scripts: RefCell<VecDeque<Script>>,
    pub sent: RefCell<Vec<(Request<()>, Bytes)>>,
    pub lines: RefCell<Vec<serde_json::Value>>,
    pub endings: RefCell<Vec<Ending<Upstream>>>,
    pub open_upstreams: Cell<i32>,
    /// What the platform says of itself, and how often it was asked.
    pub ambient: RefCell<Option<Ambient>>,
    pub ambient_asked: Cell<u32>,
}

#[derive(Clone, Default)]
pub struct TestHost(pub Rc<World>);

pub struct Upstream {
    world: Rc<World>,
    steps: VecDeque<Step>,
    wait: Option<Rc<Cell<Duration>>>,
}

pub struct TestSleep {
    world: Rc<World>,
    due: Rc<Cell<Duration>>,
}

/// A request's body that is there at once, or never ends.
pub enum Incoming {
    Whole(Option<Bytes>),
    Pieces(VecDeque<Bytes>),
    Broken,
    Never,
}

impl From<String> for Incoming {
    fn from(body: String) -> Self {
        Self::Whole(Some(Bytes::from(body)))
    }
}

impl Host for TestHost {
    type Incoming = Incoming;
    type Body = Upstream;
    type Sleep = TestSleep;

    async fn send(&self, request: Request<Outgoing<Incoming>>) -> Result<Response<Upstream>, SendError> {
        let script = self.0.scripts.borrow_mut().pop_front().expect("a script for every attempt");
        let (parts, body) = request.into_parts();
        let Outgoing::Full(body) = body else { unreachable!("only whole bodies are sent") };
        self.0.sent.borrow_mut().push((Request::from_parts(parts, ()), body.joined()));
        match script {
            Script::Refuse => Err(SendError::new(SendErrorKind::Connect, false, "refused")),
            Script::Hang => std::future::pending().await,
            Script::Answer { status, headers, steps } => {
                self.0.open_upstreams.set(self.0.open_upstreams.get() + 1);
                let mut answer = Response::builder().status(status);
                for (name, value) in headers {
                    answer = answer.header(name, value);
                }
                let body = Upstream { world: Rc::clone(&self.0), steps: steps.into(), wait: None };
                Ok(answer.body(body).expect("an answer"))
            }
        }
    }

    fn wall(&self) -> Duration {
        Duration::from_secs(1_764_000_000) + self.0.now.get()
    }

    fn monotonic(&self) -> Duration {
        self.0.now.get()
    }

    fn random(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }

    fn sleep(&self, after: Duration) -> TestSleep {
        TestSleep { world: Rc::clone(&self.0), due: self.0.timer(after) }
    }

    fn reset(&self, sleep: &mut TestSleep, after: Duration) {
        sleep.due.set(self.0.now.get().saturating_add(after));
    }

    fn emit(&self, line: &[u8]) {
        assert_eq!(line.last(), Some(&b'\n'));
        self.0.lines.borrow_mut().push(serde_json::from_slice(line).expect("a log line is JSON"));
    }

    /// No signature, but what one was made of.
    async fn sign_rs256(&self, key: &[u8], message: &[u8]) -> Result<Vec<u8>, IdentityError> {
        Ok([b"signed with ", key.get(..2).unwrap_or_default(), b": ", message].concat())
    }

    async fn ambient(&self, _: Identity) -> Result<Ambient, IdentityError> {
        self.0.ambient_asked.set(self.0.ambient_asked.get() + 1);
        // A moment passes, in which others may ask.
        let mut waited = false;
        std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        self.0.ambient.borrow().clone().ok_or_else(|| IdentityError::new("nobody knows who this is"))
    }

    fn finish_later(&self, ending: Ending<Upstream>) {
        self.0.endings.borrow_mut().push(ending);
    }
}

impl World {
    fn timer(&self, after: Duration) -> Rc<Cell<Duration>> {
        let due = Rc::new(Cell::new(self.now.get().saturating_add(after)));
        self.timers.borrow_mut().push(Rc::clone(&due));
        due
    }

    /// Everything waits: moves the clock to the soonest timer. `false` if there is none.
    fn advance(&self) -> bool {
        self.timers.borrow_mut().retain(|due| Rc::strong_count(due) > 1);
        let now = self.now.get();
        let next = self.timers.borrow().iter().map(|due| due.get()).filter(|due| *due > now).min();
        next.map(|due| self.now.set(due)).is_some()
    }

    /// What the next attempt meets.
    pub fn script(&self, script: Script) {
        self.scripts.borrow_mut().push_back(script);
    }

    /// Lets time pass that nobody waits for.
    pub fn pass(&self, time: Duration) {
        self.now.set(self.now.get() + time);
    }

    /// The time that has passed.
    pub fn elapsed(&self) -> Duration {
        self.now.get()
    }
}

impl Future for TestSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.world.now.get() >= self.due.get() { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Body for Upstream {
    type Data = Bytes;
    type Error = SendError;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        if let Some(due) = &self.wait {
            if self.world.now.get() < due.get() {
                return Poll::Pending;
            }
            self.wait = None;
        }
        match self.steps.pop_front() {
            None => Poll::Ready(None),
            Some(Step::Send(text)) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(text.as_bytes()))))),
            Some(Step::Cut) => Poll::Ready(Some(Err(SendError::new(SendErrorKind::Body, true, "cut")))),
            Some(Step::Wait(time)) => {
                self.wait = Some(self.world.timer(time));
                Poll::Pending
            }
        }
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.world.open_upstreams.set(self.world.open_upstreams.get() - 1);
    }
}

impl Body for Incoming {
    type Data = Bytes;
    type Error = String;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, String>>> {
        match &mut *self {
            Incoming::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Incoming::Pieces(pieces) => Poll::Ready(pieces.pop_front().map(|bytes| Ok(Frame::data(bytes)))),
            Incoming::Broken => Poll::Ready(Some(Err("reset".to_owned()))),
            Incoming::Never => Poll::Pending,
        }
    }
}

/// A store that holds something for every request and remembers what it was told.
#[derive(Default, Clone)]
pub struct Ledger {
    pub admitted: Rc<Cell<u32>>,
    pub settled: Rc<RefCell<Vec<Settlement>>>,
    pub deny: bool,
}

impl Store for Ledger {
    async fn admit(&self, admission: &Admission<'_>) -> Result<Reservation, Denied> {
        if self.deny {
            return Err(Denied { reason: "60 requests a minute are used up".into(), retry_after: Some(17) });
        }
        self.admitted.set(self.admitted.get() + 1);
        Ok(Reservation::held(admission.request))
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), StoreError> {
        self.settled.borrow_mut().push(settlement);
        Ok(())
    }
}

/// Runs the future; whenever everything waits, the clock moves.
pub fn run<F: Future>(world: &World, future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        assert!(world.advance(), "everything waits for ever");
    }
}

/// Polls once without moving the clock.
pub fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A service account's file. The key is none: nothing is signed with it.
const GOOGLE_FILE: &str = r#"{"type":"service_account","project_id":"project-1","private_key_id":"kid",
    "client_email":"gatelet@project-1.iam.gserviceaccount.com","token_uri":"https://token.example/token",
    "private_key":"-----BEGIN PRIVATE KEY-----\nMAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj9AQUJDREVG\n-----END PRIVATE KEY-----\n"}"#;

/// A gateway in a world of its own.
pub struct Bench<S: Store> {
    pub world: Rc<World>,
    pub gateway: Arc<Gateway<TestHost, S>>,
}

impl<S: Store> Bench<S> {
    /// With the configuration, and scripts for the attempts to come.
    pub fn new(store: S, config: &str, scripts: Vec<Script>) -> Self {
        let host = TestHost::default();
        let world = Rc::clone(&host.0);
        *world.scripts.borrow_mut() = scripts.into();
        // The credential file of a service account, and nothing but its own name for any other secret.
        let secret = |name: &str| match name {
            "GOOGLE_FILE" => Some(GOOGLE_FILE.to_owned()),
            // Whatever the configuration refers to; nothing else is set.
            name => config.contains(&["${", name, "}"].concat()).then(|| format!("canary-{name}")),
        };
        let file = |_: &str| Err("there are no files here".to_owned());
        let around = Surroundings { variable: &secret, file: &file, binding: &|_| true };
        // Bindings are a Worker's.
        let platform = if config.contains("\"binding\"") { Platform::Workers } else { Platform::Local };
        let settings = Config::from_json(config).and_then(|config| config.resolve_in(platform, &around));
        Self { world, gateway: Gateway::new(host, store, settings.map(Arc::new).map_err(Arc::new)) }
    }

    /// The whole answer to a request.
    pub fn call(&self, request: Request<Incoming>) -> (http::response::Parts, String) {
        run(&self.world, async {
            let (head, mut body) = self.gateway.handle(request).await.into_parts();
            let mut text = String::new();
            while let Some(bytes) = next(&mut body).await {
                text.push_str(std::str::from_utf8(&bytes).expect("UTF-8"));
            }
            (head, text)
        })
    }

    /// The one log line.
    pub fn line(&self) -> serde_json::Value {
        let lines = self.world.lines.borrow();
        assert_eq!(lines.len(), 1, "one line a request: {lines:?}");
        lines[0].clone()
    }
}

/// The next bytes of an answer.
pub async fn next<S: Store>(body: &mut Reply<TestHost, S>) -> Option<Bytes> {
    let frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
    let Ok(frame) = frame;
    frame.into_data().ok()
}

/// A POST from this machine.
pub fn post(path: &str, body: &'static str) -> Request<Incoming> {
    Request::post(path)
        .header("host", "localhost")
        .body(Incoming::Whole(Some(Bytes::from_static(body.as_bytes()))))
        .expect("a request")
}
