//! The mock's answer as a body.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::host::{SendError, SendErrorKind};

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Bytes.
    Data(Bytes),
    /// The connection breaks.
    Cut,
    /// Nothing more comes.
    Silence,
    /// The gateway has a bug.
    Panic,
}

/// The mock's answer as a body: its steps, one a frame.
#[derive(Debug)]
pub struct MockBody {
    steps: VecDeque<Step>,
}

impl MockBody {
    /// A body of the given steps.
    pub fn new(steps: Vec<Step>) -> Self {
        Self { steps: steps.into() }
    }
}

impl Body for MockBody {
    type Data = Bytes;
    type Error = SendError;

    #[expect(clippy::panic, reason = "the model that stands for a bug")]
    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        match self.steps.pop_front() {
            None => Poll::Ready(None),
            Some(Step::Data(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Some(Step::Cut) => {
                Poll::Ready(Some(Err(SendError::new(SendErrorKind::Body, true, "the mock model `cut` was asked for"))))
            }
            Some(Step::Silence) => {
                self.steps.push_front(Step::Silence);
                Poll::Pending
            }
            Some(Step::Panic) => panic!("the mock model `panic-stream` was asked for"),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::new()
    }
}
