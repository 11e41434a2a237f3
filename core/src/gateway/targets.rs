//! One target after another, until one has an answer.

use super::attempt::{self, Asked};
use super::authorize;
use super::judge::{self, Failed, upstream_id};
use super::plan::Aim;
use super::settle::Account;
use super::way::Way;
use super::withhold::withhold;
use super::{Outgoing, outgoing};
use crate::dialect::count;
use crate::error::{Class, Error};
use crate::host::Host;
use crate::provider::{GeminiMethod, Operation};
use crate::store::Store;
use crate::usage::Tier;

/// Tries one target after another until one has an answer.
///
/// # Errors
/// None has, and none of their own words could be passed on.
pub(crate) async fn through<H: Host, S: Store>(
    way: &Way<'_, H, S>,
    aims: &[Aim<'_>],
    account: &mut Account<H, S>,
) -> Result<Outgoing<H::Body>, Error> {
    let mut best: Option<Failed<H::Body>> = None;
    // Whose words they are, for the log.
    let mut speaker = None;
    for aim in aims {
        if is_count(way.operation) && aim.dialect != way.dialect {
            return estimated(way);
        }
        let mut bare = false;
        let mut again = true;
        let mut is_renewed = false;
        loop {
            let target = (aim.place, Box::<str>::from(aim.model));
            account.note(|record| {
                record.attempts += 1;
                record.target = Some(target.clone());
                record.upstream_dialect = aim.dialect;
                record.upstream_id = None;
            });
            let mut upstream = None;
            let mut asked = false;
            let judged = match attempt::attempt(way, aim, bare).await {
                Ok(answer) => {
                    asked = true;
                    upstream = id_of(aim, &answer);
                    let tier = tier_of(&answer);
                    account.note(|record| {
                        record.upstream_id.clone_from(&upstream);
                        record.tier = tier;
                    });
                    withhold(way, aim, judge::judge(way, aim, answer).await)
                }
                // The client's own fault is the client's to hear of.
                Err(error) if error.class == Class::Invalid => return Err(error),
                Err(mut error) => {
                    if let Some(reason) = error.reason.take() {
                        account.note(|record| record.reason = Some(reason));
                    }
                    Err(Failed::Unanswered(error))
                }
            };
            if let Err(Failed::Unanswered(error) | Failed::Again { error, .. }) = &judged
                && may_have_cost(error.class)
            {
                account.note(|record| record.lost = true);
            }
            let failed = match judged {
                Ok(answer) => return Ok(outgoing(way, answer, account)),
                Err(Failed::Final(error)) => return Err(error),
                Err(Failed::Again { bare: without, .. }) if again && way.gateway.host.monotonic() < way.deadline => {
                    again = false;
                    bare |= without;
                    continue;
                }
                Err(Failed::Again { bare: true, error }) => return Err(error),
                // What was granted may have been revoked since: another grant is worth one try.
                Err(Failed::Unanswered(error))
                    if asked
                        && again
                        && error.class == Class::UpstreamAuth
                        && authorize::refused(way.gateway, aim.credential) =>
                {
                    again = false;
                    is_renewed = true;
                    continue;
                }
                Err(failed) => failed,
            };
            if is_renewed && matches!(&failed, Failed::Unanswered(error) if error.class == Class::UpstreamAuth) {
                authorize::refused_again(way.gateway, aim.credential);
            }
            if best.as_ref().is_none_or(|best| worth(&failed) >= worth(best)) {
                best = Some(failed);
                speaker = Some((target, upstream, aim.dialect));
            }
            break;
        }
        if way.gateway.host.monotonic() >= way.deadline {
            break;
        }
    }
    if let Some((target, upstream, dialect)) = speaker {
        account.note(|record| {
            record.target = Some(target);
            record.upstream_id = upstream;
            record.upstream_dialect = dialect;
        });
    }
    match best {
        Some(Failed::Answered(answer)) => Ok(outgoing(way, answer, account)),
        Some(Failed::Told(error) | Failed::Unanswered(error) | Failed::Final(error) | Failed::Again { error, .. }) => {
            Err(error)
        }
        None => Err(Error::new(Class::UpstreamError, "no provider was asked")),
    }
}

/// What an upstream has said, with how long to wait, is worth more than that another one was silent; and that more than
/// that a third one could not be asked.
fn worth<B>(failed: &Failed<B>) -> u8 {
    match failed {
        Failed::Unanswered(error) if error.class == Class::Unsupported => 0,
        Failed::Unanswered(_) => 1,
        Failed::Answered(_) | Failed::Told(_) | Failed::Final(_) | Failed::Again { .. } => 2,
    }
}

fn id_of<B>(aim: &Aim<'_>, asked: &Asked<B>) -> Option<Box<str>> {
    upstream_id(aim.dialect, asked.answer.headers())
}

/// The tier that served the request, where it is told with the answer's head: Gemini
/// (<https://ai.google.dev/gemini-api/docs/priority-inference>) and Bedrock's `InvokeModel`.
fn tier_of<B>(asked: &Asked<B>) -> Tier {
    let told = |name| asked.answer.headers().get(name)?.to_str().ok();
    told("x-gemini-service-tier").or_else(|| told("x-amzn-bedrock-service-tier")).map_or(Tier::Standard, Tier::named)
}

/// Whether an upstream that failed so may have made, and billed, an answer that nobody got.
fn may_have_cost(class: Class) -> bool {
    matches!(class, Class::UpstreamTimeout | Class::UpstreamTruncated | Class::UpstreamInvalid)
}

fn is_count(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::CountTokens | Operation::InputTokens | Operation::Gemini(GeminiMethod::CountTokens, _)
    )
}

/// The count of a request's tokens for a target that has no such endpoint in the caller's dialect: an estimate, which says
/// that it is one.
fn estimated<H: Host, S: Store>(way: &Way<'_, H, S>) -> Result<Outgoing<H::Body>, Error> {
    let tokens = super::ask::estimate(way)?;
    Ok(super::estimate(count::answer(way.dialect, tokens)))
}
