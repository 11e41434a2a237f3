//! What an answer says, whether in a stream's deltas or in a whole message: the same members, told at once or in pieces.

mod calls;
mod choice;
#[cfg(test)]
mod tests;

use choice::{Choice, Teller};

use super::error::is_base_failure;
use super::usage::read_usage;
use crate::dialect::canonical::Event;
use crate::dialect::canonical::bounds::{MAX_CHOICES, too_many};
use crate::dialect::canonical::read::Value;
use crate::dialect::codec::Sink;
use crate::dialect::{Dialect, failure};
use crate::error::Error;
use crate::usage::Usage;

/// What has been told of an answer so far.
#[derive(Debug, Default)]
pub(super) struct Answer {
    started: bool,
    /// What ids are made of that the upstream leaves out.
    id: String,
    tier: String,
    usage: Usage,
    choices: Vec<Choice>,
    /// The choice of which the last events were.
    current: u32,
    next_block: u32,
    /// It is said in the older shape of Workers AI's `run`, whose streams say that they end by `[DONE]` alone.
    pub(super) is_run: bool,
}

impl Answer {
    /// Takes a chunk or a whole body; `member` is where its choices say something. An error that it tells is given back.
    pub(super) fn take(&mut self, value: Value<'_>, member: &str, sink: &mut Sink<'_>) -> Result<(), Box<Error>> {
        if let Some(error) = value.get("error").filter(|error| !error.is_empty()) {
            return Err(Box::new(failure::in_stream(Dialect::Chat, error).error));
        }
        if value.get("base_resp").is_some_and(|base| is_base_failure(base.raw())) {
            return Err(Box::new(failure::in_stream(Dialect::Chat, value).error));
        }
        for (place, choice) in value.get("choices").iter().flat_map(Value::elements).enumerate() {
            self.start(value, sink);
            self.choice(place, choice, member, sink)?;
        }
        if value.get("choices").is_none() && (value.get("response").is_some() || value.get("tool_calls").is_some()) {
            self.is_run = true;
            self.start(value, sink);
            self.choice(0, value, "", sink)?;
        }
        if let Some(usage) = value.get("usage")
            && read_usage(usage.raw(), &mut self.usage).is_some()
        {
            self.start(value, sink);
            sink(Event::Usage(self.usage));
        }
        if let Some(tier) = value.get_str("service_tier")
            && self.started
            && *tier != *self.tier
        {
            self.tier = tier.clone().into_owned();
            sink(Event::Tier(tier));
        }
        Ok(())
    }

    /// Whether any choice has been told of.
    pub(super) fn has_choices(&self) -> bool {
        !self.choices.is_empty()
    }

    /// Whether every choice that was told of has ended. How many there should be only the request knows.
    pub(super) fn is_complete(&self) -> bool {
        self.has_choices() && self.choices.iter().all(|choice| choice.finished)
    }

    /// Ends the choices that have not said why: a whole body is whole.
    pub(super) fn end(&mut self, sink: &mut Sink<'_>) {
        for place in 0..self.choices.len() {
            self.with(place, sink, |choice, teller| {
                if !choice.finished {
                    choice.finish("stop", None, teller);
                }
            });
        }
    }

    /// Closes what has been opened since the choices ended.
    pub(super) fn close(&mut self, sink: &mut Sink<'_>) {
        for place in 0..self.choices.len() {
            self.with(place, sink, |choice, teller| choice.close(teller));
        }
    }

    fn start(&mut self, value: Value<'_>, sink: &mut Sink<'_>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let id = value.get_str("id").unwrap_or_default();
        let created = value.get("created").and_then(|created| created.count());
        self.id = id.chars().filter(char::is_ascii_alphanumeric).collect();
        // The limit of an id is 64 (translation.md 3.6); what is last differs most.
        self.id.drain(..self.id.len().saturating_sub(24));
        if self.id.is_empty() {
            self.id = created.unwrap_or_default().to_string();
        }
        sink(Event::Start { id, model: value.get_str("model").unwrap_or_default(), created });
    }

    fn choice(&mut self, place: usize, value: Value<'_>, member: &str, sink: &mut Sink<'_>) -> Result<(), Box<Error>> {
        let told = value.get("index").and_then(|index| index.count());
        let index = told.and_then(|index| index.try_into().ok()).unwrap_or(u32::try_from(place).unwrap_or(u32::MAX));
        let place = match self.choices.iter().position(|choice| choice.index == index) {
            Some(place) => place,
            None if self.choices.len() >= MAX_CHOICES => return Err(Box::new(too_many("choices"))),
            None => {
                self.choices.push(Choice::new(index));
                self.choices.len() - 1
            }
        };
        let mut taken = Ok(());
        self.with(place, sink, |choice, teller| taken = choice.take(value, member, teller));
        taken
    }

    fn with(&mut self, place: usize, sink: &mut Sink<'_>, act: impl FnOnce(&mut Choice, &mut Teller<'_, '_>)) {
        let Some(choice) = self.choices.get_mut(place) else { return };
        let mut teller = Teller {
            current: &mut self.current,
            choice: choice.index,
            next_block: &mut self.next_block,
            answer: &self.id,
            sink,
        };
        act(choice, &mut teller);
    }
}
