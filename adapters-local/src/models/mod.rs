//! `gatelet models`.

mod upstream;

use std::fmt::Write;
use std::process::ExitCode;
use std::sync::Arc;

use gatelet_core::config::Settings;
use gatelet_core::gateway::{self, Listed};
use gatelet_core::provider::models;
use gatelet_core::usage::Term;

use crate::cli::Options;
use crate::summary::Summary;
use crate::{setup, terminal};

const HEAD: [&str; 6] = ["MODEL", "DIALECTS", "CONTEXT", "OUTPUT", "$/M IN", "$/M OUT"];

/// Lists what the providers themselves say that they have.
pub(crate) fn ask(options: &Options) -> ExitCode {
    let told = setup::read(options).and_then(|setup| {
        let settings = Arc::new(setup.settings);
        upstream::ask(&settings).map(|told| (settings, told))
    });
    let (settings, told) = match told {
        Ok(told) => told,
        Err(problems) => {
            terminal::tell(&problems);
            return ExitCode::FAILURE;
        }
    };
    let shown = terminal::show(&(table(&rows(&settings, &told.models)).join("\n") + "\n"));
    for problem in &told.problems {
        terminal::tell(problem);
    }
    // A list that is not whole is no success to a script.
    if told.problems.is_empty() { shown } else { ExitCode::FAILURE }
}

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
    let models = gateway::models(settings);
    let mut list = table(&rows(settings, &models));
    // Own names lead somewhere.
    for model in models.iter().rev() {
        let Some(route) = settings.routes.get(&model.id) else { continue };
        let at = list.iter().position(|line| line.split(' ').next() == Some(&model.id));
        if let Some(line) = at.and_then(|at| list.get_mut(at)) {
            // Writing to a String does not fail.
            let _ = write!(line, "  → {}", summary.route(route));
        }
    }
    let nameless = settings.providers.iter().filter(|provider| {
        let mut known = !provider.models.is_empty();
        models::each(provider.kind.name, &provider.region, &mut |_, _| known = true);
        !provider.kind.built_in && !known
    });
    let shown = terminal::show(&(list.join("\n") + "\n"));
    for name in nameless.map(|provider| &provider.name) {
        terminal::tell(&format!("{name}/… : whatever {name} has; gatelet knows none of its models by name"));
    }
    shown
}

/// What is shown of the models, with the heads of the columns.
fn rows(settings: &Settings, models: &[Listed]) -> Vec<[String; 6]> {
    std::iter::once(HEAD.map(str::to_owned)).chain(models.iter().map(|model| row(settings, model))).collect()
}

/// What is shown of a model.
fn row(settings: &Settings, model: &Listed) -> [String; 6] {
    let first = model.target.as_ref().and_then(|(place, name)| Some((settings.providers.get(*place)?, name)));
    let dialects = first.map(|(provider, name)| provider.dialects(name).to_string().replace(", ", ","));
    let count = |tokens: Option<u64>| tokens.map_or_else(unknown, |tokens| tokens.to_string());
    let prices = first.and_then(|(provider, name)| models::usual_prices(provider, name));
    let price = |term| prices.and_then(|prices| prices.get(term)).map_or_else(unknown, dollars);
    [
        model.id.clone(),
        dialects.unwrap_or_default(),
        count(model.context),
        count(model.max_output),
        price(Term::Input),
        if model.embedding { "-".to_owned() } else { price(Term::Output) },
    ]
}

fn unknown() -> String {
    "unknown".to_owned()
}

/// Micro-dollars as dollars.
fn dollars(micro: u64) -> String {
    let (whole, part) = (micro / 1_000_000, format!("{:06}", micro % 1_000_000));
    match part.trim_end_matches('0') {
        "" => whole.to_string(),
        part => format!("{whole}.{part}"),
    }
}

/// The rows as lines, one column under the other: names to the left, numbers to the right.
fn table(rows: &[[String; 6]]) -> Vec<String> {
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(width);
    let line = |row: &[String; 6]| {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            // Writing to a String does not fail.
            let _ = match column {
                0 => write!(line, "{cell:<width$}"),
                1 => write!(line, "  {cell:<width$}"),
                _ => write!(line, "  {cell:>width$}"),
            };
        }
        line
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_exactly() {
        for (micro, shown) in [(0, "0"), (2_800, "0.0028"), (1_250_000, "1.25"), (10_000_000, "10"), (1, "0.000001")] {
            assert_eq!(dollars(micro), shown);
        }
    }

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [["a", "chat", "1", "22", "3", "unknown"], ["long/name", "c", "100", "2", "3.5", "4"]];
        let lines = table(&rows.map(|row| row.map(str::to_owned)));
        assert_eq!(lines, ["a          chat    1  22    3  unknown", "long/name  c     100   2  3.5        4"]);
    }
}
