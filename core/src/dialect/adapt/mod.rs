//! Makes a request one that the target can be asked: everything that depends on what the target takes, before its encoder
//! writes it down. What it changes it reports; what the target cannot be asked it refuses.

mod conversation;
mod tools;

use super::Dialect;
use super::canonical::feature::settle;
use super::canonical::{Refusal, Report, Request, Target};

/// What has to be undone in the answer.
#[derive(Clone, Debug, Default)]
pub struct Adapted {
    /// The tools' names at the target that are others at the caller.
    pub names: Vec<Renamed>,
    /// The texts that end the answer, which the gateway looks for itself.
    pub stop: Vec<String>,
}

/// A tool's name at the target, and what the caller calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// The name at the target.
    pub target: String,
    /// The caller's name.
    pub name: String,
    /// The caller's namespace.
    pub namespace: Option<String>,
    /// The caller's is a custom tool, and a function at the target: its text is the member `input` of the arguments.
    pub custom: bool,
}

/// Makes a request one that the target can be asked. `caller` is the dialect it came in.
///
/// # Errors
/// The target cannot be asked it.
pub fn adapt(
    request: &mut Request<'_>,
    target: &Target<'_>,
    caller: Dialect,
    report: &mut Report,
) -> Result<Adapted, Refusal> {
    settle(request, target, report)?;
    let mut adapted = Adapted::default();
    conversation::adapt(request, target, caller, &mut adapted, report)?;
    tools::adapt(request, target, caller, &mut adapted, report)?;
    conversation::name_results(request, target)?;
    Ok(adapted)
}
