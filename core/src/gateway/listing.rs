//! The upstreams' own lists of their models, asked for when somebody wants them.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http::header::{CONTENT_ENCODING, HeaderValue};

use super::catalog::{self, Listed};
use super::collect::{Broken, collect};
use super::plan::{self, Named};
use super::settle::{Account, Outcome};
use super::timer::Timer;
use super::{Gateway, Outgoing, authorize, respond};
use crate::config::{Problems, Settings};
use crate::dialect::{Dialect, failure};
use crate::error::{Class, Error};
use crate::host::{Host, SendErrorKind};
use crate::policy::headers;
use crate::policy::keys::{ClientKey, ModelPattern};
use crate::provider::list::List;
use crate::provider::{self, Entrance, Provider, Seal};
use crate::store::Store;

/// How long one provider may take for all of its lists.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most bytes that one provider's lists may have together.
const MAX_LISTS: usize = 8 << 20;
/// How many providers are asked at a time: a Worker has no more connections for one request.
const AT_ONCE: usize = 6;

/// What a provider says of its models.
#[derive(Debug)]
pub struct UpstreamModels {
    /// The provider's name.
    pub provider: Box<str>,
    /// The models, and what else is known of them.
    pub models: Vec<Listed>,
    /// Why these are not all.
    pub error: Option<Error>,
}

impl<H: Host, S: Store> Gateway<H, S> {
    /// Asks every provider for its own list of its models.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    pub async fn upstream_models(&self) -> Result<Vec<UpstreamModels>, Arc<Problems>> {
        let configured = self.configured.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let settings = configured?;
        let deadline = self.host.monotonic().saturating_add(settings.timeouts.total);
        Ok(all(self, settings.providers.iter().enumerate().collect(), deadline).await)
    }
}

/// Answers with the lists of the providers that the key may use.
///
/// # Errors
/// Nobody has told anything, or the query asks for a page that there is none of.
pub(super) async fn answer<H: Host, S: Store>(
    gateway: &Gateway<H, S>,
    settings: &Settings,
    key: Option<&ClientKey>,
    (dialect, query): (Dialect, Option<&str>),
    deadline: Duration,
    account: &mut Account<H, S>,
) -> Result<Outgoing<H::Body>, Error> {
    let is_usable = |provider: &Provider| key.is_none_or(|key| may_use(settings, key, provider));
    let usable = settings.providers.iter().enumerate().filter(|(_, provider)| is_usable(provider));
    let told = all(gateway, usable.collect(), deadline).await;
    let mut incomplete: Vec<&str> = Vec::new();
    let mut reasons: Vec<String> = Vec::new();
    for (name, error) in told.iter().filter_map(|one| Some((&*one.provider, one.error.as_ref()?))) {
        incomplete.push(name);
        reasons.push(match &error.reason {
            Some(reason) => [&*error.message, ": ", reason].concat(),
            None => error.message.to_string(),
        });
    }
    let reason = reasons.join("; ");
    if !told.is_empty() && incomplete.len() == told.len() && told.iter().all(|one| one.models.is_empty()) {
        account.note(|record| record.reason = Some(reason.as_str().into()));
        let message = format!("no provider has told its models: {}", incomplete.join(", "));
        return Err(Error::new(Class::UpstreamError, message));
    }
    let reason = Some(reason).filter(|reason| !reason.is_empty());
    let incomplete = incomplete.join(", ");
    let models = told.into_iter().flat_map(|one| one.models);
    let listed: Vec<Listed> = models.filter_map(|model| catalog::by_its_name(settings, key, model)).collect();
    let body = catalog::written(&listed, dialect, query, listed.len())?;
    let mut head = respond::own(http::StatusCode::OK);
    if let Some(reason) = reason {
        account.note(|record| record.reason = Some(reason.into()));
        if let Ok(value) = HeaderValue::from_bytes(incomplete.as_bytes()) {
            head.headers_mut().insert(headers::INCOMPLETE, value);
        }
    }
    Ok(Outgoing::Whole { head, body: body.into(), outcome: Outcome::Done })
}

/// Whether a name that the key may ask for can lead to the provider.
fn may_use(settings: &Settings, key: &ClientKey, provider: &Provider) -> bool {
    let Some(patterns) = &key.models else { return true };
    let leads = |name: &str| match plan::find(settings, name) {
        Ok(Named::Target(place, _)) => settings.providers.get(place).is_some_and(|known| known.name == provider.name),
        _ => false,
    };
    let full = [&*provider.name, "/"].concat();
    patterns.iter().any(|pattern| match pattern {
        ModelPattern::Exactly(name) => leads(name),
        ModelPattern::Prefix(beginning) => {
            full.starts_with(&**beginning) || beginning.starts_with(&full) || leads(beginning)
        }
    })
}

/// Asks the providers, some at a time; the answers are in the providers' order.
async fn all<H: Host, S: Store>(
    gateway: &Gateway<H, S>,
    providers: Vec<(usize, &Provider)>,
    deadline: Duration,
) -> Vec<UpstreamModels> {
    let mut told: Vec<(usize, UpstreamModels)> = Vec::with_capacity(providers.len());
    let mut waiting = providers;
    waiting.reverse();
    let mut running: Vec<(usize, Pin<Box<_>>)> = Vec::new();
    poll_fn(|context| {
        loop {
            while running.len() < AT_ONCE
                && let Some((place, provider)) = waiting.pop()
            {
                running.push((place, Box::pin(one(gateway, (place, provider), deadline))));
            }
            let before = running.len();
            running.retain_mut(|(place, asking)| match asking.as_mut().poll(context) {
                Poll::Ready(answer) => {
                    told.push((*place, answer));
                    false
                }
                Poll::Pending => true,
            });
            if running.is_empty() && waiting.is_empty() {
                return Poll::Ready(());
            }
            if running.len() == before || waiting.is_empty() {
                return Poll::Pending;
            }
        }
    })
    .await;
    told.sort_unstable_by_key(|(place, _)| *place);
    told.into_iter().map(|(_, answer)| answer).collect()
}

/// Asks one provider for its lists.
async fn one<H: Host, S: Store>(
    gateway: &Gateway<H, S>,
    (place, provider): (usize, &Provider),
    deadline: Duration,
) -> UpstreamModels {
    let mut names = Vec::new();
    let mut error = None;
    let name = &provider.name;
    let lists = provider.lists();
    if provider.kind.built_in {
        names.push("hello".to_owned());
    } else if lists.is_empty() {
        error = Some(Error::new(Class::Unsupported, format!("provider {name} has no list of its models")));
    }
    let deadline = deadline.min(gateway.host.monotonic().saturating_add(PATIENCE));
    let mut room = MAX_LISTS;
    for entrance in lists {
        let mut list = List::new(provider.kind.paging);
        let read = read(gateway, provider, entrance, (&mut list, &mut room), deadline).await;
        names.extend(list.into_names());
        error = error.or(read.err());
    }
    names.sort_unstable();
    names.dedup();
    let models = names.iter().map(|model| catalog::told(place, provider, model)).collect();
    UpstreamModels { provider: name.clone(), models, error }
}

/// Reads a list to its end. What has been read until something went wrong stays.
async fn read<H: Host, S: Store>(
    gateway: &Gateway<H, S>,
    provider: &Provider,
    entrance: &Entrance,
    (list, room): (&mut List, &mut usize),
    deadline: Duration,
) -> Result<(), Error> {
    let mut again = true;
    loop {
        match page(gateway, provider, entrance, (&*list, room), deadline).await {
            Ok(body) => match list.take(&body) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(why) => {
                    return Err(Error::new(Class::UpstreamInvalid, format!("provider {}: {why}", provider.name)));
                }
            },
            // What was granted may have been revoked since.
            Err(error)
                if again
                    && error.class == Class::UpstreamAuth
                    && authorize::refused(gateway, provider.credentials.first()) =>
            {
                again = false;
            }
            Err(error) => {
                if !again && error.class == Class::UpstreamAuth {
                    authorize::refused_again(gateway, provider.credentials.first());
                }
                return Err(error);
            }
        }
    }
}

/// Asks for the next page, and reads it whole.
async fn page<H: Host, S: Store>(
    gateway: &Gateway<H, S>,
    provider: &Provider,
    entrance: &Entrance,
    (list, room): (&List, &mut usize),
    deadline: Duration,
) -> Result<Vec<u8>, Error> {
    let (host, name) = (&gateway.host, &provider.name);
    let credential = provider.credentials.first();
    let grant = authorize::authorize(gateway, provider, credential, deadline).await?;
    let seal = Seal { credential, grant: grant.as_ref(), now: gateway.clock.at_aws(host.wall()) };
    let request = provider::request_list(provider, entrance, seal, list.query().as_deref())?;
    let max = *room;
    let exchanged = async {
        let answer = host.send(request).await.map_err(|error| {
            let reached = error.kind() != SendErrorKind::Connect;
            let what = if reached { "broke off before its answer" } else { "could not be reached" };
            Error::new(Class::UpstreamError, format!("provider {name} {what}"))
        })?;
        let (head, mut body) = answer.into_parts();
        let body = collect(&mut body, max).await.map_err(|broken| match broken {
            Broken::TooLarge => {
                let message = format!("provider {name} has a list of models of more than {MAX_LISTS} bytes");
                Error::new(Class::UpstreamInvalid, message)
            }
            Broken::Failed(_) => {
                Error::new(Class::UpstreamTruncated, format!("provider {name} broke off in its list of models"))
            }
        })?;
        Ok((head, body))
    };
    let (head, body) = Timer::new(host).until(deadline, pin!(exchanged)).await.map_err(|_| {
        Error::new(Class::UpstreamTimeout, format!("provider {name} did not tell its models in time"))
    })??;
    *room = room.saturating_sub(body.len());
    if head.status.is_redirection() {
        let message = format!("provider {name} answered with a redirect, which is not followed");
        return Err(Error::new(Class::UpstreamError, message));
    }
    if head.headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        let message = format!("provider {name} answered with a content-encoding, though none was accepted");
        return Err(Error::new(Class::UpstreamInvalid, message));
    }
    if head.status.is_success() {
        return Ok(body.into());
    }
    let status = head.status.as_u16();
    let error = failure::read(Dialect::Chat, status, &head.headers, &body).error;
    let message = match error.class {
        Class::UpstreamAuth => format!("provider {name} refused the gateway's credential"),
        // Not its words: they may hold anything, and the log has its own line.
        _ => format!("provider {name} answered with status {status}"),
    };
    Err(Error::new(error.class, message))
}
