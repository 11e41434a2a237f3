//! Reading a request, and writing it for another API.
//! <https://platform.openai.com/docs/api-reference/embeddings/create>

use super::{Shape, Wanted};
use crate::dialect::canonical::read::{self, Kind, Value};
use crate::dialect::canonical::{At, Reason, Refusal, Report, Sited, Str};
use crate::provider::{GeminiMethod, GeminiVersion, Operation};
use crate::wire::write::Writer;

/// The most texts that OpenAI takes.
const MAX_TEXTS: usize = 2_048;

/// The most texts that Cohere's models take.
const MAX_COHERE: usize = 96;

/// The most texts that Workers AI takes: `maxItems` of the models' schemas.
const MAX_RUN: usize = 100;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    texts: Vec<Str<'a>>,
    /// Where they are.
    at: At,
    dimensions: Option<Sited<u64>>,
    base64: bool,
    /// What the vectors are for: no field of OpenAI's, but one that SDKs let through.
    purpose: Option<Sited<Str<'a>>>,
    /// Hints that no other API has.
    user: Option<At>,
}

/// An API of Bedrock's: each maker has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Maker {
    /// Titan Text Embeddings V2.
    Titan,
    /// Titan Embeddings G1, which takes text and nothing else.
    TitanG1,
    /// Titan Multimodal Embeddings.
    TitanImage,
    /// Cohere Embed 3.
    Cohere,
    /// Cohere Embed 4.
    Cohere4,
}

/// Parts of model ids, in ARNs and behind regions too. The first that fits counts.
const MAKERS: &[(&str, Maker)] = &[
    ("amazon.titan-embed-text-v2", Maker::Titan),
    ("amazon.titan-embed-image", Maker::TitanImage),
    ("amazon.titan-embed", Maker::TitanG1),
    ("cohere.embed-v4", Maker::Cohere4),
    ("cohere.embed", Maker::Cohere),
];

impl<'a> Asked<'a> {
    /// Reads a request of OpenAI's API.
    ///
    /// # Errors
    /// It is none, or its input is token ids, which only their own vendor's models know.
    pub fn read(body: Value<'a>, report: &mut Report) -> Result<Self, Refusal> {
        let (texts, at) = (Vec::new(), body.at());
        let mut asked = Self { texts, at, dimensions: None, base64: false, purpose: None, user: None };
        for (key, value) in read::object(body)?.members().filter(|(_, value)| !value.is_null()) {
            match &*key {
                "model" => {}
                "input" => {
                    asked.at = value.at();
                    asked.texts = self::texts(value)?;
                }
                "dimensions" => asked.dimensions = Some(Sited::new(value.at(), read::count(value)?)),
                "encoding_format" => {
                    asked.base64 = match &*read::text(value)? {
                        "float" => false,
                        "base64" => true,
                        _ => return Err(Refusal::invalid(value.at(), "must be `float` or `base64`")),
                    };
                }
                "input_type" => asked.purpose = Some(Sited::new(value.at(), read::text(value)?)),
                "user" => {
                    read::text(value)?;
                    asked.user = Some(value.at());
                }
                _ => report.note(value.at(), Reason::Unknown),
            }
        }
        if asked.texts.is_empty() { Err(Refusal::invalid(body.at(), "is required").member("input")) } else { Ok(asked) }
    }

    /// What the answer needs of it.
    pub fn wanted(&self) -> Wanted {
        Wanted { count: self.texts.len(), base64: self.base64 }
    }

    /// What an upstream with an API of that shape is asked, and the body of it.
    ///
    /// # Errors
    /// The upstream has no embeddings, or not so many at once, or not of that length.
    pub fn call(
        &self,
        shape: Option<Shape>,
        model: &str,
        report: &mut Report,
    ) -> Result<(Operation, Vec<u8>), Refusal> {
        if let Some(user) = self.user {
            report.note(user, Reason::Dropped);
        }
        let mut out = Writer::with_capacity(self.texts.iter().map(|text| text.len() + 128).sum());
        let operation = match shape {
            Some(Shape::Vertex) => {
                self.without_purpose(report);
                self.vertex(model, &mut out)
            }
            Some(Shape::Gemini) => {
                self.without_purpose(report);
                self.gemini(model, &mut out);
                Operation::Gemini(GeminiMethod::BatchEmbedContents, GeminiVersion::V1Beta)
            }
            Some(Shape::Invoke) => {
                let maker = MAKERS.iter().find(|(part, _)| model.contains(part)).map(|(_, maker)| *maker);
                let Some(maker) = maker else {
                    return Err(self.refused("the upstream's API has embeddings of Titan's and Cohere's models alone"));
                };
                self.bedrock(maker, &mut out, report)?;
                Operation::InvokeModel
            }
            Some(Shape::Cohere) => {
                self.cohere(model, &mut out, report)?;
                Operation::Embeddings
            }
            Some(Shape::Run) => {
                self.without_purpose(report);
                self.run(&mut out)?;
                Operation::Embeddings
            }
            None => return Err(self.refused("embeddings are not supported by the upstream's API")),
        };
        Ok((operation, out.into_bytes()))
    }

    fn without_purpose(&self, report: &mut Report) {
        if let Some(purpose) = &self.purpose {
            report.note(purpose.at, Reason::Unknown);
        }
    }

    /// Cohere's models want to be told what the vectors are for, and take so many texts at once. OpenAI's API has no word
    /// for it, so texts are what is searched; who embeds a question says `input_type: "search_query"` itself.
    fn cohere_texts(&self, out: &mut Writer, report: &mut Report) -> Result<(), Refusal> {
        if self.texts.len() > MAX_COHERE {
            return Err(self.refused("the upstream's API takes 96 texts at once"));
        }
        out.key("texts").open_array();
        for text in &self.texts {
            out.string(text);
        }
        out.close_array();
        match &self.purpose {
            Some(purpose) => out.str_member("input_type", &purpose.is),
            None => {
                report.note(self.at, Reason::Approximated(Some("search_document")));
                out.str_member("input_type", "search_document")
            }
        };
        Ok(())
    }

    /// <https://developers.cloudflare.com/workers-ai/models/bge-m3/>. The model stands in the path.
    fn run(&self, out: &mut Writer) -> Result<(), Refusal> {
        if self.texts.len() > MAX_RUN {
            return Err(self.refused("the upstream's API takes 100 texts at once"));
        }
        if let Some(dimensions) = self.dimensions {
            return Err(Refusal::unsupported(dimensions.at, "is not supported by the upstream's API"));
        }
        out.open().key("text").open_array();
        for text in &self.texts {
            out.string(text);
        }
        out.close_array().close();
        Ok(())
    }

    /// <https://docs.cohere.com/reference/embed>. A text that is too long is an error, as it is at OpenAI, and is not cut.
    fn cohere(&self, model: &str, out: &mut Writer, report: &mut Report) -> Result<(), Refusal> {
        out.open().str_member("model", model);
        self.cohere_texts(out, report)?;
        out.key("embedding_types").open_array().string("float").close_array();
        if let Some(Sited { at, is: dimensions }) = self.dimensions {
            // "This is only available for embed-v4 and newer models."
            if ["-v2", "-v3", "-light-v"].iter().any(|old| model.contains(old)) {
                return Err(Refusal::unsupported(at, "is not supported by this model"));
            }
            out.count_member("output_dimension", dimensions);
        }
        out.str_member("truncate", "NONE").close();
        Ok(())
    }

    fn refused(&self, message: &'static str) -> Refusal {
        Refusal::unsupported(self.at, message)
    }

    /// <https://ai.google.dev/api/embeddings#method:-models.batchembedcontents>
    fn gemini(&self, model: &str, out: &mut Writer) {
        let name = model.strip_prefix("models/").unwrap_or(model);
        out.open().key("requests").open_array();
        for text in &self.texts {
            out.open().key("model").joined(&["models/", name]);
            out.key("content").open().key("parts").open_array().open().str_member("text", text);
            out.close().close_array().close();
            if let Some(dimensions) = self.dimensions {
                out.count_member("outputDimensionality", dimensions.is);
            }
            out.close();
        }
        out.close_array().close();
    }

    /// Gemini's models by `embedContent`, as python-genai calls them (`t_is_vertex_embed_content_model`), all others by
    /// <https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api>.
    fn vertex(&self, model: &str, out: &mut Writer) -> Operation {
        let dimensions = |out: &mut Writer, name: &str| {
            if let Some(dimensions) = self.dimensions {
                out.key(name).open().count_member("outputDimensionality", dimensions.is).close();
            }
        };
        out.open();
        if !model.contains("gemini") {
            out.key("instances").open_array();
            for text in &self.texts {
                out.open().str_member("content", text).close();
            }
            out.close_array();
            dimensions(out, "parameters");
            out.close();
            return Operation::Predict;
        }
        let content = |out: &mut Writer, text: &str| {
            out.key("content").open().key("parts").open_array().open().str_member("text", text);
            out.close().close_array().close();
            dimensions(out, "embedContentConfig");
        };
        let method = match self.texts.as_slice() {
            [one] => {
                content(out, one);
                GeminiMethod::EmbedContent
            }
            several => {
                out.key("requests").open_array();
                for text in several {
                    out.open();
                    content(out, text);
                    out.close();
                }
                out.close_array();
                GeminiMethod::BatchEmbedContents
            }
        };
        out.close();
        Operation::Gemini(method, GeminiVersion::V1Beta)
    }

    /// <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html>,
    /// <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html>
    fn bedrock(&self, maker: Maker, out: &mut Writer, report: &mut Report) -> Result<(), Refusal> {
        let many = self.texts.len();
        out.open();
        match maker {
            Maker::Cohere | Maker::Cohere4 => self.cohere_texts(out, report)?,
            Maker::Titan | Maker::TitanG1 | Maker::TitanImage => {
                if many > 1 {
                    return Err(self.refused("the upstream's API takes one text at once"));
                }
                self.without_purpose(report);
                out.str_member("inputText", self.texts.first().map_or("", |text| text));
            }
        }
        if let Some(Sited { at, is: dimensions }) = self.dimensions {
            match maker {
                Maker::Titan => out.count_member("dimensions", dimensions),
                Maker::TitanImage => {
                    out.key("embeddingConfig").open().count_member("outputEmbeddingLength", dimensions).close()
                }
                Maker::Cohere4 => out.count_member("output_dimension", dimensions),
                Maker::TitanG1 | Maker::Cohere => {
                    return Err(Refusal::unsupported(at, "is not supported by this model"));
                }
            };
        }
        out.close();
        Ok(())
    }
}

/// The texts of an input: one or several.
fn texts(input: Value<'_>) -> Result<Vec<Str<'_>>, Refusal> {
    let texts = match input.kind() {
        Kind::String => vec![text(input)?],
        Kind::Array => {
            let elements = input.elements();
            let kinds = elements.clone().map(|element| match element.kind() {
                Kind::Array => element.first().map_or(Kind::Null, |first| first.kind()),
                kind => kind,
            });
            if kinds.clone().next().is_some() && kinds.clone().all(|kind| kind == Kind::Number) {
                let message = "holds token ids, which mean nothing to another vendor's model: send text";
                return Err(Refusal::unsupported(input.at(), message));
            }
            elements.map(text).collect::<Result<Vec<_>, _>>()?
        }
        _ => return Err(Refusal::invalid(input.at(), "must be a string or an array of strings")),
    };
    if texts.is_empty() || texts.len() > MAX_TEXTS {
        return Err(Refusal::invalid(input.at(), format!("must hold 1 to {MAX_TEXTS} texts")));
    }
    Ok(texts)
}

fn text(value: Value<'_>) -> Result<Str<'_>, Refusal> {
    let text = read::text(value)?;
    if text.is_empty() { Err(Refusal::invalid(value.at(), "must not be empty")) } else { Ok(text) }
}

#[cfg(test)]
mod tests;
