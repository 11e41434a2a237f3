//! What a target is authenticated to with: for most a key that is configured, for some a token that is got first.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderValue};
use http::{Method, Request};

use super::Gateway;
use super::collect::collect;
use super::grants::Holder;
use super::timer::Timer;
use crate::error::{Class, Error};
use crate::host::{Ambient, Grant, Host, Outgoing};
use crate::provider::exchange::{self, Exchange};
use crate::provider::{Credential, Granted, Provider};
use crate::store::Store;
use crate::wire::base64;
use crate::wire::splice::Spliced;

/// How long a token endpoint may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer of a token endpoint.
const MAX_ANSWER: usize = 64 << 10;

/// What is granted for the credential; `None` where it is sent itself.
///
/// # Errors
/// There is no grant: the target cannot be asked.
pub(crate) async fn authorize<H: Host, S: Store>(
    gateway: &Gateway<H, S>,
    provider: &Provider,
    credential: Option<&Credential>,
    deadline: Duration,
) -> Result<Option<Grant>, Error> {
    let Some(granted) = credential.and_then(Credential::granted) else { return Ok(None) };
    let host = &gateway.host;
    let result = match granted {
        Granted::Exchange(exchange) => gateway.grants.of(host, holder(granted), issue(host, exchange, deadline)).await,
        Granted::Ambient(identity) => {
            let ambient = async { host.ambient(identity).await.map_err(|error| error.to_string()) };
            gateway.grants.of(host, holder(granted), ambient).await
        }
    };
    result.map(Some).map_err(|why| {
        let message = format!("provider {} cannot be authenticated to: the gateway's log says why", provider.name);
        Error { reason: Some(why.into()), ..Error::new(Class::UpstreamAuth, message) }
    })
}

/// Gives up what was granted for the credential, since the provider has refused it; whether another grant is worth a try.
pub(crate) fn refused<H: Host, S: Store>(gateway: &Gateway<H, S>, credential: Option<&Credential>) -> bool {
    let granted = credential.and_then(Credential::granted);
    granted.is_some_and(|granted| gateway.grants.forget(holder(granted), gateway.host.monotonic()))
}

/// The provider has refused what was granted anew, too.
pub(crate) fn refused_again<H: Host, S: Store>(gateway: &Gateway<H, S>, credential: Option<&Credential>) {
    if let Some(granted) = credential.and_then(Credential::granted) {
        gateway.grants.forgotten_in_vain(holder(granted), gateway.host.monotonic());
    }
}

/// Whether the text quotes what the provider is authenticated to with.
pub(crate) fn is_quoted<H: Host, S: Store>(gateway: &Gateway<H, S>, provider: &Provider, text: &[u8]) -> bool {
    let quotes = |credential: &Credential| {
        let grant = credential.granted().and_then(|granted| gateway.grants.held(holder(granted)));
        credential.is_quoted(grant.as_ref(), text)
    };
    provider.credentials.iter().any(quotes) || provider.is_quoted(text)
}

fn holder(granted: Granted<'_>) -> Holder {
    match granted {
        Granted::Exchange(exchange) => Holder::Configured(exchange.id()),
        Granted::Ambient(identity) => Holder::Platform(identity),
    }
}

/// Has a token issued.
async fn issue<H: Host>(host: &H, exchange: &Exchange, deadline: Duration) -> Result<Ambient, String> {
    let now = host.wall();
    let assertion = match exchange.assertion(now) {
        None => None,
        Some(assertion) => {
            let signature = host.sign_rs256(assertion.key, assertion.input.as_bytes()).await;
            let signature = signature.map_err(|error| error.to_string())?;
            let mut token = assertion.input;
            token.push('.');
            base64::push_url(&signature, &mut token);
            Some(token)
        }
    };
    let form = Spliced::from(Bytes::from(exchange.form(assertion.as_deref())));
    let mut request = Request::new(Outgoing::Full(form));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = exchange.uri().ok_or("the token endpoint is nowhere")?;
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let exchanged = async {
        let answer = host.send(request).await.map_err(|_| "the token endpoint could not be reached")?;
        let status = answer.status().as_u16();
        let body = collect(&mut answer.into_body(), MAX_ANSWER).await;
        Ok((status, body.map_err(|_| "the token endpoint's answer is not whole")?))
    };
    let deadline = deadline.min(host.monotonic().saturating_add(PATIENCE));
    let (status, body) = Timer::new(host)
        .until(deadline, pin!(exchanged))
        .await
        .map_err(|_| "the token endpoint did not answer in time".to_owned())?
        .map_err(|why: &str| why.to_owned())?;
    let issued = exchange::issued(status, &body)?;
    Ok(Ambient { grant: Grant::Bearer(issued.token), until: Some(now.saturating_add(issued.lifetime)) })
}
