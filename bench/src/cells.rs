//! The loads that a server is measured under.

use std::net::SocketAddr;

use crate::Fallible;
use crate::contender::KEY;
use crate::load::Load;
use crate::payload::Kind;

/// A load with its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    /// The name on the command line and in the table.
    pub(crate) name: &'static str,
    /// What is asked.
    pub(crate) kind: Kind,
    /// The model's name at the stub upstream: it chooses the stub's manner.
    model: &'static str,
    /// The prompt's length in bytes.
    pub(crate) prompt: usize,
    /// How many connections ask.
    pub(crate) connections: usize,
    /// How many requests a round makes, as a share of those of the chat cell.
    pub(crate) share: f64,
    /// How often the floor's CPU a request may be.
    pub(crate) budget: Option<f64>,
    /// How often the floor's instructions in user space a request may be. The kernel's share of the CPU, which is alike
    /// for both, is not in them: the ratio is larger than that of the CPU.
    pub(crate) instructions: Option<f64>,
}

const fn cell(name: &'static str, kind: Kind, share: f64, budget: Option<f64>) -> Cell {
    Cell { name, kind, model: "stub", prompt: 400, connections: 10, share, budget, instructions: None }
}

/// Every cell.
pub(crate) const CELLS: [Cell; 9] = [
    Cell { instructions: Some(2.0), ..cell("chat", Kind::Chat, 1.0, Some(1.5)) },
    cell("chat-stream", Kind::ChatStream, 0.2, Some(1.2)),
    cell("messages-stream", Kind::MessagesStream, 0.2, Some(1.2)),
    Cell { model: "paced", instructions: Some(1.3), ..cell("chat-paced", Kind::ChatStream, 0.05, Some(1.2)) },
    Cell { connections: 1, ..cell("first-event", Kind::ChatStream, 0.1, None) },
    Cell { prompt: 100_000, ..cell("chat-100k", Kind::Chat, 0.1, Some(1.5)) },
    cell("translated", Kind::Translated, 1.0, Some(2.0)),
    cell("translated-stream", Kind::TranslatedStream, 0.2, Some(1.4)),
    Cell { connections: 1, ..cell("chat-1", Kind::Chat, 0.2, None) },
];

impl Cell {
    /// The cells of these names, in the order of [`CELLS`].
    pub(crate) fn named(names: &[String]) -> Fallible<Vec<Self>> {
        for name in names {
            if name != "all" && !CELLS.iter().any(|cell| cell.name == name) {
                return Err(format!("{name}: no such cell; --help lists them").into());
            }
        }
        let wanted = |cell: &Self| names.iter().any(|name| name == "all" || name == cell.name);
        Ok(CELLS.into_iter().filter(wanted).collect())
    }

    /// The load of this cell.
    pub(crate) fn load(&self, target: SocketAddr, requests: usize) -> Load {
        let provider = if matches!(self.kind, Kind::Chat | Kind::ChatStream) { "stub" } else { "claude" };
        Load {
            target,
            kind: self.kind,
            model: format!("{provider}/{}", self.model),
            key: KEY.to_owned(),
            prompt: self.prompt,
            connections: self.connections,
            requests,
        }
    }

    /// How many requests a round makes of this cell.
    pub(crate) fn requests(&self, of_chat: usize) -> usize {
        ((of_chat as f64 * self.share) as usize).max(self.connections)
    }
}
