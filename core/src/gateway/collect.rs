//! Reading a body whole, under a cap.

use std::future::poll_fn;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body::Body;

use crate::error::{Class, Error};

/// Why a body could not be read whole.
#[derive(Debug)]
pub(crate) enum Broken<E> {
    /// It is larger than allowed.
    TooLarge,
    /// It ended before its end.
    Failed(E),
}

/// Refuses what the head already says cannot be taken.
///
/// # Errors
/// The body is encoded, or larger than `max`.
pub(crate) fn check_head(headers: &HeaderMap, max: usize) -> Result<(), Error> {
    if let Some(encoding) = headers.get(CONTENT_ENCODING)
        && !encoding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        let message = "a request body with a `content-encoding` is not taken; send it as it is";
        return Err(Error::new(Class::UnsupportedMedia, message).about("content-encoding"));
    }
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > max)) {
        return Err(too_large(max));
    }
    Ok(())
}

/// The error of a body past the cap.
pub(crate) fn too_large(max: usize) -> Error {
    Error::new(Class::TooLarge, format!("the request body is larger than {max} bytes, which is the limit here"))
}

/// Reads a body whole. One that comes in one piece is not copied.
///
/// # Errors
/// It is larger than `max`, or breaks off.
pub(crate) async fn collect<B>(body: &mut B, max: usize) -> Result<Bytes, Broken<B::Error>>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut first = Bytes::new();
    let mut joined: Option<BytesMut> = None;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(Broken::Failed)?.into_data() else { continue };
        let length = joined.as_ref().map_or(first.len(), BytesMut::len) + data.len();
        if length > max {
            return Err(Broken::TooLarge);
        }
        if let Some(joined) = &mut joined {
            joined.extend_from_slice(&data);
        } else if first.is_empty() {
            first = data;
        } else {
            // What is still to come is known where the length was declared.
            let rest = usize::try_from(body.size_hint().lower()).unwrap_or(0).min(max - length);
            let mut all = BytesMut::with_capacity(length + rest);
            all.extend_from_slice(&first);
            all.extend_from_slice(&data);
            joined = Some(all);
        }
    }
    Ok(joined.map_or(first, BytesMut::freeze))
}
