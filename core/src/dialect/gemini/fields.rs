//! The fields of a request, a row each (python-genai 3.6, `models.py` `_GenerateContentConfig_to_mldev`,
//! `_to_vertex`, and `types.py` `GenerationConfig`, `ToolConfig`). Keys are read in either spelling.

use crate::dialect::canonical::Feature;
use crate::dialect::canonical::fields::{Field, Shape, asks, group, ignored, own};

/// Every field.
pub(crate) const FIELDS: &[Field] = &[
    // In the path; the body has it where a request is counted.
    ignored("model"),
    own("systemInstruction", "3.1"),
    own("contents", "3.2"),
    own("tools", "3.4"),
    group("toolConfig", TOOL_CONFIG),
    asks("safetySettings", Feature::Safety, Shape::Array, "[]"),
    asks("modelArmorConfig", Feature::ModelArmor, Shape::Object, "{}"),
    asks("cachedContent", Feature::CachedContent, Shape::Text, "\"\""),
    asks("continuationToken", Feature::Continuation, Shape::Text, "\"\""),
    asks("labels", Feature::Labels, Shape::Object, "{}"),
    own("serviceTier", "3.17"),
    asks("store", Feature::Store, Shape::Bool, ""),
    asks("outputConfig", Feature::GeminiHint, Shape::Object, "{}"),
    group("generationConfig", GENERATION),
];

const TOOL_CONFIG: &[Field] = &[
    group("toolConfig.functionCallingConfig", CALLING),
    asks("toolConfig.retrievalConfig", Feature::Retrieval, Shape::Object, "{}"),
    asks("toolConfig.includeServerSideToolInvocations", Feature::ServerToolCalls, Shape::Bool, "false"),
];

const CALLING: &[Field] = &[
    own("toolConfig.functionCallingConfig.mode", "3.5"),
    own("toolConfig.functionCallingConfig.allowedFunctionNames", "3.5"),
    asks(
        "toolConfig.functionCallingConfig.streamFunctionCallArguments",
        Feature::StreamedArguments,
        Shape::Bool,
        "false",
    ),
];

const GENERATION: &[Field] = &[
    asks("generationConfig.temperature", Feature::Temperature, Shape::LooseNumber, ""),
    asks("generationConfig.topP", Feature::TopP, Shape::LooseNumber, ""),
    // A float in the types, and a whole number everywhere else.
    asks("generationConfig.topK", Feature::TopK, Shape::LooseCount, ""),
    own("generationConfig.maxOutputTokens", "3.12"),
    own("generationConfig.stopSequences", "3.12"),
    asks("generationConfig.candidateCount", Feature::Candidates, Shape::LooseCount, "1"),
    asks("generationConfig.seed", Feature::Seed, Shape::LooseNumber, ""),
    asks("generationConfig.presencePenalty", Feature::PresencePenalty, Shape::LooseNumber, "0"),
    asks("generationConfig.frequencyPenalty", Feature::FrequencyPenalty, Shape::LooseNumber, "0"),
    asks("generationConfig.responseLogprobs", Feature::Logprobs, Shape::Bool, "false"),
    asks("generationConfig.logprobs", Feature::TopLogprobs, Shape::LooseCount, "0"),
    own("generationConfig.responseMimeType", "3.9"),
    own("generationConfig.responseSchema", "3.9"),
    own("generationConfig.responseJsonSchema", "3.9"),
    own("generationConfig.responseFormat", "3.9"),
    own("generationConfig.responseModalities", "3.9"),
    own("generationConfig.thinkingConfig", "3.10"),
    asks("generationConfig.mediaResolution", Feature::MediaResolution, Shape::Text, "\"MEDIA_RESOLUTION_UNSPECIFIED\""),
    hint("generationConfig.speechConfig"),
    hint("generationConfig.imageConfig"),
    hint("generationConfig.audioTranscriptionConfig"),
    hint("generationConfig.translationConfig"),
    hint("generationConfig.routingConfig"),
    hint("generationConfig.modelConfig"),
    hint("generationConfig.modelSelectionConfig"),
    asks("generationConfig.audioTimestamp", Feature::GeminiHint, Shape::Bool, "false"),
    asks("generationConfig.enableAffectiveDialog", Feature::GeminiHint, Shape::Bool, "false"),
    asks("generationConfig.enableEnhancedCivicAnswers", Feature::GeminiHint, Shape::Bool, "false"),
];

const fn hint(path: &'static str) -> Field {
    asks(path, Feature::GeminiHint, Shape::Object, "{}")
}
