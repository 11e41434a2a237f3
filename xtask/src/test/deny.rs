//! `cargo deny`: what may be in the tree at all. `deny.toml` has the rules.

use anyhow::Result;

use super::outcome::Outcome;
use crate::{process, setup};

/// Advisories are left out: their database is fetched from elsewhere than a registry.
const CHECKS: [&str; 3] = ["bans", "licenses", "sources"];

pub(crate) fn run() -> Result<Outcome> {
    let python = setup::python::ready()?;
    let mut passed = 0;
    for check in CHECKS {
        let mut cargo = python.cargo()?;
        passed += usize::from(process::watch(cargo.args(["deny", "--log-level", "error", "check", check]), |_| ())?);
    }
    Ok(Outcome::suite(passed, CHECKS.len() - passed, 0, true))
}
