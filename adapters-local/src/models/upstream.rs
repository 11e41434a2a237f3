//! What the providers themselves say of their models: `gatelet models --upstream`.

use std::sync::Arc;

use gatelet_core::config::Settings;
use gatelet_core::error::{Class, Error};
use gatelet_core::gateway::{Listed, UpstreamModels};
use gatelet_core::{Ending, Gateway, Unlimited};
use gatelet_native::transport::Body;
use gatelet_native::{NativeHost, Outlet};
use tokio::runtime::Builder;

use crate::serve::Outward;

/// What all providers have told, and what kept some from it.
pub(super) struct Told {
    pub(super) models: Vec<Listed>,
    pub(super) problems: Vec<String>,
}

/// Asks all providers.
///
/// # Errors
/// Why nobody can be asked.
pub(super) fn ask(settings: &Arc<Settings>) -> Result<Told, String> {
    let outward = Outward::new(settings)?;
    outward.prepare()?;
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(|error| format!("cannot start: {error}"))?;
    let asked = runtime.block_on(async {
        let host = NativeHost::new(outward.transport(settings), Nowhere, outward.surroundings());
        Gateway::new(host, Unlimited, Ok(Arc::clone(settings))).upstream_models().await
    });
    let asked = asked.map_err(|problems| problems.to_string())?;
    let problems = asked.iter().filter_map(|one| Some(problem(one, one.error.as_ref()?))).collect();
    Ok(Told { models: asked.into_iter().flat_map(|one| one.models).collect(), problems })
}

/// What went wrong with a provider, and what can be done.
fn problem(told: &UpstreamModels, error: &Error) -> String {
    let name = &told.provider;
    let why = match &error.reason {
        Some(reason) => format!("{}: {reason}", error.message),
        None => error.message.to_string(),
    };
    let advice = match error.class {
        Class::UpstreamAuth => format!("look at the credential of [providers.{name}]"),
        Class::UpstreamTimeout => "is it busy? Ask again".to_owned(),
        Class::Unsupported | Class::NotFound | Class::ModelNotFound => {
            format!("if it has one elsewhere, write paths = {{ models = \"/…\" }} under [providers.{name}]")
        }
        Class::RateLimit | Class::Overloaded => "ask again later".to_owned(),
        _ => format!("is it running, and is the base_url of [providers.{name}] right?"),
    };
    format!("{name}: {why}; {advice}")
}

/// Nothing is logged: no client has asked for anything.
#[derive(Debug)]
struct Nowhere;

impl Outlet<Body> for Nowhere {
    fn emit(&self, _: &[u8]) {}

    fn finish_later(&self, _: Ending<Body>) {}
}
