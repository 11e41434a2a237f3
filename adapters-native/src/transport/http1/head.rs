//! The head of an answer, and how its body is framed (RFC 9112, 6.3).

use std::mem::MaybeUninit;

use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Version};
use httparse::{Header, ParserConfig, Status};

use super::decode::{Framing, Malformed};

/// How many headers an answer may have, and how long its head may be.
const MAX_HEADERS: usize = 100;
const MAX_HEAD: usize = 64 << 10;

/// The head of an answer.
#[derive(Debug)]
pub(super) struct Head {
    response: Response<()>,
    framing: Framing,
    keep_alive: bool,
}

impl Head {
    /// Whether the real one is still to come.
    pub(super) fn is_interim(&self) -> bool {
        self.response.status().is_informational()
    }

    /// The head itself, how its body comes, and whether the connection lasts. An answer to HEAD has no body, whatever
    /// it says.
    pub(super) fn read(self, bodiless: bool) -> (Response<()>, Framing, bool) {
        let framing = if bodiless { Framing::NONE } else { self.framing };
        (self.response, framing, self.keep_alive)
    }
}

/// Takes a head from the front of the buffer, once it is there as a whole. `scanned` is how far the buffer has been
/// searched for its end, so that a head in many pieces is parsed once.
pub(super) fn parse(buffer: &mut BytesMut, scanned: &mut usize) -> Result<Option<Head>, Malformed> {
    if !has_end(buffer, scanned) {
        return if buffer.len() > MAX_HEAD { Err(Malformed("its head is too long")) } else { Ok(None) };
    }
    let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut head = httparse::Response::new(&mut []);
    let parsed = ParserConfig::default().parse_response_with_uninit_headers(&mut head, buffer, &mut headers);
    let used = match parsed {
        Ok(Status::Complete(used)) if used <= MAX_HEAD => used,
        Ok(Status::Complete(_)) => return Err(Malformed("its head is too long")),
        // Empty lines before the head are passed over by the parser, and end nothing.
        Ok(Status::Partial) if buffer.len() > MAX_HEAD => return Err(Malformed("its head is too long")),
        Ok(Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Malformed("it has too many headers")),
        Err(_) => return Err(Malformed("its head is not HTTP/1.1")),
    };
    let status = head.code.and_then(|code| StatusCode::from_u16(code).ok()).ok_or(Malformed("its status is none"))?;
    let version = if head.version == Some(1) { Version::HTTP_11 } else { Version::HTTP_10 };
    let spans = spans(buffer, head.headers)?;
    let bytes = buffer.split_to(used).freeze();
    *scanned = 0;
    let headers = header_map(&bytes, spans)?;
    finish(status, version, headers).map(Some)
}

/// Whether an empty line is there.
fn has_end(buffer: &[u8], scanned: &mut usize) -> bool {
    let mut at = *scanned;
    while let Some(found) = buffer.get(at..).and_then(|rest| memchr::memchr(b'\n', rest)) {
        let line_feed = at + found;
        match buffer.get(line_feed + 1..) {
            Some([b'\n', ..] | [b'\r', b'\n', ..]) => return true,
            // Where the next line begins with what could become its end, it is looked at again.
            Some([] | [b'\r']) => {
                *scanned = line_feed;
                return false;
            }
            _ => at = line_feed + 1,
        }
    }
    *scanned = buffer.len();
    false
}

/// A header's name, and where its value lies in the head.
type Span = (HeaderName, usize, usize);

fn spans(buffer: &[u8], headers: &[Header<'_>]) -> Result<Vec<Span>, Malformed> {
    let base = buffer.as_ptr() as usize;
    headers
        .iter()
        .map(|header| {
            let name =
                HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| Malformed("a header's name is none"))?;
            let start = (header.value.as_ptr() as usize).saturating_sub(base);
            Ok((name, start, start + header.value.len()))
        })
        .collect()
}

/// The values are slices of the head: no header is copied.
fn header_map(head: &Bytes, spans: Vec<Span>) -> Result<HeaderMap, Malformed> {
    let mut headers = HeaderMap::with_capacity(spans.len());
    for (name, start, end) in spans {
        // An empty value has no place that could be relied on.
        let value = if start < end && end <= head.len() { head.slice(start..end) } else { Bytes::new() };
        let value = HeaderValue::from_maybe_shared(value).map_err(|_| Malformed("a header's value is none"))?;
        headers.append(name, value);
    }
    Ok(headers)
}

fn finish(status: StatusCode, version: Version, mut headers: HeaderMap) -> Result<Head, Malformed> {
    if status == StatusCode::SWITCHING_PROTOCOLS {
        return Err(Malformed("it switches to another protocol"));
    }
    let closes = headers.get_all(CONNECTION).iter().any(|value| lists(value, "close"));
    let mut keep_alive = version == Version::HTTP_11 && !closes;
    let length = content_length(&headers)?;
    let chunked = is_chunked(&headers, version)?;
    let framing = match (chunked, length) {
        _ if status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) => {
            Framing::NONE
        }
        (true, length) => {
            // Whoever writes both may have been talked into it: what follows on this connection is not believed.
            if length.is_some() {
                headers.remove(CONTENT_LENGTH);
                keep_alive = false;
            }
            headers.remove(TRANSFER_ENCODING);
            Framing::chunked()
        }
        (false, Some(length)) => Framing::Counted(length),
        (false, None) => {
            keep_alive = false;
            Framing::ToTheEnd
        }
    };
    let mut response = Response::new(());
    *response.status_mut() = status;
    *response.version_mut() = version;
    *response.headers_mut() = headers;
    Ok(Head { response, framing, keep_alive })
}

fn content_length(headers: &HeaderMap) -> Result<Option<u64>, Malformed> {
    const WRONG: Malformed = Malformed("its content-length is none");
    let mut length = None;
    for value in headers.get_all(CONTENT_LENGTH) {
        for part in value.to_str().map_err(|_| WRONG)?.split(',') {
            let part = part.trim();
            let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            let number = digits.then(|| part.parse().ok()).flatten().ok_or(WRONG)?;
            if length.is_some_and(|length| length != number) {
                return Err(Malformed("it has two content-lengths"));
            }
            length = Some(number);
        }
    }
    Ok(length)
}

fn is_chunked(headers: &HeaderMap, version: Version) -> Result<bool, Malformed> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(false),
        (Some(coding), None)
            if coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked") && version == Version::HTTP_11 =>
        {
            Ok(true)
        }
        _ => Err(Malformed("its transfer-encoding is not understood")),
    }
}

fn lists(value: &HeaderValue, word: &str) -> bool {
    value.as_bytes().split(|byte| *byte == b',').any(|part| part.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Option<(Head, String)>, Malformed> {
        let mut buffer = BytesMut::from(text);
        let head = parse(&mut buffer, &mut 0)?;
        Ok(head.map(|head| (head, String::from_utf8_lossy(&buffer).into_owned())))
    }

    fn framing(headers: &str) -> Result<(Framing, bool), &'static str> {
        let (head, rest) =
            parsed(&format!("HTTP/1.1 200 OK\r\n{headers}\r\nrest")).map_err(|error| error.0)?.expect("whole");
        assert_eq!(rest, "rest");
        Ok((head.framing, head.keep_alive))
    }

    #[test]
    fn a_head_is_found_however_it_arrives() {
        for text in [
            "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nX-A: b c\r\nX-Empty:\r\nx-a: d\r\n\r\n",
            "HTTP/1.1 429 Too Many\nRetry-After: 7\nX-A: b c\nX-Empty:\nx-a: d\n\n",
        ] {
            let mut buffer = BytesMut::new();
            let mut scanned = 0;
            let mut found = None;
            for (index, byte) in text.bytes().enumerate() {
                buffer.extend_from_slice(&[byte]);
                found = parse(&mut buffer, &mut scanned).expect("HTTP");
                assert_eq!(found.is_some(), index + 1 == text.len(), "{index}");
            }
            let (response, ..) = found.expect("a head").read(false);
            assert_eq!(response.status(), 429);
            assert_eq!(response.headers()["retry-after"], "7");
            assert_eq!(response.headers()["x-empty"], "");
            assert_eq!(response.headers().get_all("x-a").iter().collect::<Vec<_>>(), ["b c", "d"]);
            assert!(buffer.is_empty());
        }
    }

    #[test]
    fn a_body_is_framed_by_its_head() {
        assert_eq!(framing("content-length: 5\r\n"), Ok((Framing::Counted(5), true)));
        assert_eq!(framing("content-length: 5, 5\r\ncontent-length: 5\r\n"), Ok((Framing::Counted(5), true)));
        assert_eq!(framing("Transfer-Encoding: Chunked\r\n"), Ok((Framing::chunked(), true)));
        assert_eq!(framing("transfer-encoding: chunked\r\ncontent-length: 5\r\n"), Ok((Framing::chunked(), false)));
        assert_eq!(framing("connection: x, Close\r\ncontent-length: 5\r\n"), Ok((Framing::Counted(5), false)));
        assert_eq!(framing(""), Ok((Framing::ToTheEnd, false)));
        for wrong in [
            "content-length: 5\r\ncontent-length: 6\r\n",
            "content-length: +5\r\n",
            "content-length: \r\n",
            "content-length: 99999999999999999999\r\n",
        ] {
            assert!(framing(wrong).is_err(), "{wrong}");
        }
        for wrong in [
            "transfer-encoding: gzip, chunked\r\n",
            "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
            "transfer-encoding: identity\r\n",
        ] {
            assert!(framing(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn some_answers_have_no_body() {
        for status in ["204 No", "304 Not"] {
            let (head, _) =
                parsed(&format!("HTTP/1.1 {status}\r\ncontent-length: 5\r\n\r\n")).expect("HTTP").expect("whole");
            assert_eq!(head.framing, Framing::NONE);
        }
        let (head, _) = parsed("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n").expect("HTTP").expect("whole");
        let (response, framing, keep_alive) = head.read(true);
        assert_eq!((framing, keep_alive), (Framing::NONE, true));
        assert_eq!(response.headers()["content-length"], "5");
        let (head, rest) = parsed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200").expect("HTTP").expect("whole");
        assert!(head.is_interim() && rest == "HTTP/1.1 200");
    }

    #[test]
    fn what_is_not_http_is_refused() {
        for text in [
            "SSH-2.0-OpenSSH\r\n\r\n",
            "HTTP/2 200\r\n\r\n",
            "HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
            "HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n",
            "HTTP/1.1 200 OK\r\na: \0\r\n\r\n",
            "HTTP/1.1 101 Switching\r\n\r\n",
            "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        ] {
            assert!(parsed(text).is_err(), "{text}");
        }
        let long = format!("HTTP/1.1 200 OK\r\na: {}", "b".repeat(MAX_HEAD));
        assert!(parsed(&long).is_err() && parsed(&format!("{long}\r\n\r\n")).is_err());
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(101));
        assert!(parsed(&many).is_err());
    }
}
