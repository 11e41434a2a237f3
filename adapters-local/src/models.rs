//! `gatelet models`.

use std::fmt::Write;
use std::process::ExitCode;

use gatelet_core::provider::known_models;

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
    for (name, route) in &settings.routes {
        // Writing to a String does not fail.
        let _ = writeln!(list, "{name} → {}", summary.route(route));
    }
    let mut nameless = Vec::new();
    for provider in &settings.providers {
        let mut models = known_models(provider.kind.name).peekable();
        if provider.kind.built_in {
            let _ = writeln!(list, "{}/hello", provider.name);
        } else if models.peek().is_none() {
            nameless.push(&*provider.name);
        }
        for model in models {
            let _ = writeln!(list, "{}/{}", provider.name, model.id);
        }
    }
    let shown = terminal::show(&list);
    for name in nameless {
        terminal::tell(&format!("{name}/… : whatever {name} has; gatelet knows none of its models by name"));
    }
    shown
}
