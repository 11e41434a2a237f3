//! A request.

use std::borrow::Cow;

use super::feature::Feature;
use super::read::Value;
use super::text::Text;
use crate::wire::doc::At;

/// A text: the caller's bytes, or what became of them.
pub type Str<'a> = Cow<'a, str>;

/// One valid JSON value as it was written: key order, spacing and the text of numbers are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json<'a>(pub Str<'a>);

/// A value with its place in the caller's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sited<T> {
    /// Where it stands.
    pub at: At,
    /// The value.
    pub is: T,
}

impl<T> Sited<T> {
    /// A value at a place.
    pub fn new(at: At, is: T) -> Self {
        Self { at, is }
    }
}

/// What a client asks a model for. `None` is absent on the wire, and is written as absent.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    /// The conversation. System turns are in it, in place: moving them to the front would change what they mean and
    /// every turn's cached prefix.
    pub turns: Vec<Turn<'a>>,
    /// The tools, in order: they are a part of the cached prefix.
    pub tools: Vec<Tool<'a>>,
    /// Absent is not automatic: it differs where there are no tools.
    pub tool_choice: Option<Sited<ToolChoice<'a>>>,
    /// Whether several tools may be called at once.
    pub parallel_tools: Option<Sited<bool>>,
    /// What form the answer must have.
    pub output: Option<Sited<Output<'a>>>,
    /// Absent is the model's default, not "off".
    pub reasoning: Option<Sited<ReasoningAsk<'a>>>,
    /// The most tokens of output. Absent is unlimited but for the model's own limit.
    pub max_output: Option<Sited<u64>>,
    /// The texts that end the answer.
    pub stop: Vec<Sited<Str<'a>>>,
    /// Whether the answer is wanted as a stream.
    pub stream: bool,
    /// Whether a chat stream shall end with its usage.
    pub include_usage: bool,
    /// Everything else, each with what becomes of it at a target in one table ([`Feature`]).
    pub asked: Vec<Asked<'a>>,
}

/// One of the many things that a request can ask for with a field of its own.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// What is asked for.
    pub feature: Feature,
    /// Where.
    pub at: At,
    /// The value's JSON text: a number's, a string literal's. `adapt` may replace it by what the target takes (a clamped
    /// temperature, the target's word for a tier); the target's encoder writes it as it is.
    pub json: Str<'a>,
    /// The value as the caller wrote it; its shape was checked when it was read.
    pub value: Value<'a>,
}

impl<'a> Asked<'a> {
    /// What a value asks for.
    pub fn new(feature: Feature, value: Value<'a>) -> Self {
        Self { feature, at: value.at(), json: Cow::Borrowed(value.raw()), value }
    }
}

impl<'a> Request<'a> {
    /// What is asked of a feature: the last, if it was asked for twice.
    pub fn asked(&self, feature: Feature) -> Option<&Asked<'a>> {
        self.asked.iter().rev().find(|asked| asked.feature == feature)
    }

    /// Takes what is asked of a feature out of the request.
    pub fn take(&mut self, feature: Feature) -> Option<Asked<'a>> {
        let at = self.asked.iter().rposition(|asked| asked.feature == feature)?;
        Some(self.asked.remove(at))
    }

    /// Every part of every turn, the parts inside tool results left out.
    pub fn parts(&self) -> impl Iterator<Item = &Part<'a>> {
        self.turns.iter().flat_map(|turn| &turn.parts)
    }
}

/// One turn of a conversation.
#[derive(Clone, Debug)]
pub struct Turn<'a> {
    /// Its place: the message or item.
    pub at: At,
    /// Whose it is.
    pub role: Role,
    /// What it says. Tool results are parts of a user turn, as in Messages, Gemini and Converse; the other dialects split
    /// them out.
    pub parts: Vec<Part<'a>>,
    /// The speaker's name (chat).
    pub name: Option<Sited<Str<'a>>>,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The operator.
    System,
    /// The operator, in OpenAI's newer word.
    Developer,
    /// The user, and the tools.
    User,
    /// The model.
    Assistant,
}

/// A part of a turn.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// Its place.
    pub at: At,
    /// What it is.
    pub kind: PartKind<'a>,
    /// A prompt cache's border behind it.
    pub cache: Option<Mark>,
}

impl<'a> Part<'a> {
    /// A part without a cache mark.
    pub fn new(at: At, kind: PartKind<'a>) -> Self {
        Self { at, kind, cache: None }
    }

    /// A text.
    pub fn text(at: At, text: impl Into<Text<'a>>) -> Self {
        Self::new(at, PartKind::Text(text.into()))
    }
}

/// What a part is.
#[derive(Clone, Debug)]
pub enum PartKind<'a> {
    /// Text. Citations of earlier answers are not kept: no target takes another's, and Anthropic's newer version none.
    Text(Text<'a>),
    /// The model's words of refusal, which OpenAI keeps apart from text.
    Refusal(Text<'a>),
    /// A picture.
    Image {
        /// Where it is.
        source: Source<'a>,
        /// How closely it is looked at.
        detail: Option<Sited<Detail>>,
    },
    /// A document.
    Document {
        /// Where it is.
        source: Source<'a>,
        /// Its title, or file name.
        title: Option<Sited<Str<'a>>>,
        /// What the model is told of it.
        context: Option<Sited<Str<'a>>>,
        /// Whether answers shall cite it.
        cite: Option<Sited<bool>>,
    },
    /// Sound.
    Audio(Source<'a>),
    /// A film.
    Video(Source<'a>),
    /// A search result that the caller brings.
    SearchResult {
        /// Where it is from.
        source: Str<'a>,
        /// Its title.
        title: Str<'a>,
        /// What it says.
        texts: Vec<Str<'a>>,
        /// Whether answers shall cite it.
        cite: bool,
    },
    /// The model calls a tool.
    Call(Call<'a>),
    /// What a tool has answered.
    Result {
        /// The call's id.
        call: Str<'a>,
        /// The tool's name, where the dialect tells it here (Gemini).
        name: Option<Str<'a>>,
        /// The answer: texts, pictures, documents.
        content: Vec<Part<'a>>,
        /// The answer as JSON, where the dialect has it as such (Gemini, Converse); `content` is empty then.
        json: Option<Json<'a>>,
        /// The tool failed; with the place where that is said.
        error: Option<At>,
    },
    /// The model's reasoning.
    Reasoning(Reasoning<'a>),
    /// A server tool's own block: the same vendor can be told it again; for all others it is left out, and the text
    /// around it stays.
    Server(Json<'a>),
}

/// Where a file is. Base64 is moved, never decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// Its bytes in base64 (the standard alphabet, padded), with their type (lower case, `image/jpeg` for `image/jpg`).
    Base64 {
        /// The media type.
        mime: Str<'a>,
        /// The base64 text.
        data: Str<'a>,
    },
    /// An address. The gateway fetches nothing.
    Url {
        /// The address.
        url: Str<'a>,
        /// The media type, where it is told.
        mime: Option<Str<'a>>,
    },
    /// A file that lies at a vendor.
    FileId {
        /// Its id there.
        id: Str<'a>,
        /// Whose it is.
        vendor: Vendor,
    },
    /// Plain text.
    Text(Str<'a>),
}

/// Who made something that only its maker can read: a file id, a server tool's block, signed reasoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Vendor {
    /// OpenAI, on Azure too.
    OpenAi,
    /// Anthropic. Its signatures are good on Bedrock and Vertex too.
    Anthropic,
    /// Google.
    Google,
    /// Amazon's own models and the others on Bedrock.
    Amazon,
    /// Anybody else.
    Other,
}

/// How closely a picture is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// As the model likes.
    Auto,
    /// Roughly.
    Low,
    /// Closely.
    High,
    /// As it is.
    Original,
}

/// A border of a prompt cache: what stands before it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where it is asked for.
    pub at: At,
    /// For how long; the vendor's default if absent.
    pub ttl: Option<Ttl>,
}

/// How long a prompt cache keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ttl {
    /// Five minutes.
    M5,
    /// Half an hour.
    M30,
    /// An hour.
    H1,
    /// Twelve hours.
    H12,
}

/// The model calls a tool.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// Its id, as the upstream or the client gave it.
    pub id: Str<'a>,
    /// The tool.
    pub name: Str<'a>,
    /// The tool's namespace (Responses).
    pub namespace: Option<Str<'a>>,
    /// What it is called with.
    pub arguments: Arguments<'a>,
    /// Gemini signs calls.
    pub signed: Option<Signed<'a>>,
}

/// What a tool is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arguments<'a> {
    /// The text of the arguments, raw, as it came: it should be a JSON object, and may be anything.
    Json(Str<'a>),
    /// Free text, for custom tools.
    Free(Str<'a>),
}

/// The model's reasoning, as the client gives it back.
#[derive(Clone, Debug, Default)]
pub struct Reasoning<'a> {
    /// What the texts are.
    pub shown: Shown,
    /// What it says; a Responses summary has several parts.
    pub texts: Vec<Str<'a>>,
    /// What its maker must see again, unchanged.
    pub signed: Option<Signed<'a>>,
    /// The item's id (Responses).
    pub id: Option<Str<'a>>,
}

/// What reasoning is shown as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// A summary.
    #[default]
    Summary,
    /// The reasoning itself.
    Raw,
    /// Nothing is shown: Anthropic's `redacted_thinking`, Bedrock's `redactedContent`.
    Hidden,
}

/// Opaque bytes of a maker's: a signature, or encrypted reasoning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<'a> {
    /// The bytes, as text, without the gateway's tag.
    pub bytes: Str<'a>,
    /// Who made them: told by the gateway's tag, else the caller's dialect's own vendor, of an unknown model.
    pub origin: super::carrier::Origin<'a>,
    /// The call that they belong to, where they travelled beside it.
    pub binds: Option<Str<'a>>,
}

/// A tool.
#[derive(Clone, Debug)]
pub struct Tool<'a> {
    /// Its place.
    pub at: At,
    /// What it is.
    pub kind: ToolKind<'a>,
    /// A prompt cache's border behind it.
    pub cache: Option<Mark>,
}

/// What a tool is.
#[derive(Clone, Debug)]
pub enum ToolKind<'a> {
    /// A function of the caller's.
    Function(Function<'a>),
    /// A tool of the caller's that takes free text.
    Custom(Custom<'a>),
    /// Search in the web by the vendor: the one server tool that is translated.
    WebSearch(WebSearch<'a>),
    /// Any other tool of a vendor's.
    Server(ServerTool<'a>),
}

/// A function of the caller's.
#[derive(Clone, Debug, Default)]
pub struct Function<'a> {
    /// Its name.
    pub name: Str<'a>,
    /// Its namespace, and what that is said to be (Responses).
    pub namespace: Option<Str<'a>>,
    /// What it does.
    pub description: Option<Text<'a>>,
    /// The JSON schema of its arguments, as it was written; with its place.
    pub schema: Option<Sited<Json<'a>>>,
    /// Whether the schema is enforced.
    pub strict: Option<Sited<bool>>,
    /// Whether it is loaded when the model searches for it.
    pub defer: Option<Sited<bool>>,
    /// It is a client-run `tool_search` of Responses: its calls come back as such.
    pub searches_tools: bool,
    /// Further members (`input_examples`, `allowed_callers`, `behavior`, …): the encoder of the same vendor's other dialect
    /// may take them; for all others adapt reports or refuses them.
    pub extra: Vec<(Str<'a>, Value<'a>)>,
}

/// A tool that takes free text.
#[derive(Clone, Debug)]
pub struct Custom<'a> {
    /// Its name.
    pub name: Str<'a>,
    /// Its namespace (Responses).
    pub namespace: Option<Str<'a>>,
    /// What it does.
    pub description: Option<Text<'a>>,
    /// What the text must follow: syntax (`lark`, `regex`) and definition; with its place.
    pub grammar: Option<Sited<(Str<'a>, Str<'a>)>>,
}

/// Search in the web. Its filters are typed, so that none is lost.
#[derive(Clone, Debug, Default)]
pub struct WebSearch<'a> {
    /// Only these domains (bare, as Anthropic wants them).
    pub allowed: Option<Sited<Vec<Str<'a>>>>,
    /// Not these.
    pub blocked: Option<Sited<Vec<Str<'a>>>>,
    /// The user's rough location: an object `{city?, region?, country?, timezone?}`.
    pub location: Option<Value<'a>>,
    /// How much of the pages the model gets: `low`, `medium`, `high`.
    pub context: Option<Sited<Str<'a>>>,
    /// How many searches at most. What `adapt` leaves of it for Responses is `max_tool_calls` there.
    pub max_uses: Option<Sited<u64>>,
    /// `external_web_access: false`: a cache alone may be searched.
    pub offline: Option<At>,
    /// Gemini's `timeRangeFilter`.
    pub range: Option<Value<'a>>,
    /// Members that the gateway does not know.
    pub extra: Vec<(Str<'a>, Value<'a>)>,
}

/// A vendor's own tool.
#[derive(Clone, Debug)]
pub struct ServerTool<'a> {
    /// Whose it is. One that `adapt` has translated (`urlContext` as `web_fetch_20250910`, …) keeps its maker here: an
    /// encoder that meets another's vendor than its own writes `kind` and `name` alone, and not `value`.
    pub vendor: Vendor,
    /// Its type: `code_interpreter`, `web_fetch_20250910`, `urlContext`.
    pub kind: Str<'a>,
    /// The name under which it can be chosen.
    pub name: Option<Str<'a>>,
    /// The tool as it was written.
    pub value: Value<'a>,
}

/// Which tool must, may or must not be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolChoice<'a> {
    /// As the model likes.
    Auto,
    /// None.
    None,
    /// Some tool.
    Required,
    /// This one.
    One(Str<'a>),
    /// One of these, or none unless `required`.
    Subset {
        /// Their names.
        names: Vec<Str<'a>>,
        /// Whether one of them must be called.
        required: bool,
    },
    /// As the model likes, its calls checked against the schema (Gemini's `VALIDATED` without names).
    Validated,
    /// A tool of the vendor's: its type.
    Server(Str<'a>),
}

/// What form the answer must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output<'a> {
    /// Some JSON object.
    JsonObject,
    /// JSON that follows a schema.
    Schema {
        /// Its name.
        name: Option<Str<'a>>,
        /// What it is for.
        description: Option<Str<'a>>,
        /// The schema, as it was written, with its place.
        schema: Sited<Json<'a>>,
        /// Whether it is enforced.
        strict: Option<bool>,
    },
    /// One of a list of words (Gemini's `text/x.enum`), or another form that only its own dialect has.
    Other(Str<'a>),
}

/// How a model shall think.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReasoningAsk<'a> {
    /// Whether.
    pub mode: Mode,
    /// How hard.
    pub effort: Option<Sited<Effort>>,
    /// How many tokens at most.
    pub budget: Option<Sited<u64>>,
    /// Whether its thoughts shall be seen; with the place where that is said.
    pub show: Option<Sited<bool>>,
    /// How the summary shall be (Responses: `auto`, `concise`, `detailed`).
    pub summary: Option<Str<'a>>,
}

/// Whether a model shall think.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// As effort and budget say.
    #[default]
    Default,
    /// It shall not.
    Off,
    /// It shall.
    On,
    /// As it likes.
    Adaptive,
    /// Between tool calls alone.
    BetweenTools,
}

/// How hard a model shall think: the union of what there is. A model's row says which ones it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effort {
    /// Not at all.
    None,
    /// As little as possible.
    Minimal,
    /// A little.
    Low,
    /// As usual.
    Medium,
    /// Hard.
    High,
    /// Harder.
    XHigh,
    /// As hard as it can.
    Max,
}

impl Effort {
    /// Every effort, the least first.
    pub const ALL: [Effort; 7] =
        [Effort::None, Effort::Minimal, Effort::Low, Effort::Medium, Effort::High, Effort::XHigh, Effort::Max];

    /// Its name in OpenAI's, Anthropic's and (in capitals) Google's dialects.
    pub const fn name(self) -> &'static str {
        match self {
            Effort::None => "none",
            Effort::Minimal => "minimal",
            Effort::Low => "low",
            Effort::Medium => "medium",
            Effort::High => "high",
            Effort::XHigh => "xhigh",
            Effort::Max => "max",
        }
    }

    /// The effort of that name, in either case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effort| effort.name().eq_ignore_ascii_case(name))
    }

    /// The tokens that are worth an effort (translation.md 3.10).
    pub const fn budget(self) -> u64 {
        match self {
            Effort::None => 0,
            Effort::Minimal => 1_024,
            Effort::Low => 4_096,
            Effort::Medium => 10_240,
            Effort::High => 24_576,
            Effort::XHigh => 32_768,
            Effort::Max => 49_152,
        }
    }

    /// The effort that a budget is worth: the largest whose budget is not above it.
    pub fn of_budget(budget: u64) -> Self {
        Self::ALL.into_iter().rev().find(|effort| effort.budget() <= budget).unwrap_or(Effort::None)
    }
}
