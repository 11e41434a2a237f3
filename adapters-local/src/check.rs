//! `gatelet check`.

use std::process::ExitCode;

use crate::cli::Options;
use crate::summary::Summary;
use crate::{serve, setup, terminal};

/// Says what would be served, or everything that is wrong.
pub(crate) fn run(options: &Options) -> ExitCode {
    let checked = setup::read(options).and_then(|setup| {
        let bound = setup.listen.resolve()?;
        setup::permit(&setup.settings, &bound)?;
        let outward = serve::Outward::new(&setup.settings)?;
        outward.prepare()?;
        Ok((setup, outward))
    });
    let (setup, outward) = match checked {
        Ok(checked) => checked,
        Err(problems) => {
            terminal::tell(&problems);
            return ExitCode::FAILURE;
        }
    };
    for note in &setup.notes {
        terminal::tell(note);
    }
    let summary = Summary {
        origin: &setup.origin,
        found: &setup.found,
        settings: &setup.settings,
        proxy: outward.proxy.as_deref(),
    };
    terminal::show(&format!("would listen on {} ({})\n{}", setup.listen, setup.listen.chosen(), summary.text()))
}
