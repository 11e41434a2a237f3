//! Rules that hold for every request, whatever its dialect.

pub mod browser;
pub mod credentials;
pub mod headers;
pub mod keys;
pub mod query;
