//! Undoes in an answer what `adapt` has done to the request, and tags what only its maker can read.
//!
//! It stands between a parser and the caller's writer, takes the parser's events and passes on the caller's: tools by the
//! caller's names, custom tools with free text, the end at a stop sequence that the target does not look for, reasoning out
//! of text where a server leaves it there, and every signature in the gateway's carrier. Blocks are numbered anew, since
//! some are told in several.

#[cfg(test)]
mod tests;

mod stop;
mod teller;
mod think;
mod unwrap;
mod words;

use super::Dialect;
use super::adapt::{Adapted, Renamed};
use super::canonical::carrier::Origin;
use super::canonical::{Citation, Event, Finish, Open, Shown, Str};
use super::codec::Sink;
use teller::Teller;
use unwrap::Unwrap;
use words::Words;

/// Undoes in one answer what was done to its request.
#[derive(Debug)]
pub struct Restore {
    names: Vec<Renamed>,
    stop: Vec<String>,
    think_tags: Option<(&'static str, &'static str)>,
    teller: Teller,
    /// The blocks that are open, few at a time.
    blocks: Vec<Block>,
    choice: u32,
    stopped: bool,
}

#[derive(Debug)]
struct Block {
    /// Its number in the parser's events.
    number: u32,
    /// Its number in the events that are passed on.
    told: u32,
    choice: u32,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// What is said of it is passed on.
    Plain,
    /// Reasoning that is not signed yet, and must be.
    Unsigned,
    /// Reasoning that another block has ended: what is still said of it is told in a block of its own.
    Ended,
    /// Text that is looked through.
    Words(Box<Words>),
    /// The arguments of a function that is a custom tool at the caller.
    Custom(Box<Unwrap>),
}

impl Restore {
    /// For the answer to one request: what was done to it, who gets the answer and who makes it; and the tags between which
    /// the server leaves reasoning in its text.
    pub fn new(
        mut adapted: Adapted,
        caller: Dialect,
        origin: Origin<'static>,
        think_tags: Option<(&'static str, &'static str)>,
    ) -> Self {
        // Stable: of two that are called alike the first counts.
        adapted.names.sort_by(|one, other| one.target.cmp(&other.target));
        Self {
            names: adapted.names,
            stop: adapted.stop,
            think_tags,
            teller: Teller::new(caller, origin),
            blocks: Vec::new(),
            choice: 0,
            stopped: false,
        }
    }

    /// Whether a stop sequence has ended the answer: nothing that follows is passed on but what it costs.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// How many blocks are open.
    pub fn open_blocks(&self) -> usize {
        self.blocks.len()
    }

    /// Takes an event and passes on what it is to the caller.
    pub fn push(&mut self, event: Event<'_>, sink: &mut Sink<'_>) {
        if self.stopped {
            if matches!(event, Event::Usage(_) | Event::Tier(_)) {
                sink(event);
            }
            return;
        }
        match event {
            Event::Open { block, open } => self.open(block, open, sink),
            Event::Text { block, text } => self.text(block, text, sink),
            Event::Reasoning { block, part, text } => self.reasoning(block, part, text, sink),
            Event::Arguments { block, text } => {
                let Some(known) = find(&mut self.blocks, block) else { return };
                match &mut known.kind {
                    Kind::Custom(unwrap) => {
                        let text = unwrap.push(&text);
                        if !text.is_empty() {
                            sink(Event::Arguments { block: known.told, text });
                        }
                    }
                    _ => sink(Event::Arguments { block: known.told, text }),
                }
            }
            Event::Sign { block, bytes } => self.sign(block, &bytes, sink),
            Event::Cite { block, citation } => self.cite(block, citation, sink),
            Event::Close { block } => {
                if let Some(at) = self.blocks.iter().rposition(|known| known.number == block) {
                    let known = self.blocks.remove(at);
                    self.close(known, sink);
                }
            }
            Event::Choice(index) => {
                self.choice = index;
                sink(event);
            }
            // Whoever puts blocks one after another closes them all here.
            Event::Finish { .. } | Event::Search(_) => {
                self.settle(Some(self.choice), sink);
                if !self.stopped {
                    sink(event);
                }
            }
            event => sink(event),
        }
    }

    /// The upstream says no more: what was held back is passed on. Blocks that the parser has left open stay so.
    pub fn finish(&mut self, sink: &mut Sink<'_>) {
        if !self.stopped {
            self.settle(None, sink);
        }
    }

    fn open(&mut self, number: u32, open: Open<'_>, sink: &mut Sink<'_>) {
        if self.teller.signs {
            self.end_reasoning(sink);
        }
        let looks = self.think_tags.is_some() || !self.stop.is_empty();
        let (told, kind) = match open {
            Open::Text if looks => (0, Kind::Words(Box::new(Words::new(self.think_tags)))),
            open @ Open::Reasoning { .. } => {
                let kind = if self.teller.signs { Kind::Unsigned } else { Kind::Plain };
                (self.teller.open(open, sink), kind)
            }
            Open::Call { id, name, namespace, custom, signed } => {
                let signed = signed
                    .filter(|bytes| !bytes.is_empty())
                    .and_then(|bytes| self.teller.call_signature(&id, &bytes, sink).map(Str::Owned));
                let mut kind = Kind::Plain;
                let first = self.names.partition_point(|renamed| *renamed.target < *name);
                let open = match self.names.get(first) {
                    Some(renamed) if renamed.target == *name => {
                        if renamed.custom && !custom {
                            kind = Kind::Custom(Box::default());
                        }
                        let namespace = renamed.namespace.as_deref().map(Str::Borrowed);
                        let name = Str::Borrowed(renamed.name.as_str());
                        Open::Call { id, name, namespace, custom: custom || renamed.custom, signed }
                    }
                    _ => Open::Call { id, name, namespace, custom, signed },
                };
                (self.teller.open(open, sink), kind)
            }
            open => (self.teller.open(open, sink), Kind::Plain),
        };
        self.blocks.push(Block { number, told, choice: self.choice, kind });
    }

    fn text(&mut self, block: u32, text: Str<'_>, sink: &mut Sink<'_>) {
        let Some(known) = find(&mut self.blocks, block) else { return };
        let Kind::Words(words) = &mut known.kind else {
            sink(Event::Text { block: known.told, text });
            return;
        };
        if let Some(stop) = words.push(&text, &self.stop, &mut self.teller, sink) {
            self.stop_at(stop, sink);
        }
    }

    fn reasoning(&mut self, block: u32, part: u32, text: Str<'_>, sink: &mut Sink<'_>) {
        let Some(known) = find(&mut self.blocks, block) else { return };
        if matches!(known.kind, Kind::Ended) {
            known.kind = Kind::Unsigned;
            known.told = self.teller.open(Open::Reasoning { shown: Shown::Summary, binds: None }, sink);
        }
        sink(Event::Reasoning { block: known.told, part, text });
    }

    fn sign(&mut self, block: u32, bytes: &str, sink: &mut Sink<'_>) {
        let Some(known) = find(&mut self.blocks, block) else { return };
        // Where nothing must be signed, nothing is signed with nothing; elsewhere that is done when the block ends.
        if bytes.is_empty() {
            return;
        }
        match known.kind {
            Kind::Ended => self.teller.hidden(None, bytes, sink),
            _ => {
                if matches!(known.kind, Kind::Unsigned) {
                    known.kind = Kind::Plain;
                }
                self.teller.sign(known.told, bytes, sink);
            }
        }
    }

    fn cite(&mut self, block: u32, mut citation: Citation<'_>, sink: &mut Sink<'_>) {
        let Some(known) = find(&mut self.blocks, block) else { return };
        let told = match &known.kind {
            Kind::Words(words) => match words.text_block() {
                Some(told) => told,
                None => return,
            },
            _ => known.told,
        };
        if matches!(&known.kind, Kind::Words(words) if words.was_split()) {
            citation.span = None;
        }
        sink(Event::Cite { block: told, citation });
    }

    fn close(&mut self, mut block: Block, sink: &mut Sink<'_>) {
        self.rest(&mut block, sink);
        match &mut block.kind {
            Kind::Ended => {}
            Kind::Words(words) => words.close(&mut self.teller, sink),
            _ => sink(Event::Close { block: block.told }),
        }
    }

    /// Passes on what was held back of a block.
    fn rest(&mut self, block: &mut Block, sink: &mut Sink<'_>) {
        match &mut block.kind {
            Kind::Unsigned => {
                self.teller.sign(block.told, "", sink);
                block.kind = Kind::Plain;
            }
            Kind::Words(words) => words.flush(&mut self.teller, sink),
            Kind::Custom(unwrap) => {
                let text = unwrap.rest();
                if !text.is_empty() {
                    sink(Event::Arguments { block: block.told, text: text.into() });
                }
            }
            Kind::Plain | Kind::Ended => {}
        }
    }

    /// Passes on what was held back, of one choice or of all.
    fn settle(&mut self, choice: Option<u32>, sink: &mut Sink<'_>) {
        let mut blocks = std::mem::take(&mut self.blocks);
        for block in &mut blocks {
            if choice.is_none_or(|choice| choice == block.choice) {
                if block.choice != self.choice {
                    self.choice = block.choice;
                    sink(Event::Choice(block.choice));
                }
                self.rest(block, sink);
            }
        }
        self.blocks = blocks;
    }

    /// Reasoning ends where something else begins, for the dialects that have one block open at a time; then it must have
    /// been signed. Some chat servers tell its bytes later.
    fn end_reasoning(&mut self, sink: &mut Sink<'_>) {
        for block in &mut self.blocks {
            if matches!(block.kind, Kind::Unsigned) && block.choice == self.choice {
                self.teller.sign(block.told, "", sink);
                sink(Event::Close { block: block.told });
                block.kind = Kind::Ended;
            }
        }
    }

    /// The answer ends here, though its maker goes on.
    fn stop_at(&mut self, sequence: usize, sink: &mut Sink<'_>) {
        for block in std::mem::take(&mut self.blocks) {
            // What the text's own block has held back lies behind the match.
            match block.kind {
                Kind::Words(mut words) => words.close(&mut self.teller, sink),
                _ => self.close(block, sink),
            }
        }
        self.stopped = true;
        let stop_sequence = self.stop.get(sequence).map(|stop| Str::Borrowed(stop.as_str()));
        sink(Event::Finish { reason: Finish::StopSequence, stop_sequence });
    }
}

fn find(blocks: &mut [Block], number: u32) -> Option<&mut Block> {
    blocks.iter_mut().rev().find(|block| block.number == number)
}
