//! A request on its way to the socket: head and body in one write, where the socket takes it.

use std::io::{self, IoSlice, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use gatelet_core::wire::splice::Spliced;
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderName, HeaderValue, Method, Request};
use http_body::Body;
use tokio::io::AsyncWrite;

use crate::transport::request::{RequestBody, Upload};

/// What this transport says itself, or must not say for others.
const OWN: [HeaderName; 6] = [HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION, EXPECT, UPGRADE];

/// How many slices one write takes: the head, the pieces of a body, and what follows a chunk.
const SLICES: usize = 8;

/// A request on its way to the socket. What is left of the present piece is the rest of `head`, `data` and `tail`.
pub(super) struct Outbound {
    head: Vec<u8>,
    head_written: usize,
    data: Spliced,
    tail: &'static [u8],
    source: Source,
    sent: bool,
}

/// Where further pieces come from.
enum Source {
    /// There are none; the body, in case the request has to be written once more.
    Whole(Spliced),
    /// The pieces follow each other as they are; so many bytes are to come.
    Counted(Pin<Box<Upload>>, u64),
    /// Each piece is a chunk.
    Chunked(Pin<Box<Upload>>),
    /// There are no more.
    Ended,
}

impl Outbound {
    pub(super) fn new(request: Request<RequestBody>, host: Option<HeaderValue>) -> Self {
        let (parts, body) = request.into_parts();
        let mut head = Vec::with_capacity(1024);
        head.extend_from_slice(parts.method.as_str().as_bytes());
        head.push(b' ');
        head.extend_from_slice(parts.uri.path_and_query().map_or("/", |path| path.as_str()).as_bytes());
        head.extend_from_slice(b" HTTP/1.1\r\n");
        if let Some(host) = &host {
            header(&mut head, HOST.as_str(), host.as_bytes());
        }
        for (name, value) in &parts.headers {
            if !OWN.contains(name) {
                header(&mut head, name.as_str(), value.as_bytes());
            }
        }
        let (data, source) = match body {
            RequestBody::Full(body) => {
                let wants_length = !matches!(parts.method, Method::GET | Method::HEAD | Method::DELETE);
                if wants_length || body.has_remaining() {
                    length(&mut head, body.remaining() as u64);
                }
                (body.clone(), Source::Whole(body))
            }
            RequestBody::Stream(body) => match body.size_hint().exact() {
                Some(size) => {
                    length(&mut head, size);
                    (Spliced::default(), Source::Counted(body, size))
                }
                None => {
                    header(&mut head, TRANSFER_ENCODING.as_str(), b"chunked");
                    (Spliced::default(), Source::Chunked(body))
                }
            },
        };
        head.extend_from_slice(b"\r\n");
        Self { head, head_written: 0, data, tail: b"", source, sent: false }
    }

    /// Whether a byte may have reached the upstream.
    pub(super) fn is_sent(&self) -> bool {
        self.sent
    }

    /// The request from its beginning, if it can be had once more.
    pub(super) fn rewind(mut self) -> Option<Self> {
        match &self.source {
            Source::Whole(body) => {
                self.head_written = 0;
                self.data = body.clone();
                self.sent = false;
                Some(self)
            }
            _ => (!self.sent).then_some(self),
        }
    }

    /// Writes what the socket takes; ready when all is written.
    pub(super) fn poll_write<W: AsyncWrite + Unpin>(
        &mut self,
        stream: &mut W,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let head = self.head.get(self.head_written..).unwrap_or_default();
            if head.is_empty() && !self.data.has_remaining() && self.tail.is_empty() {
                if ready!(self.poll_next(cx))? {
                    continue;
                }
                return Pin::new(stream).poll_flush(cx);
            }
            let mut slices = [IoSlice::new(b""); SLICES];
            let [first, data @ .., last] = &mut slices;
            *first = IoSlice::new(head);
            self.data.chunks_vectored(data);
            // A piece with a tail is one slice, so that nothing of it is left out in between.
            *last = IoSlice::new(self.tail);
            let count = ready!(Pin::new(&mut *stream).poll_write_vectored(cx, &slices))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent = true;
            self.advance(count);
        }
    }

    fn advance(&mut self, count: usize) {
        let of_head = count.min(self.head.len() - self.head_written);
        self.head_written += of_head;
        let of_data = (count - of_head).min(self.data.remaining());
        self.data.advance(of_data);
        let of_tail = count - of_head - of_data;
        self.tail = self.tail.get(of_tail..).unwrap_or_default();
    }

    /// Makes the next piece; `false` if there is none.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        loop {
            let body = match &mut self.source {
                Source::Whole(_) | Source::Ended => return Poll::Ready(Ok(false)),
                Source::Counted(body, _) | Source::Chunked(body) => body,
            };
            let piece = match ready!(body.as_mut().poll_frame(cx)) {
                Some(frame) => frame.map_err(io::Error::other)?.into_data().ok().filter(|piece| !piece.is_empty()),
                None => return Poll::Ready(self.end()),
            };
            // Trailers are not passed on.
            let Some(piece) = piece else { continue };
            self.head.clear();
            self.head_written = 0;
            match &mut self.source {
                Source::Counted(_, left) => {
                    *left =
                        left.checked_sub(piece.len() as u64).ok_or_else(|| io::Error::other("the body is too long"))?;
                }
                _ => {
                    write!(self.head, "{:x}\r\n", piece.len())?;
                    self.tail = b"\r\n";
                }
            }
            self.data = piece.into();
            return Poll::Ready(Ok(true));
        }
    }

    fn end(&mut self) -> io::Result<bool> {
        match std::mem::replace(&mut self.source, Source::Ended) {
            Source::Chunked(_) => {
                self.tail = b"0\r\n\r\n";
                Ok(true)
            }
            Source::Counted(_, left) if left > 0 => Err(io::Error::other("the body is too short")),
            _ => Ok(false),
        }
    }
}

fn header(head: &mut Vec<u8>, name: &str, value: &[u8]) {
    head.extend_from_slice(name.as_bytes());
    head.extend_from_slice(b": ");
    head.extend_from_slice(value);
    head.extend_from_slice(b"\r\n");
}

fn length(head: &mut Vec<u8>, length: u64) {
    header(head, CONTENT_LENGTH.as_str(), length.to_string().as_bytes());
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use bytes::Bytes;
    use gatelet_core::host::Outgoing;
    use gatelet_core::wire::splice::{Edit, splice};
    use http_body::{Frame, SizeHint};

    use super::*;

    /// A socket that takes so many bytes at a time.
    struct Socket(Vec<u8>, usize);

    impl AsyncWrite for Socket {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            let count = bytes.len().min(self.1);
            self.0.extend_from_slice(&bytes[..count]);
            Poll::Ready(Ok(count))
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let before = self.0.len();
            let most = self.1;
            self.0.extend(slices.iter().flat_map(|slice| slice.iter()).take(most));
            Poll::Ready(Ok(self.0.len() - before))
        }

        fn is_write_vectored(&self) -> bool {
            true
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// A body in pieces, whose length is known or not.
    struct Pieces(Vec<&'static str>, Option<u64>);

    impl Body for Pieces {
        type Data = Bytes;
        type Error = io::Error;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
            let piece = (!self.0.is_empty()).then(|| self.0.remove(0));
            Poll::Ready(piece.map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes())))))
        }

        fn size_hint(&self) -> SizeHint {
            self.1.map_or_else(SizeHint::default, SizeHint::with_exact)
        }
    }

    fn outbound(method: Method, body: Outgoing<Pieces>) -> Outbound {
        let request = Request::builder()
            .method(method)
            .uri("http://a/b?c=d")
            .header("x-a", "1")
            .header("transfer-encoding", "gzip")
            .header("content-length", "99")
            .header("host", "elsewhere")
            .body(RequestBody::new(body))
            .expect("a request");
        Outbound::new(request, HeaderValue::from_str("a").ok())
    }

    fn written(outbound: &mut Outbound, at_once: usize) -> io::Result<String> {
        let mut socket = Socket(Vec::new(), at_once);
        match outbound.poll_write(&mut socket, &mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result.map(|()| String::from_utf8_lossy(&socket.0).into_owned()),
            Poll::Pending => panic!("nothing here waits"),
        }
    }

    const START: &str = "POST /b?c=d HTTP/1.1\r\nhost: a\r\nx-a: 1\r\n";

    #[test]
    fn a_whole_request_can_be_written_twice() {
        for at_once in [1, 7, 1000] {
            let outgoing = Outgoing::Full(Bytes::from_static(b"hello").into());
            let mut outbound = outbound(Method::POST, outgoing);
            for _ in 0..2 {
                assert!(!outbound.is_sent());
                assert_eq!(
                    written(&mut outbound, at_once).ok(),
                    Some(format!("{START}content-length: 5\r\n\r\nhello"))
                );
                assert!(outbound.is_sent());
                outbound = outbound.rewind().expect("once more");
            }
        }
    }

    #[test]
    fn a_body_in_more_pieces_than_one_write_takes_is_written_whole() {
        let body = Bytes::from((b'a'..=b'z').cycle().take(40_000).collect::<Vec<_>>());
        let edit = |at: usize| Edit { span: at..at + 3, bytes: Bytes::from_static(b"-edit-") };
        let spliced = splice(&body, &[10, 9000, 20_000, 39_000].map(edit));
        let whole = spliced.clone().joined();
        let mut pieces = spliced.clone();
        assert!(std::iter::from_fn(|| pieces.piece()).count() > SLICES - 2);
        for at_once in [1, 7, 10_000, usize::MAX] {
            let mut outbound = outbound(Method::POST, Outgoing::Full(spliced.clone()));
            for _ in 0..2 {
                let text = written(&mut outbound, at_once).expect("written");
                let (head, body) = text.split_once("\r\n\r\n").expect("a head");
                assert!(head.ends_with(&format!("content-length: {}", whole.len())), "{head}");
                assert!(body.as_bytes() == whole, "{at_once}");
                outbound = outbound.rewind().expect("once more");
            }
        }
    }

    #[test]
    fn an_empty_body_is_said_where_one_is_expected() {
        let mut post = outbound(Method::POST, Outgoing::Full(Spliced::default()));
        assert_eq!(written(&mut post, 9).ok(), Some(format!("{START}content-length: 0\r\n\r\n")));
        let mut get = outbound(Method::GET, Outgoing::Full(Spliced::default()));
        assert_eq!(written(&mut get, 9).ok(), Some(format!("{}\r\n", START.replace("POST", "GET"))));
    }

    #[test]
    fn a_stream_is_counted_or_cut_into_chunks_and_cannot_be_written_twice() {
        for at_once in [1, 1000] {
            let mut counted = outbound(Method::POST, Outgoing::Stream(Pieces(vec!["he", "", "llo"], Some(5))));
            assert_eq!(written(&mut counted, at_once).ok(), Some(format!("{START}content-length: 5\r\n\r\nhello")));
            assert!(counted.rewind().is_none());
            let mut chunked = outbound(Method::POST, Outgoing::Stream(Pieces(vec!["he", "0123456789abcdef"], None)));
            let expected =
                format!("{START}transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n");
            assert_eq!(written(&mut chunked, at_once).ok(), Some(expected));
        }
        assert!(outbound(Method::POST, Outgoing::Stream(Pieces(vec!["a"], None))).rewind().is_some());
        for pieces in [vec!["he"], vec!["hello", "!"]] {
            assert!(written(&mut outbound(Method::POST, Outgoing::Stream(Pieces(pieces, Some(5)))), 9).is_err());
        }
    }
}
