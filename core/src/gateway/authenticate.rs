//! Who calls? From the head alone, before a byte of the body is read.

use http::{HeaderMap, Uri};

use crate::config::{Access, Settings};
use crate::error::{Class, Error};
use crate::policy::credentials;

/// The place of the caller's key among the configured ones; `None` where the gateway serves without keys.
///
/// # Errors
/// The caller has no key, a wrong one, or two.
pub(crate) fn authenticate(
    settings: &Settings,
    uri: &Uri,
    headers: &HeaderMap,
    gemini: bool,
) -> Result<Option<usize>, Error> {
    match settings.access {
        // Programs on this machine alone: that was looked at before everything else.
        Access::Open | Access::Loopback => Ok(None),
        Access::Keys => {
            let presented = credentials::presented(headers, uri.query(), gemini)?;
            let Some(presented) = presented else {
                let message =
                    "no API key given; send a gatelet key as `Authorization: Bearer`, `x-api-key` or `x-goog-api-key`";
                return Err(Error::new(Class::CallerAuth, message));
            };
            match settings.keys.find(&presented) {
                Some(key) => Ok(Some(key)),
                None => Err(Error::new(Class::CallerAuth, "the API key is not valid here")),
            }
        }
    }
}
