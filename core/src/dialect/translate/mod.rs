//! From one dialect to another: a request, a whole answer, a stream. Everything in here is bytes in, bytes out.

mod answer;
mod request;
mod stream;
mod whole;

pub use answer::{Purpose, Translator};
pub use request::{Said, request};
pub use stream::{Broken, Translation};
pub use whole::{Failure, gathered, whole};
