//! Reading a provider's own list of its models, in whichever shape it comes. Sans-I/O: bodies in, names out.

use crate::dialect::canonical::read::{Doc, Kind, Value};
use crate::wire::percent;

/// How a list comes in pages.
#[derive(Clone, Copy, Debug)]
pub struct Paging {
    /// The query of every page: as many models as a page may have.
    pub query: &'static str,
    /// The parameter that asks for the next page.
    pub parameter: &'static str,
    /// The member that tells what to ask for; empty where pages are numbered, from 1 on.
    pub member: &'static str,
}

/// More pages than any list has.
const MAX_PAGES: u32 = 20;
/// More models than any list has.
const MAX_MODELS: usize = 10_000;
/// No model's name is longer.
const MAX_NAME: usize = 256;

/// The lists that there are: the member that holds the models, and the member of a model that holds its name. A list may also
/// stand by itself, as Together's and GitHub's do.
const SHAPES: &[(&str, &str)] = &[
    // OpenAI's and Anthropic's; llama.cpp has Ollama's beside it.
    ("data", "id"),
    // Gemini's, Cohere's.
    ("models", "name"),
    ("publisherModels", "name"),
    ("modelSummaries", "modelId"),
    ("inferenceProfileSummaries", "inferenceProfileId"),
    // Cloudflare's, whose `id` is a number of its own.
    ("result", "name"),
];

/// A list that is being read, page by page.
#[derive(Debug)]
pub struct List {
    paging: Option<&'static Paging>,
    /// What the next page is asked for with; nothing for the first.
    next: Option<String>,
    pages: u32,
    names: Vec<String>,
}

impl List {
    /// A list of which nothing has been read.
    pub fn new(paging: Option<&'static Paging>) -> Self {
        Self { paging, next: None, pages: 0, names: Vec::new() }
    }

    /// The query of the next page.
    pub fn query(&self) -> Option<String> {
        let paging = self.paging?;
        let mut query = paging.query.to_owned();
        if let Some(next) = &self.next {
            if !query.is_empty() {
                query.push('&');
            }
            query.push_str(paging.parameter);
            query.push('=');
            percent::push(&mut query, next.as_bytes());
        }
        Some(query).filter(|query| !query.is_empty())
    }

    /// Takes a page; whether another one follows.
    ///
    /// # Errors
    /// It is none.
    pub fn take(&mut self, body: &[u8]) -> Result<bool, &'static str> {
        let text = std::str::from_utf8(body).ok();
        let doc = text.and_then(|text| Doc::parse_answer(text).ok()).ok_or("its list of models is not whole JSON")?;
        let root = doc.root();
        let (models, member) = models(root).ok_or("its answer holds no list of models")?;
        let before = self.names.len();
        // Who does not know the parameter gives the same page again.
        let mut is_new = false;
        for model in models.elements() {
            let told = model.str().or_else(|| model.get_str(member)).or_else(|| model.get_str("id"));
            let Some(name) = told.as_deref().map(bare).filter(|name| is_name(name)) else { continue };
            if self.names.len() == before {
                is_new = !self.names.iter().any(|known| known == name);
            }
            if self.names.len() < MAX_MODELS {
                self.names.push(name.to_owned());
            }
        }
        self.pages += 1;
        let next = self.follows(root, is_new);
        let more = next.is_some() && self.pages < MAX_PAGES && self.names.len() < MAX_MODELS;
        self.next = next;
        Ok(more)
    }

    /// What the page after this one is asked for with.
    fn follows(&self, root: Value<'_>, is_new: bool) -> Option<String> {
        let paging = self.paging?;
        if paging.member.is_empty() {
            return is_new.then(|| (self.pages + 1).to_string());
        }
        if root.get("has_more").is_some_and(|more| more.bool() != Some(true)) {
            return None;
        }
        let next = root.get_str(paging.member).filter(|next| !next.is_empty())?;
        // Who tells the same again would never come to an end.
        (self.next.as_deref() != Some(&*next)).then(|| next.into_owned())
    }

    /// The names, each once, in their order.
    pub fn into_names(self) -> Vec<String> {
        let mut names = self.names;
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// The list in an answer, and the member of a model that holds its name.
fn models(root: Value<'_>) -> Option<(Value<'_>, &'static str)> {
    if root.kind() == Kind::Array {
        return Some((root, "id"));
    }
    SHAPES.iter().find_map(|(list, name)| {
        let models = root.get(list)?;
        (models.kind() == Kind::Array).then_some((models, *name))
    })
}

/// The name without what Google puts before it: `models/NAME`, `publishers/google/models/NAME`.
fn bare(name: &str) -> &str {
    if let Some(name) = name.strip_prefix("models/") {
        return name;
    }
    match name.strip_prefix("publishers/").and_then(|name| name.split_once("/models/")) {
        Some((_, name)) => name,
        None => name,
    }
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= MAX_NAME && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    static NUMBERED: Paging = Paging { query: "per_page=2", parameter: "page", member: "" };
    static TOLD: Paging = Paging { query: "limit=2", parameter: "after_id", member: "last_id" };

    fn names(body: &str) -> Result<Vec<String>, &'static str> {
        let mut list = List::new(None);
        list.take(body.as_bytes()).map(|more| {
            assert!(!more);
            list.into_names()
        })
    }

    #[test]
    fn every_shape_is_read() {
        for (body, expected) in [
            // https://platform.openai.com/docs/api-reference/models/list
            (r#"{"object":"list","data":[{"id":"b","object":"model"},{"id":"a","object":"model"}]}"#, &["a", "b"][..]),
            // https://platform.claude.com/docs/en/api/models-list
            (
                r#"{"data":[{"type":"model","id":"claude-x","display_name":"X"}],"has_more":false,"last_id":"claude-x"}"#,
                &["claude-x"],
            ),
            // https://ai.google.dev/api/models#method:-models.list
            (r#"{"models":[{"name":"models/gemini-x","displayName":"X"}]}"#, &["gemini-x"]),
            (r#"{"publisherModels":[{"name":"publishers/google/models/gemini-x"}]}"#, &["gemini-x"]),
            // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html
            (r#"{"modelSummaries":[{"modelArn":"arn:x","modelId":"amazon.nova-x-v1:0"}]}"#, &["amazon.nova-x-v1:0"]),
            (
                r#"{"inferenceProfileSummaries":[{"inferenceProfileName":"US X","inferenceProfileId":"us.amazon.nova-x-v1:0"}]}"#,
                &["us.amazon.nova-x-v1:0"],
            ),
            // https://docs.cohere.com/reference/list-models
            (r#"{"models":[{"name":"command-x","endpoints":["chat"]}],"next_page_token":"t"}"#, &["command-x"]),
            // https://developers.cloudflare.com/api/resources/ai/subresources/models/methods/list/
            (r#"{"result":[{"id":"0-1-2","name":"@cf/a/b"}],"success":true,"errors":[]}"#, &["@cf/a/b"]),
            // https://docs.together.ai/reference/models
            (r#"[{"id":"a/b","display_name":"B"},{"id":"c"}]"#, &["a/b", "c"]),
            // llama.cpp: both.
            (r#"{"models":[{"name":"x.gguf","model":"x.gguf"}],"data":[{"id":"x.gguf"}]}"#, &["x.gguf"]),
            // A name that only looks like Google's.
            (r#"{"data":[{"id":"accounts/fireworks/models/x"}]}"#, &["accounts/fireworks/models/x"]),
            (r#"{"models":["plain"]}"#, &["plain"]),
            (r#"{"models":[{"id":"without a name"}]}"#, &["without a name"]),
            (r#"{"data":[]}"#, &[]),
        ] {
            let expected: Vec<String> = expected.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(names(body), Ok(expected), "{body}");
        }
    }

    #[test]
    fn what_is_no_model_is_passed_over() {
        let long = "x".repeat(257);
        let body = format!(
            r#"{{"data":[{{"id":"a"}},{{"id":"a"}},{{"id":1}},{{"id":""}},{{"id":" "}},{{"id":null}},{{}},null,7,{{"id":"b\nc"}},{{"id":"{long}"}}]}}"#
        );
        assert_eq!(names(&body), Ok(vec!["a".to_owned()]));
        for body in ["", "{", "<html>", "{}", "7", r#"{"data":{"id":"a"}}"#, r#"{"error":{"message":"x"}}"#] {
            assert!(names(body).is_err(), "{body}");
        }
    }

    #[test]
    fn pages_are_told_or_numbered() {
        let mut list = List::new(Some(&TOLD));
        assert_eq!(list.query().as_deref(), Some("limit=2"));
        assert_eq!(list.take(br#"{"data":[{"id":"b"},{"id":"a"}],"has_more":true,"last_id":"a/1"}"#), Ok(true));
        assert_eq!(list.query().as_deref(), Some("limit=2&after_id=a%2F1"));
        assert_eq!(list.take(br#"{"data":[{"id":"a"}],"has_more":false,"last_id":"a"}"#), Ok(false));
        assert_eq!(list.into_names(), ["a", "b"]);

        let mut list = List::new(Some(&NUMBERED));
        assert_eq!(list.take(br#"{"result":[{"name":"a"},{"name":"b"}]}"#), Ok(true));
        assert_eq!(list.query().as_deref(), Some("per_page=2&page=2"));
        assert_eq!(list.take(br#"{"result":[]}"#), Ok(false));
        assert!(List::new(None).query().is_none());
    }

    #[test]
    fn a_list_without_an_end_is_ended() {
        let mut list = List::new(Some(&TOLD));
        assert_eq!(list.take(br#"{"data":[{"id":"a"}],"last_id":"a"}"#), Ok(true));
        assert_eq!(list.take(br#"{"data":[{"id":"a"}],"last_id":"a"}"#), Ok(false), "the same again");
        let mut list = List::new(Some(&NUMBERED));
        assert_eq!(list.take(br#"{"result":[{"name":"a"}]}"#), Ok(true));
        assert_eq!(list.take(br#"{"result":[{"name":"a"}]}"#), Ok(false), "the same again");
        let mut list = List::new(Some(&NUMBERED));
        let page = |number: u32| format!(r#"{{"result":[{{"name":"{number}"}}]}}"#);
        let pages = (0..).take_while(|number| list.take(page(*number).as_bytes()) == Ok(true)).count();
        assert_eq!(pages, 19);
        let many = format!("[{}\"x\"]", "\"y\",".repeat(20_000));
        let mut list = List::new(Some(&NUMBERED));
        assert_eq!(list.take(many.as_bytes()), Ok(false));
        assert_eq!(list.names.len(), MAX_MODELS);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_list_or_none(body: Vec<u8>, text in r#"[\[\]{}":,adtni0-9 ]{0,40}"#) {
            let _ = List::new(Some(&TOLD)).take(&body);
            let _ = List::new(Some(&NUMBERED)).take(text.as_bytes());
        }
    }
}
