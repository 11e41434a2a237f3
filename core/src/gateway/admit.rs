//! Asking the store whether the request may go on, in one call.

use std::time::Duration;

use super::settle::Account;
use crate::config::Settings;
use crate::error::{Class, Error};
use crate::host::Host;
use crate::store::{Admission, RequestId, Store};

/// Admits the request. From here on its account owns what the store holds for it.
///
/// # Errors
/// A limit would be passed.
pub(crate) async fn admit<H: Host, S: Store>(
    store: &S,
    settings: &Settings,
    request: RequestId,
    key: Option<usize>,
    account: &mut Account<H, S>,
) -> Result<(), Error> {
    let key = key.and_then(|place| settings.keys.at(place)).map(|key| &*key.name);
    match store.admit(&Admission { request, key }).await {
        Ok(reservation) => {
            account.hold(reservation);
            Ok(())
        }
        Err(denied) => {
            let error = Error::new(Class::RateLimit, denied.reason.into_string());
            Err(Error { retry_after: denied.retry_after.map(Duration::from_secs), ..error })
        }
    }
}
