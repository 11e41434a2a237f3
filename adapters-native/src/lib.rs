//! What the two native adapters share: the HTTP transport, the timer, the clocks, and the way to the configuration.

pub mod config;
mod host;
mod random;
mod sleep;
mod tls;
pub mod transport;

pub use host::{NativeHost, Outlet};
pub use sleep::Sleep;
pub use tls::Tls;
