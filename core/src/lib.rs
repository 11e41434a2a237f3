//! The gateway that decides: authentication, routing, relay, accounting.
//!
//! This crate has no runtime, no socket, no clock, no environment. A [`Host`] lends it those, a [`Store`] keeps its
//! state, and [`Gateway::handle`] turns one request into one [`Reply`].

pub mod config;
pub mod dialect;
pub mod error;
pub mod gateway;
pub mod host;
pub mod policy;
pub mod provider;
pub mod secret;
pub mod store;
pub mod usage;
pub mod wire;

pub use gateway::{Configured, Ending, Gateway, Reply};
pub use host::Host;
pub use store::{Store, Unlimited};
