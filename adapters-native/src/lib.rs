//! What the two native adapters share: the HTTP transport, the timer, the clocks, the identity that a platform lends, and the way to
//! the configuration.

#[cfg(feature = "host")]
mod ambient;
pub mod config;
#[cfg(feature = "host")]
mod host;
#[cfg(feature = "host")]
mod random;
#[cfg(feature = "host")]
mod sign;
#[cfg(feature = "host")]
mod sleep;
#[cfg(feature = "host")]
mod tls;
#[cfg(feature = "host")]
pub mod transport;

#[cfg(feature = "host")]
pub use ambient::Surroundings;
#[cfg(feature = "host")]
pub use host::{NativeHost, Outlet};
#[cfg(feature = "host")]
pub use sleep::Sleep;
#[cfg(feature = "host")]
pub use tls::Tls;
