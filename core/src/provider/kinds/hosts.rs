//! Hosts that speak as OpenAI does.

use super::Kind;

pub(super) static ROWS: &[Kind] = &[];
