//! What the dialects meet in: a request, an answer and the events of one, in no dialect's spelling.
//!
//! A request borrows the caller's bytes and lives only while it is encoded for one target. Each thing in it knows its
//! place there ([`At`]), so that a refusal or an adjustment is told by the caller's own path.

pub mod bounds;
pub mod carrier;
pub mod data_url;
pub mod event;
pub mod feature;
pub mod fields;
pub mod file_name;
pub mod gather;
pub mod index;
pub mod read;
pub mod report;
pub mod request;
pub mod sequence;
pub mod target;
pub mod text;

pub use crate::wire::doc::At;
pub use event::{Citation, Event, Finish, Open, Search, TokenLogprob};
pub use feature::{Fate, Feature};
pub use index::Index;
pub use report::{Reason, Refusal, Report};
pub use request::{
    Arguments, Asked, Call, Custom, Detail, Effort, Function, Json, Mark, Mode, Output, Part, PartKind, Reasoning,
    ReasoningAsk, Request, Role, ServerTool, Shown, Signed, Sited, Source, Str, Tool, ToolChoice, ToolKind, Ttl, Turn,
    Vendor, WebSearch,
};
pub use target::{Quirks, Target};
pub use text::Text;
