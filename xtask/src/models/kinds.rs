//! Which provider of the data is which kind of ours, and what of it is left out.

use super::entry::Entry;

/// A provider of the data.
struct Source {
    /// Its name there; one that ends in `*` stands for all that begin so.
    provider: &'static str,
    /// The kind that it is here.
    kind: &'static str,
    /// What its keys have before the model's id.
    prefix: &'static str,
    /// Parts of ids that are left out: not models that are asked for an answer, or not sold any more.
    without: &'static [&'static str],
}

const fn source(provider: &'static str, kind: &'static str, prefix: &'static str) -> Source {
    Source { provider, kind, prefix, without: &[] }
}

const fn except(source: Source, without: &'static [&'static str]) -> Source {
    Source { without, ..source }
}

/// The providers that are kinds here; Bedrock's have a file of their own.
const SOURCES: &[Source] = &[
    source("anthropic", "anthropic", ""),
    // Deployments of other types than the global one have other ids there than at Azure, and other prices.
    except(source("azure", "azure", "azure/"), &["/", "container", "router", "preview", "ada"]),
    except(source("azure_ai", "azure-foundry", "azure_ai/"), &["router", "-fast"]),
    source("baseten", "baseten", "baseten/"),
    source("cerebras", "cerebras", "cerebras/"),
    // Of these two Cloudflare's own page and the data disagree.
    except(source("cloudflare", "workers-ai", "cloudflare/"), &["llama-2-7b-chat-fp16", "mistral-7b-instruct-v0.1"]),
    source("cohere", "cohere", "cohere/"),
    source("cohere_chat", "cohere", ""),
    source("dashscope", "qwen", "dashscope/"),
    source("deepinfra", "deepinfra", "deepinfra/"),
    // Retired: <https://api-docs.deepseek.com/quick_start/pricing> has the flash and the v4 models.
    except(source("deepseek", "deepseek", "deepseek/"), &["-coder", "-r1", "-v3"]),
    source("fireworks_ai", "fireworks", "fireworks_ai/"),
    // Music, films and what is only spoken with are other APIs'.
    except(
        source("gemini", "gemini", "gemini/"),
        &["lyria", "omni", "gemini-gemma", "-exp-", "learnlm", "streaming", "deep-research"],
    ),
    except(source("groq", "groq", "groq/"), &["prompt-guard"]),
    source("hyperbolic", "hyperbolic", "hyperbolic/"),
    source("minimax", "minimax", "minimax/"),
    source("mistral", "mistral", "mistral/"),
    source("moonshot", "moonshot", "moonshot/"),
    source("nebius", "nebius", "nebius/"),
    // Two public sources disagree.
    except(source("novita", "novita", "novita/"), &["mistralai/mistral-nemo"]),
    // What these search for is not told.
    except(source("openai", "openai", ""), &["search", "container", "daybreak"]),
    // Its chat models ended on 2026-09-27; a preset is no model.
    except(source("perplexity", "perplexity", "perplexity/"), &["preset/", "pplx-7", "llama", "mixtral", "mistral-7b"]),
    source("sambanova", "sambanova", "sambanova/"),
    except(source("together_ai", "together", "together_ai/"), &["together-ai-"]),
    except(
        source("vertex_ai*", "vertex", "vertex_ai/"),
        &["omni", "deep-research", "multimodal", "claude-3-", "@latest", "-tts", "medlm", "experimental"],
    ),
    source("xai", "xai", "xai/"),
    source("zai", "zai", "zai/"),
];

/// The kind of provider that an entry is of, and the model's id there.
pub(super) fn of(entry: &Entry) -> Option<(&'static str, &str)> {
    let source = SOURCES.iter().find(|source| match source.provider.strip_suffix('*') {
        Some(beginning) => entry.provider.starts_with(beginning),
        None => entry.provider == source.provider,
    })?;
    let id = entry.key.strip_prefix(source.prefix).unwrap_or(&entry.key);
    let left_out = source.without.iter().any(|part| id.contains(part));
    let of_another = match source.kind {
        // Its own ids stand behind the prefix; those without are the same models once more.
        "vertex" => entry.key == id && !id.contains("embedding"),
        "deepseek" | "gemini" => entry.key == id,
        // What is billed by size alone runs on machines that are rented by the hour.
        "fireworks" => !id.starts_with("accounts/") || entry.number("cache_read_input_token_cost").is_none(),
        "perplexity" => !id.contains('/') && !id.contains("embed"),
        _ => false,
    };
    (!left_out && !of_another).then_some((source.kind, id))
}

/// Models that the vendors' own SDKs name (openai-python 3.57, `types/shared/chat_model.py`; anthropic-sdk-python 2.13,
/// `types/model.py`) and the data do not have yet: the kind, the id, and the rest of the row as far as the vendor's page of
/// the model tells it. What the data have comes before this.
pub(super) const NAMED: &[(&str, &str, [&str; 3])] = &[
    ("anthropic", "claude-fable-5-2", ["/", "", ""]),
    ("anthropic", "claude-mythos-5-2", ["/", "", ""]),
    ("openai", "gpt-6.2-astra", ["/", "", ""]),
    // <https://developers.openai.com/api/docs/models/gpt-6.2-sol>: 12-hour writes, long prompts, Fast mode, Batch.
    ("openai", "gpt-6.2-sol", ["922k/128k", "vdtrs", "2,10,.1,2.5,5 s.01 >272*2,1.5 p2 b.5 r1.1"]),
];
