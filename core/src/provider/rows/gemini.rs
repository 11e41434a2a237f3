//! Gemini, on the Gemini API and Vertex.
//!
//! <https://ai.google.dev/gemini-api/docs/models> (output limits), <https://ai.google.dev/gemini-api/docs/thinking> and the
//! developer's guide of each model on docs.cloud.google.com (levels, budgets),
//! <https://ai.google.dev/gemini-api/docs/thought-signatures>, <https://ai.google.dev/gemini-api/docs/latest-model>
//! (sampling is ignored or refused from 3.6 Flash on).

use super::{ModelRow, Sampling, Thinking, UNKNOWN};
use crate::dialect::canonical::Effort::{High, Low, Medium, Minimal, None as Idle, XHigh};

const THREE: ModelRow = ModelRow {
    max_output: Some(65_536),
    thinking: Thinking::Level,
    efforts: &[Minimal, Low, Medium, High],
    wants_signatures: true,
    ..UNKNOWN
};

const TWO: ModelRow = ModelRow {
    max_output: Some(65_536),
    thinking: Thinking::Tokens,
    efforts: &[Idle],
    media_in_results: false,
    json_with_tools: false,
    ..UNKNOWN
};

pub(super) static ROWS: &[ModelRow] = &[
    ModelRow {
        names: &["gemini-4-hydrogen"],
        max_output: Some(1_048_576),
        efforts: &[Low, Medium, High, XHigh],
        sampling: Sampling::None,
        ..THREE
    },
    ModelRow {
        names: &["gemini-4"],
        max_output: Some(1_048_576),
        efforts: &[Low, Medium, High],
        sampling: Sampling::None,
        ..THREE
    },
    ModelRow {
        names: &["gemini-3.7-flash", "gemini-3.8-flash", "gemini-flash-latest"],
        efforts: &[Low, Medium, High],
        sampling: Sampling::None,
        ..THREE
    },
    ModelRow {
        names: &["gemini-3.6-flash", "gemini-3.5-flash-lite", "gemini-flash-lite-latest"],
        sampling: Sampling::None,
        ..THREE
    },
    ModelRow { names: &["gemini-3.1-pro", "gemini-pro-latest"], efforts: &[Low, Medium, High], ..THREE },
    ModelRow { names: &["gemini-3-pro"], efforts: &[Low, High], ..THREE },
    ModelRow { names: &["gemini-3-flash", "gemini-3.1-flash", "gemini-3.5-flash"], ..THREE },
    // Pro cannot be told not to think; the others can, with a budget of 0.
    ModelRow { names: &["gemini-2.5-pro"], efforts: &[], budget: Some((128, 32_768)), ..TWO },
    ModelRow { names: &["gemini-2.5-flash-lite"], budget: Some((512, 24_576)), ..TWO },
    ModelRow { names: &["gemini-2.5-flash"], budget: Some((1, 24_576)), ..TWO },
    ModelRow {
        names: &["gemini-2.0", "gemini-1.5", "gemini-1.0", "gemini-exp", "gemma-3", "learnlm"],
        max_output: Some(8_192),
        thinking: Thinking::None,
        efforts: &[],
        ..TWO
    },
    // One that is newer than this table.
    ModelRow { names: &["gemini-"], efforts: &[Low, Medium, High], ..THREE },
];
