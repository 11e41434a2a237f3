//! Answers for connections that there is no room for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How many are answered at the same time; further ones are closed without a word.
const ANSWERED: usize = 64;
/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(1);

const ANSWER: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: application/json\r\n\
    content-length: 122\r\n\
    retry-after: 1\r\n\
    connection: close\r\n\
    \r\n\
    {\"error\":{\"message\":\"too many connections; try again in a second\",\"type\":\"server_error\",\"code\":\"overloaded\",\"param\":null}}";

/// Whether there is no room, and the answers for those who come then.
#[derive(Clone, Debug)]
pub(super) struct Overload {
    on: Arc<AtomicBool>,
    answers: Arc<Semaphore>,
}

impl Default for Overload {
    fn default() -> Self {
        Self { on: Arc::default(), answers: Arc::new(Semaphore::new(ANSWERED)) }
    }
}

impl Overload {
    pub(super) fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
    }

    /// Says 503 and closes.
    pub(super) fn refuse(&self, stream: TcpStream) {
        let Ok(place) = self.answers.clone().try_acquire_owned() else { return };
        tokio::spawn(async move {
            // A client that does not listen is not waited for.
            let _ = timeout(PATIENCE, answer(stream)).await;
            drop(place);
        });
    }
}

/// Answers before the request is read, then reads it: what is closed unread is reset, and the answer lost on the way.
async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(ANSWER).await?;
    stream.shutdown().await?;
    let mut rest = [0; 1024];
    loop {
        stream.readable().await?;
        match stream.try_read(&mut rest) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_whole() {
        let text = std::str::from_utf8(ANSWER).expect("UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{}", body.len());
    }
}
