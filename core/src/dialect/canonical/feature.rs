//! What becomes of each thing that a request can ask for with a field of its own, at each target: one table.
//!
//! [`settle`] applies it before anything is encoded: what is refused is a 400 that names the field, what is dropped is
//! reported. What is left the target's encoder writes. The rows are translation.md 3.12 and 3.17–3.22.

use super::report::{Reason, Refusal, Report};
use super::request::Request;
use super::target::Target;
use crate::dialect::Dialect;

/// What becomes of a feature at a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The target's encoder writes it.
    Carried,
    /// The target has no such hint: reported.
    Dropped,
    /// The target lacks it, and the answer would be another one without it, or something would be less guarded: a 400.
    Refused,
    /// What the target does anyway: neither written nor reported.
    Moot,
    /// `adapt` decides, by the model or the value.
    Depends,
}

use Fate::{Carried as C, Depends as A, Dropped as D, Moot as M, Refused as X};

macro_rules! features {
    ($($(#[$doc:meta])* $name:ident: [$chat:ident $responses:ident $messages:ident $gemini:ident $converse:ident],)*) => {
        /// Something that a request can ask for with a field of its own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Feature { $($(#[$doc])* $name,)* }

        impl Feature {
            /// Every feature.
            pub const ALL: &'static [Feature] = &[$(Feature::$name,)*];

            /// What becomes of it at a target that speaks the dialect.
            pub const fn fate(self, target: Dialect) -> Fate {
                let row = match self { $(Feature::$name => [$chat, $responses, $messages, $gemini, $converse],)* };
                let [chat, responses, messages, gemini, converse] = row;
                match target {
                    Dialect::Chat => chat,
                    Dialect::Responses => responses,
                    Dialect::Messages => messages,
                    Dialect::Gemini => gemini,
                    Dialect::Converse => converse,
                }
            }
        }
    };
}

//                       chat responses messages gemini converse
features! {
    /// `temperature`.
    Temperature:        [C C A C A],
    /// `top_p`.
    TopP:               [C C A C A],
    /// `top_k`.
    TopK:               [A D A C A],
    /// `frequency_penalty`.
    FrequencyPenalty:   [C D D C D],
    /// `presence_penalty`.
    PresencePenalty:    [C D D C D],
    /// `seed`.
    Seed:               [C D D C D],
    /// `logit_bias`.
    LogitBias:          [C X X X X],
    /// Whether log probabilities are told (chat `logprobs`, Gemini `responseLogprobs`, Responses `include`).
    Logprobs:           [C C X C X],
    /// How many alternatives of each token (a request for log probabilities by itself in Responses).
    TopLogprobs:        [C C X C X],
    /// Several answers.
    Candidates:         [C X X C X],
    /// Whether the answer is kept at the vendor.
    Store:              [C C A C A],
    /// Who the end user is.
    EndUser:            [C C C D D],
    /// Labels: a map of texts.
    Labels:             [C C D A A],
    /// The tier of service, in the caller's word.
    Tier:               [A A A A A],
    /// How wordy the answer is.
    Verbosity:          [C C D D D],
    /// `prompt_cache_key`.
    CacheKey:           [C C D D D],
    /// `prompt_cache_retention`.
    CacheRetention:     [C C D D D],
    /// `prompt_cache_options`.
    CacheOptions:       [C C D D D],
    /// A predicted answer.
    Prediction:         [C D D D D],
    /// Moderation by the vendor.
    Moderation:         [C C X X X],
    /// Sound as the answer.
    AudioOutput:        [C X X X X],
    /// How the sound shall be, where none is asked for.
    AudioVoice:         [D D D D D],
    /// Padding in the stream (`stream_options.include_obfuscation`).
    Obfuscation:        [C C M M M],
    /// Members of `stream_options` that no row names.
    StreamOption:       [D D D D D],
    /// Responses: cut what is too long. An overlong request fails aloud.
    Truncation:         [D C D D D],
    /// Responses and Messages: compaction and clearing by the vendor.
    ContextManagement:  [D D D D D],
    /// Responses: an answer that is fetched later.
    Background:         [X X X X X],
    /// State kept at the vendor: an earlier response.
    PreviousResponse:   [X X X X X],
    /// State kept at the vendor: a conversation.
    Conversation:       [X X X X X],
    /// State kept at the vendor: a stored prompt.
    Prompt:             [X X X X X],
    /// How many server tools may be called.
    MaxToolCalls:       [A C A A A],
    /// Responses: what of earlier reasoning the model sees.
    ReasoningContext:   [D C D D D],
    /// Responses: `reasoning.mode`; `pro` is another product.
    ReasoningMode:      [X C X X X],
    /// Responses: what else the answer includes, of tools that are refused anyway.
    Include:            [D D D D D],
    /// Responses: the sources of a web search in the answer.
    IncludeSources:     [D C M M D],
    /// Responses: pictures, programs, client metadata.
    ResponsesHint:      [D D D D D],
    /// Messages: a budget for a whole task.
    TaskBudget:         [D D D D D],
    /// Messages: a cache mark that moves by itself.
    AutomaticCache:     [D D C D A],
    /// Messages: a dearer, faster tier.
    Speed:              [D D C D D],
    /// Messages: the conversation's summary is wanted, and no answer.
    Compaction:         [X X X X X],
    /// Messages: where inference may run.
    InferenceGeo:       [X X C X X],
    /// Messages: a container at the vendor.
    Container:          [X X X X X],
    /// Messages: a thread at the vendor.
    Thread:             [X X X X X],
    /// Messages: MCP servers that the vendor calls.
    McpServers:         [X X X X X],
    /// Messages: betas that only shape how the vendor works.
    MessagesHint:       [D D D D D],
    /// Gemini: safety settings; those that block nothing are dropped.
    Safety:             [A A A C A],
    /// Gemini: Model Armor.
    ModelArmor:         [X X X C X],
    /// State kept at the vendor: cached content.
    CachedContent:      [X X X C X],
    /// State kept at the vendor: an answer that goes on.
    Continuation:       [X X X C X],
    /// Gemini: what kinds of answer; others than text.
    Modalities:         [X X X C X],
    /// Gemini: how closely media is looked at.
    MediaResolution:    [A A D C D],
    /// Gemini: where the user is, for search.
    Retrieval:          [A A A C D],
    /// Gemini: whether server tools' calls are told.
    ServerToolCalls:    [D D D C D],
    /// Gemini: arguments as they come. Calls are told whole.
    StreamedArguments:  [D D D D D],
    /// Gemini: speech, pictures, routing and the like.
    GeminiHint:         [D D D C D],
}

impl Feature {
    /// What becomes of it where a chat server lacks it: as where nobody has it.
    const fn fate_if_lacking(self) -> Fate {
        match self.fate(Dialect::Messages) {
            Fate::Refused => Fate::Refused,
            Fate::Moot => Fate::Moot,
            Fate::Carried | Fate::Dropped | Fate::Depends => Fate::Dropped,
        }
    }
}

/// Applies the table to a request: what is dropped or refused is gone from it afterwards.
///
/// # Errors
/// Something is refused.
pub fn settle(request: &mut Request<'_>, target: &Target<'_>, report: &mut Report) -> Result<(), Refusal> {
    let lacks = if target.dialect == Dialect::Chat { target.quirks.lacks } else { &[] };
    let target = target.dialect;
    let mut refused = None;
    let fate = |feature: Feature| {
        if lacks.contains(&feature) { feature.fate_if_lacking() } else { feature.fate(target) }
    };
    request.asked.retain(|asked| match fate(asked.feature) {
        Fate::Carried | Fate::Depends => true,
        Fate::Moot => false,
        Fate::Dropped => {
            report.note(asked.at, Reason::Dropped);
            false
        }
        Fate::Refused => {
            let message = format!("is not supported by the upstream's API ({target})");
            refused.get_or_insert_with(|| Refusal::unsupported(asked.at, message));
            false
        }
    });
    refused.map_or(Ok(()), Err)
}
