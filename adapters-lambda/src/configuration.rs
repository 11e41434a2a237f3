//! Where a function's configuration comes from, and what is said when it is wrong.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use gatelet_core::Configured;
use gatelet_core::config::Platform;
use gatelet_native::config::{self, Faults, Places};

use crate::diagnostic;

/// The configuration of `GATELET_CONFIG`, of `gatelet.toml` in the package, or of what else the environment offers. A wrong
/// one is told on standard output, once, and the function serves all the same: every answer then says so.
pub(crate) fn load() -> Configured {
    let variable = |name: &str| std::env::var(name).ok();
    // The platform starts a function in its package; under an emulator the variable says where that is.
    let package = variable("LAMBDA_TASK_ROOT").map(PathBuf::from).unwrap_or_default();
    let named = variable("GATELET_CONFIG").map(|value| within(&package, value));
    let places = Places { flag: None, variable: named, beside: package.join("gatelet.toml") };
    let loaded = config::load(&places, Platform::Lambda, &variable);
    for problem in &loaded.left_out {
        diagnostic::report("a provider of the environment is left out", &[("problem", &problem.to_string())]);
    }
    loaded.settings.map(Arc::new).map_err(|faults| {
        tell(&faults);
        Arc::new(faults.into())
    })
}

/// The value with a file of the package, if that is what it names, at its place.
fn within(package: &std::path::Path, value: String) -> String {
    let file = package.join(value.trim());
    match file.to_str() {
        Some(path) if file.is_file() => path.to_owned(),
        _ => value,
    }
}

fn tell(faults: &Faults) {
    let problems: Vec<_> = faults.to_string().lines().map(str::to_owned).collect();
    let line = serde_json::json!({ "level": "error", "message": "gateway misconfigured", "problems": problems });
    // A closed standard output leaves nobody to tell.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
