//! Bytes on the wire: JSON spans and splicing, event streams. No I/O, no clock: bytes in, findings out.

pub mod array;
pub mod base64;
pub(crate) mod date;
pub mod decimal;
pub mod doc;
pub mod event_stream;
pub mod frame;
pub mod json;
#[cfg(test)]
pub(crate) mod oracle;
pub mod percent;
mod plain;
mod scan;
pub mod splice;
pub mod sse;
pub mod text;
pub mod write;
