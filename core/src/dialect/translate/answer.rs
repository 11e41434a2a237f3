//! An answer on its way from the upstream's dialect to the caller's: events in, bytes out.
//!
//! What was done to the request is undone in its events (`restore`), blocks are put one after another where the caller's
//! dialect must have them so (`sequence`), and a writer makes bytes of them: of a stream as they come, of a whole answer at
//! its end. On the way it is noted what was used and how it went.

use crate::dialect::Dialect;
use crate::dialect::adapt::Adapted;
use crate::dialect::canonical::bounds::{MAX_CITED, MAX_NAME, MAX_OPEN, too_many};
use crate::dialect::canonical::carrier::Origin;
use crate::dialect::canonical::gather::Gather;
use crate::dialect::canonical::sequence::Sequence;
use crate::dialect::canonical::{Event, Finish, Str};
use crate::dialect::codec::{Echo, Emitter, codec};
use crate::dialect::restore::Restore;
use crate::error::{Class, Error};
use crate::usage::{Tier, Usage};
use crate::wire::write::Writer;

/// Room for what most events are written as: one block of memory instead of one that grows.
const EVENT: usize = 512;

/// Turns events into the caller's bytes.
pub struct Translator {
    caller: Dialect,
    echo: Echo,
    restore: Restore,
    sequence: Option<Sequence>,
    writing: Writing,
    out: Vec<u8>,
    tokens: u64,
    notes: Notes,
    /// What is told belongs to another answer than the first: the caller's dialect has but one.
    aside: bool,
}

enum Writing {
    Stream(Box<dyn Emitter>),
    Whole(Box<Gather>),
}

/// What is known of an answer.
#[derive(Debug, Default)]
struct Notes {
    usage: Usage,
    /// The tier, where it is told by itself.
    tier: Tier,
    meaningful: bool,
    failed: Option<Box<Error>>,
    malformed: bool,
    finished: bool,
    /// Bytes of what the model has said: an estimate of the output where the true figure never comes.
    said: u64,
    /// Bytes of the texts that were cited, each time anew.
    cited: u64,
}

/// What a translation is made for.
#[derive(Debug)]
pub struct Purpose {
    /// The caller's dialect.
    pub caller: Dialect,
    /// The caller wants a stream.
    pub stream: bool,
    /// What has to be undone.
    pub adapted: Adapted,
    /// What the answer needs of the request.
    pub echo: Echo,
    /// Who makes what the target signs.
    pub origin: Origin<'static>,
    /// Reasoning stands in the text between these tags.
    pub think_tags: Option<(&'static str, &'static str)>,
    /// About how many tokens the request's input has.
    pub tokens: u64,
}

impl Translator {
    /// A translator for one answer.
    pub fn new(purpose: Purpose) -> Self {
        let Purpose { caller, stream, adapted, echo, origin, think_tags, tokens } = purpose;
        let emitter = codec(caller).emitter.filter(|_| stream);
        Self {
            caller,
            restore: Restore::new(adapted, caller, origin, think_tags),
            sequence: matches!(caller, Dialect::Messages | Dialect::Responses).then(Sequence::default),
            writing: match emitter {
                Some(emitter) => Writing::Stream(emitter(echo.clone())),
                None => Writing::Whole(Box::default()),
            },
            echo,
            out: Vec::new(),
            tokens,
            notes: Notes::default(),
            aside: false,
        }
    }

    /// Takes an event.
    pub fn push(&mut self, mut event: Event<'_>) {
        let Self { restore, sequence, writing, out, notes, aside, .. } = self;
        if notes.failed.is_some() {
            return;
        }
        if let Event::Choice(index) = event {
            *aside = index > 0 && sequence.is_some();
        }
        shorten(&mut event);
        let of_all = matches!(event, Event::Start { .. } | Event::Usage(_) | Event::Tier(_) | Event::Error(_));
        if *aside && !of_all {
            return;
        }
        notes.take(&event);
        if matches!(event, Event::Open { .. }) && restore.open_blocks() >= MAX_OPEN {
            notes.failed = Some(Box::new(too_many("parts open at once")));
        }
        if notes.failed.is_none() {
            restore.push(event, &mut |event| pass(sequence, writing, out, event));
        }
    }

    /// The answer is whole: what was held back is told, and the dialect's end, if it is a stream's.
    pub fn finish(&mut self) {
        let Self { restore, sequence, writing, out, .. } = self;
        restore.finish(&mut |event| pass(sequence, writing, out, event));
        if let Some(sequence) = sequence {
            sequence.drain(&mut |event| write(writing, out, &event));
        }
        if let Writing::Stream(emitter) = writing {
            emitter.finish(out);
        }
    }

    /// A whole answer's bytes, once it has been finished; a stream's that have not been taken.
    pub fn into_bytes(mut self) -> Vec<u8> {
        if let Writing::Whole(gather) = &mut self.writing
            && let Some(write) = codec(self.caller).write_whole
        {
            let answer = std::mem::take(gather).finish();
            let mut writer = Writer::line(std::mem::take(&mut self.out));
            write(&answer, &self.echo, &mut writer);
            return writer.into_bytes();
        }
        self.out
    }

    /// Writes the dialect's error, as it looks at this point of the stream.
    pub fn fail(&mut self, error: &Error) {
        if let Writing::Stream(emitter) = &mut self.writing {
            emitter.fail(error, &mut self.out);
        }
    }

    /// The stream's bytes since they were taken last.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Whether something has been said: the answer's head may go out.
    pub fn is_meaningful(&self) -> bool {
        self.notes.meaningful
    }

    /// What the upstream says has gone wrong.
    pub fn failure(&self) -> Option<&Error> {
        self.notes.failed.as_deref()
    }

    /// Whether the model has made a call that is none: it may do better if it is asked once more.
    pub fn is_malformed(&self) -> bool {
        self.notes.malformed
    }

    /// Whether a text has come that ends the answer, which only the gateway looks for: the upstream can stop.
    pub fn is_stopped(&self) -> bool {
        self.restore.is_stopped()
    }

    /// What was used, as far as it is known. Where an answer ends before its figures, they are estimated: it was never
    /// nothing.
    pub fn usage(&self, complete: bool) -> Usage {
        let mut usage = self.notes.usage;
        if usage.tier == Tier::Standard {
            usage.tier = self.notes.tier;
        }
        usage.complete = usage.known && complete && !self.is_stopped();
        if !usage.complete && self.notes.said > 0 {
            if !usage.known {
                usage.input = self.tokens;
            }
            // Four bytes are about a token.
            usage.output = usage.output.max(self.notes.said.div_ceil(4));
            usage.known = true;
        }
        usage
    }

    /// Tells the caller what was used by estimate: the upstream is cut before it could.
    pub fn estimate(&mut self) {
        self.push(Event::Usage(self.usage(false)));
    }

    /// How many bytes wait to be taken.
    pub fn held(&self) -> usize {
        self.out.len()
    }
}

impl std::fmt::Debug for Translator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Translator").field("caller", &self.caller).field("notes", &self.notes).finish_non_exhaustive()
    }
}

impl Notes {
    fn take(&mut self, event: &Event<'_>) {
        self.meaningful |= event.is_meaningful();
        match event {
            Event::Text { text, .. } | Event::Reasoning { text, .. } | Event::Arguments { text, .. } => {
                self.said += text.len() as u64;
            }
            Event::Cite { .. } => {
                self.cited += self.said;
                if self.cited > MAX_CITED as u64 {
                    self.failed = Some(Box::new(too_many("citations")));
                }
            }
            Event::Usage(usage) => self.usage = Usage { known: true, ..*usage },
            Event::Tier(tier) => self.tier = Tier::named(tier),
            Event::Error(error) => self.failed = Some(error.clone()),
            Event::Finish { reason: Finish::Malformed, .. } => {
                self.malformed = true;
                let message = "the model has made a call of a tool that is not valid";
                self.failed = Some(Box::new(Error::new(Class::UpstreamInvalid, message)));
            }
            Event::Finish { .. } => self.finished = true,
            _ => {}
        }
    }
}

/// Names that many dialects tell with every event are no longer than such names are: an id is made up instead, and the model
/// is called as it was asked for.
fn shorten(event: &mut Event<'_>) {
    let (one, other) = match event {
        Event::Start { id, model, .. } => (id, Some(model)),
        Event::Tier(tier) => (tier, None),
        _ => return,
    };
    for name in std::iter::once(one).chain(other) {
        if name.len() > MAX_NAME {
            *name = Str::default();
        }
    }
}

fn pass(sequence: &mut Option<Sequence>, writing: &mut Writing, out: &mut Vec<u8>, event: Event<'_>) {
    match sequence {
        Some(sequence) => sequence.push(event, &mut |event| write(writing, out, &event)),
        None => write(writing, out, &event),
    }
}

fn write(writing: &mut Writing, out: &mut Vec<u8>, event: &Event<'_>) {
    match writing {
        Writing::Stream(emitter) => {
            if out.capacity() == 0 {
                out.reserve(EVENT);
            }
            emitter.event(event, out);
        }
        Writing::Whole(gather) => gather.push(event.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::canonical::event::Open;
    use crate::dialect::canonical::request::Vendor;
    use crate::dialect::codec::Caller;
    use crate::store::RequestId;

    /// Messages and Responses have one answer: another that a server gives unasked must not be mixed into it.
    #[test]
    fn only_the_first_answer_is_told_where_there_is_but_one() {
        for (caller, both) in
            [(Dialect::Messages, false), (Dialect::Responses, false), (Dialect::Chat, true), (Dialect::Gemini, true)]
        {
            let mut translator = Translator::new(Purpose {
                caller,
                stream: true,
                adapted: Adapted::default(),
                echo: Echo {
                    request: RequestId::new([7; 16]),
                    created: 0,
                    model: "m".into(),
                    asked: "m".into(),
                    caller: Caller::default(),
                    array: false,
                },
                origin: Origin::of(Vendor::OpenAi),
                think_tags: None,
                tokens: 0,
            });
            for (choice, text) in [(0, "heads"), (1, "lion")] {
                translator.push(Event::Choice(choice));
                translator.push(Event::Open { block: choice, open: Open::Text });
                translator.push(Event::Text { block: choice, text: text.into() });
                translator.push(Event::Close { block: choice });
                translator.push(Event::Finish { reason: Finish::Stop, stop_sequence: None });
            }
            translator.push(Event::Usage(Usage { output: 7, ..Usage::default() }));
            translator.finish();
            assert_eq!(translator.usage(true).output, 7);
            let told = String::from_utf8(translator.into_bytes()).expect("UTF-8");
            assert!(told.contains("heads"), "{caller}: {told}");
            assert_eq!(told.contains("lion"), both, "{caller}: {told}");
        }
    }
}
