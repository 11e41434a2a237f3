//! From the command line and the environment to what is served and where.

mod address;
mod itself;

use std::net::SocketAddr;
use std::path::PathBuf;

use gatelet_core::config::{Access, Platform, Settings};
use gatelet_native::config::{Loaded, Origin, Places, load};

pub(crate) use address::Address;

use crate::cli::Options;

/// The file that is read if it is there.
const BESIDE: &str = "gatelet.toml";

/// What is served, and where.
#[derive(Debug)]
pub(crate) struct Setup {
    /// Where the configuration was found.
    pub(crate) origin: Origin,
    /// The providers that the environment offers, with the variables of their credentials.
    pub(crate) found: Vec<(&'static str, &'static str)>,
    pub(crate) settings: Settings,
    pub(crate) listen: Address,
    /// What the person who starts it should know.
    pub(crate) notes: Vec<String>,
}

/// Reads and checks everything.
///
/// # Errors
/// Everything that is wrong, a line each.
pub(crate) fn read(options: &Options) -> Result<Setup, String> {
    let places =
        Places { flag: options.config.clone(), variable: variable("GATELET_CONFIG"), beside: PathBuf::from(BESIDE) };
    let port = variable("PORT");
    // Where it would listen if there were no configuration: the environment may point at the gateway itself, in a
    // shell that has been prepared for its clients.
    let expected = Address::choose(options.listen.as_deref(), None, port.as_deref(), Access::Loopback);
    let expected = expected.and_then(|address| address.resolve()).unwrap_or_default();
    let ignored = std::cell::RefCell::new(Vec::new());
    let environment = |name: &str| {
        let value = variable(name)?;
        if !itself::is_base_url_variable(name) || !itself::leads_to(&value, &expected) {
            return Some(value);
        }
        ignored
            .borrow_mut()
            .push(format!("{name} is the address of this server; it is ignored, or requests would go in a circle"));
        None
    };
    let Loaded { origin, found, left_out, settings } = load(&places, Platform::Local, &environment);
    let settings = settings.map_err(|faults| faults.to_string())?;
    let listen = Address::choose(
        options.listen.as_deref(),
        settings.server.listen.as_deref(),
        port.as_deref(),
        settings.access,
    )?;
    let mut notes = ignored.into_inner();
    notes.extend(left_out.iter().map(|problem| format!("left out: {problem}")));
    // A variable is asked for more than once.
    notes.dedup();
    Ok(Setup { origin, found, settings, listen, notes })
}

/// Whether these settings may be served at those addresses.
///
/// # Errors
/// Why not, and what to do.
pub(crate) fn permit(settings: &Settings, bound: &[SocketAddr]) -> Result<(), String> {
    if settings.access == Access::Loopback
        && let Some(address) = bound.iter().find(|address| !address.ip().to_canonical().is_loopback())
    {
        return Err(format!(
            "{address} can be reached from other machines, and no client keys are configured: everybody could use your \
             providers' keys.\nMake a key with `gatelet key new NAME` and add it to the configuration, listen on \
             127.0.0.1, or say `open = true` in the configuration if that is what you want."
        ));
    }
    itself::refuse(settings, bound)
}

/// The value of an environment variable; `None` if it is not set, or not in UTF-8.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
