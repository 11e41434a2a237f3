//! Claude, on Anthropic's API, Bedrock and Vertex.
//!
//! <https://platform.claude.com/docs/en/about-claude/models/overview> (output limits),
//! <https://platform.claude.com/docs/en/build-with-claude/effort> (efforts),
//! <https://platform.claude.com/docs/en/build-with-claude/thinking> and the "What's new" page of each model (thinking,
//! forced tools, sampling, system turns), <https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html>;
//! `getModelCapabilities` of @ai-sdk/anthropic 3.0.140 agrees.

use super::{ModelRow, Sampling, Thinking, UNKNOWN};
use crate::dialect::canonical::Effort::{self, High, Low, Max, Medium, XHigh};
use crate::dialect::canonical::Vendor;

const ALL: &[Effort] = &[Low, Medium, High, XHigh, Max];

/// From 4.7 on: thinks by itself, takes no sampling.
const ADAPTIVE: ModelRow = ModelRow {
    vendor: Some(Vendor::Anthropic),
    max_output: Some(128_000),
    thinking: Thinking::Adaptive,
    efforts: ALL,
    sampling: Sampling::None,
    system_turns: true,
    cache_marks: 4,
    ..UNKNOWN
};

/// Up to 4.5: thinks with a budget.
const MANUAL: ModelRow = ModelRow {
    max_output: Some(64_000),
    thinking: Thinking::Budget,
    efforts: &[],
    budget: Some((1_024, 63_999)),
    sampling: Sampling::One,
    system_turns: false,
    ..ADAPTIVE
};

/// Before structured output (4.1 and older).
const OLD: ModelRow = ModelRow { structured: false, sampling: Sampling::All, ..MANUAL };

pub(super) static ROWS: &[ModelRow] = &[
    ModelRow { names: &["claude-opus-5-5"], thinking: Thinking::Always, no_forced_choice: true, ..ADAPTIVE },
    // "Turn off up-front thinking with between_tools": neither `disabled` nor `enabled` is taken.
    ModelRow {
        names: &["claude-sonnet-5-5"],
        thinking: Thinking::Always,
        between_tools: true,
        no_forced_choice: true,
        ..ADAPTIVE
    },
    ModelRow { names: &["claude-haiku-5-5"], thinking: Thinking::AdaptiveOn, idle_up_to_high: true, ..ADAPTIVE },
    ModelRow {
        names: &["claude-fable-5-1", "claude-mythos-5-1"],
        thinking: Thinking::Always,
        no_forced_choice: true,
        ..ADAPTIVE
    },
    ModelRow { names: &["claude-fable-5", "claude-mythos-5"], thinking: Thinking::Always, ..ADAPTIVE },
    ModelRow { names: &["claude-mythos"], thinking: Thinking::Always, system_turns: false, ..ADAPTIVE },
    ModelRow { names: &["claude-opus-5"], thinking: Thinking::AdaptiveOn, idle_up_to_high: true, ..ADAPTIVE },
    // Reports differ on whether it takes system turns; Claude Code 2.1.201 stopped to send it any.
    ModelRow { names: &["claude-sonnet-5"], thinking: Thinking::AdaptiveOn, system_turns: false, ..ADAPTIVE },
    ModelRow { names: &["claude-opus-4-8"], ..ADAPTIVE },
    ModelRow { names: &["claude-opus-4-7"], system_turns: false, ..ADAPTIVE },
    ModelRow {
        names: &["claude-opus-4-6", "claude-sonnet-4-6"],
        thinking: Thinking::Both,
        efforts: &[Low, Medium, High, Max],
        budget: Some((1_024, 127_999)),
        sampling: Sampling::One,
        system_turns: false,
        ..ADAPTIVE
    },
    ModelRow { names: &["claude-opus-4-5"], efforts: &[Low, Medium, High], ..MANUAL },
    ModelRow { names: &["claude-sonnet-4-5", "claude-haiku-4-5"], ..MANUAL },
    ModelRow {
        names: &["claude-opus-4-1"],
        max_output: Some(32_000),
        budget: Some((1_024, 31_999)),
        sampling: Sampling::One,
        ..OLD
    },
    ModelRow { names: &["claude-opus-4"], max_output: Some(32_000), budget: Some((1_024, 31_999)), ..OLD },
    ModelRow { names: &["claude-sonnet-4"], ..OLD },
    ModelRow { names: &["claude-3-7-sonnet"], ..OLD },
    ModelRow {
        names: &["claude-3-5-sonnet", "claude-3-5-haiku"],
        max_output: Some(8_192),
        thinking: Thinking::None,
        budget: None,
        ..OLD
    },
    ModelRow {
        names: &["claude-3-", "claude-2", "claude-v2", "claude-instant"],
        max_output: Some(4_096),
        thinking: Thinking::None,
        budget: None,
        cache_marks: 0,
        ..OLD
    },
    // One that is newer than this table.
    ModelRow { names: &["claude-"], thinking: Thinking::AdaptiveOn, ..ADAPTIVE },
];
