//! What AWS asks of every request.

mod sigv4;

pub use sigv4::{Scope, sign};
