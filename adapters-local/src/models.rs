//! `gatelet models`.

use std::fmt::Write;
use std::process::ExitCode;

use gatelet_core::gateway::model_names;
use gatelet_core::provider::models;

use crate::cli::Options;
use crate::summary::Summary;
use crate::{setup, terminal};

/// Lists what clients can ask for.
pub(crate) fn run(options: &Options) -> ExitCode {
    let setup = match setup::read(options) {
        Ok(setup) => setup,
        Err(problems) => {
            terminal::tell(&problems);
            return ExitCode::FAILURE;
        }
    };
    let settings = &setup.settings;
    let summary = Summary { origin: &setup.origin, found: &setup.found, settings, proxy: None };
    let mut list = String::new();
    for (name, _) in model_names(settings) {
        // Writing to a String does not fail.
        let _ = match settings.routes.get(&name) {
            Some(route) => writeln!(list, "{name} → {}", summary.route(route)),
            None => writeln!(list, "{name}"),
        };
    }
    let nameless = settings.providers.iter().filter(|provider| {
        let mut known = false;
        models::each(provider.kind.name, &provider.region, &mut |_, _| known = true);
        !provider.kind.built_in && !known
    });
    let shown = terminal::show(&list);
    for name in nameless.map(|provider| &provider.name) {
        terminal::tell(&format!("{name}/… : whatever {name} has; gatelet knows none of its models by name"));
    }
    shown
}
