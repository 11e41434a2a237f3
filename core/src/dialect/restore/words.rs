//! A text that is looked through on its way: for reasoning between tags, and for what ends the answer.

use super::stop::Stop;
use super::teller::Teller;
use super::think::{Said, Think};
use crate::dialect::canonical::{Event, Open, Shown};
use crate::dialect::codec::Sink;

/// A text that is looked through. A block is opened once there is something to say in it.
#[derive(Debug)]
pub(super) struct Words {
    think: Option<Think>,
    stop: Stop,
    open: Option<Opened>,
    split: bool,
}

#[derive(Clone, Copy, Debug)]
struct Opened {
    block: u32,
    thought: bool,
}

impl Words {
    pub(super) fn new(think_tags: Option<(&'static str, &'static str)>) -> Self {
        let think = think_tags.map(|(open, close)| Think::new(open, close));
        Self { think, stop: Stop::default(), open: None, split: false }
    }

    /// The block that the text is told in, if one is open.
    pub(super) fn text_block(&self) -> Option<u32> {
        self.open.filter(|open| !open.thought).map(|open| open.block)
    }

    /// Some of it was reasoning: what counts its characters is wrong.
    pub(super) fn was_split(&self) -> bool {
        self.split
    }

    /// Takes more of the text. Which of the stop sequences has come, if one has: nothing behind it is told.
    pub(super) fn push(
        &mut self,
        text: &str,
        stops: &[String],
        teller: &mut Teller,
        sink: &mut Sink<'_>,
    ) -> Option<usize> {
        let Some(think) = &mut self.think else { return self.visible(text, stops, teller, sink) };
        let mut said = Vec::new();
        think.push(text, &mut said);
        said.into_iter().find_map(|said| match said {
            Said::Thought(text) => {
                self.split = true;
                self.tell(true, &text, teller, sink);
                None
            }
            Said::Text(text) => self.visible(&text, stops, teller, sink),
        })
    }

    /// Tells what is held back: no more is to come.
    pub(super) fn flush(&mut self, teller: &mut Teller, sink: &mut Sink<'_>) {
        match self.think.as_mut().and_then(Think::rest) {
            Some(Said::Thought(text)) => self.tell(true, &text, teller, sink),
            // Half a tag is text. No stop sequence begins so and is whole.
            Some(Said::Text(text)) => {
                let held = self.stop.rest() + &text;
                self.tell(false, &held, teller, sink);
            }
            None => {
                let held = self.stop.rest();
                self.tell(false, &held, teller, sink);
            }
        }
    }

    /// Closes what is open.
    pub(super) fn close(&mut self, teller: &mut Teller, sink: &mut Sink<'_>) {
        if let Some(Opened { block, thought }) = self.open.take() {
            if thought && teller.signs {
                teller.sign(block, "", sink);
            }
            sink(Event::Close { block });
        }
    }

    fn visible(&mut self, text: &str, stops: &[String], teller: &mut Teller, sink: &mut Sink<'_>) -> Option<usize> {
        if stops.is_empty() {
            self.tell(false, text, teller, sink);
            return None;
        }
        let (text, found) = self.stop.push(text, stops);
        self.tell(false, &text, teller, sink);
        found
    }

    fn tell(&mut self, thought: bool, text: &str, teller: &mut Teller, sink: &mut Sink<'_>) {
        if text.is_empty() {
            return;
        }
        let block = match self.open {
            Some(open) if open.thought == thought => open.block,
            _ => {
                self.close(teller, sink);
                let open = if thought { Open::Reasoning { shown: Shown::Raw, binds: None } } else { Open::Text };
                let block = teller.open(open, sink);
                self.open = Some(Opened { block, thought });
                block
            }
        };
        sink(if thought {
            Event::Reasoning { block, part: 0, text: text.into() }
        } else {
            Event::Text { block, text: text.into() }
        });
    }
}
