//! The models that a caller may ask for, in the shape of who asks.

mod reachable;
mod shape;

use super::plan;
use crate::config::Settings;
use crate::dialect::Dialect;
use crate::error::{Class, Error};
use crate::policy::keys::ClientKey;
use crate::wire::percent;
use crate::wire::text::push_string;

pub use reachable::{Listed, every};

pub(super) use reachable::{by_its_name, told};
use reachable::{named, reachable};
use shape::push_model;

/// Whether the query asks for the upstreams' own lists.
///
/// # Errors
/// It asks for a source that there is none of.
pub(super) fn is_upstreams(query: Option<&str>) -> Result<bool, Error> {
    match query.and_then(|query| parameter(query, "source")).as_deref() {
        None => Ok(false),
        Some("upstream") => Ok(true),
        Some(_) => Err(invalid("source", "there is `upstream` alone, for the providers' own lists")),
    }
}

/// The list of models, or a page of it.
///
/// # Errors
/// The query asks for a page that there is none of.
pub(crate) fn list(
    settings: &Settings,
    key: Option<&ClientKey>,
    dialect: Dialect,
    query: Option<&str>,
) -> Result<Vec<u8>, Error> {
    written(&reachable(settings, key), dialect, query, 0)
}

/// The models in the dialect's shape, or a page of them: `usual` many, or what is usual there if that is more, unless the
/// query says how many.
///
/// # Errors
/// The query asks for a page that there is none of.
pub(super) fn written(
    models: &[Listed],
    dialect: Dialect,
    query: Option<&str>,
    usual: usize,
) -> Result<Vec<u8>, Error> {
    let parameter = |name: &str| query.and_then(|query| parameter(query, name));
    let mut out = Vec::new();
    match dialect {
        Dialect::Chat | Dialect::Responses | Dialect::Converse => {
            out.extend_from_slice(b"{\"object\":\"list\",\"data\":");
            push_list(&mut out, dialect, models);
        }
        Dialect::Messages => {
            let limit = size(parameter("limit"), "limit", usual.max(20))?;
            // `has_more` is told in the direction of the walk.
            let (start, end, has_more) = match (parameter("after_id"), parameter("before_id")) {
                (None, Some(id)) => {
                    let end = place(models, &id, "before_id")?;
                    let start = end.saturating_sub(limit);
                    (start, end, start > 0)
                }
                (after, _) => {
                    let start = after.map_or(Ok(0), |id| place(models, &id, "after_id").map(|place| place + 1))?;
                    let end = start.saturating_add(limit).min(models.len());
                    (start, end, end < models.len())
                }
            };
            let page = models.get(start..end).unwrap_or_default();
            out.extend_from_slice(b"{\"data\":");
            push_list(&mut out, dialect, page);
            out.extend_from_slice(if has_more { b",\"has_more\":true" } else { b",\"has_more\":false" });
            for (key, model) in [(",\"first_id\":", page.first()), (",\"last_id\":", page.last())] {
                out.extend_from_slice(key.as_bytes());
                match model {
                    Some(model) => push_string(&mut out, &model.id),
                    None => out.extend_from_slice(b"null"),
                }
            }
        }
        Dialect::Gemini => {
            let limit = size(parameter("pageSize"), "pageSize", usual.max(50))?;
            let start: usize = match parameter("pageToken").filter(|token| !token.is_empty()) {
                Some(token) => token.parse().map_err(|_| invalid("pageToken", "it is none of ours"))?,
                None => 0,
            };
            let end = start.saturating_add(limit).min(models.len());
            out.extend_from_slice(b"{\"models\":");
            push_list(&mut out, dialect, models.get(start..end).unwrap_or_default());
            if end < models.len() {
                out.extend_from_slice(b",\"nextPageToken\":");
                push_string(&mut out, &end.to_string());
            }
        }
    }
    out.push(b'}');
    Ok(out)
}

/// One model.
///
/// # Errors
/// There is no such model for the caller.
pub(crate) fn one(settings: &Settings, key: Option<&ClientKey>, dialect: Dialect, id: &str) -> Result<Vec<u8>, Error> {
    let id = id.strip_prefix("models/").unwrap_or(id);
    // Whatever can be asked for is there: any name behind a configured provider, known or not.
    let found = named(settings, id).filter(|_| key.is_none_or(|key| plan::may_ask(settings, key, id)));
    let Some(model) = found else {
        let shown: String = id.chars().take(128).collect();
        return Err(Error::new(Class::ModelNotFound, format!("the model `{shown}` does not exist here")).about("model"));
    };
    let mut out = Vec::new();
    push_model(&mut out, dialect, &model);
    Ok(out)
}

fn push_list(out: &mut Vec<u8>, dialect: Dialect, models: &[Listed]) {
    out.push(b'[');
    for (index, model) in models.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_model(out, dialect, model);
    }
    out.push(b']');
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    String::from_utf8(percent::decode(value).into_owned()).ok()
}

fn size(text: Option<String>, name: &'static str, default: usize) -> Result<usize, Error> {
    match text {
        None => Ok(default),
        Some(text) => text
            .parse()
            .ok()
            .filter(|size| (1..=1000).contains(size))
            .ok_or_else(|| invalid(name, "it must lie between 1 and 1000")),
    }
}

fn place(models: &[Listed], id: &str, name: &'static str) -> Result<usize, Error> {
    models.iter().position(|model| model.id == id).ok_or_else(|| invalid(name, "no such model"))
}

fn invalid(name: &'static str, why: &str) -> Error {
    Error::new(Class::Invalid, format!("`{name}` is not valid: {why}")).about(name)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::{Config, Platform};
    use crate::policy::keys::ModelPattern;

    fn settings() -> Settings {
        let json = r#"{"providers":{"claude":{"kind":"anthropic","api_key":"${A}"},"mock":{}},
                       "models":{"fast":{"targets":["mock/x"]}}}"#;
        let secret = |_: &str| Some("a".to_owned());
        Config::from_json(json).and_then(|config| config.resolve(Platform::Local, &secret)).expect("settings")
    }

    fn listed(dialect: Dialect, query: Option<&str>) -> Value {
        serde_json::from_slice(&list(&settings(), None, dialect, query).expect("a list")).expect("JSON")
    }

    #[test]
    fn each_dialect_has_its_shape() {
        let chat = listed(Dialect::Chat, None);
        assert_eq!((&chat["object"], &chat["data"][0]["id"]), (&json!("list"), &json!("fast")));
        let gemini = listed(Dialect::Gemini, None);
        assert_eq!(gemini["models"][0]["name"], "models/fast");
        let messages = listed(Dialect::Messages, None);
        assert_eq!((&messages["first_id"], &messages["data"][0]["type"]), (&json!("fast"), &json!("model")));
    }

    #[test]
    fn limits_are_told_where_they_are_known() {
        let find = |list: &Value, key: &str, id: &str| {
            let models = list[if key == "name" { "models" } else { "data" }].as_array().expect("a list").clone();
            models.into_iter().find(|model| model[key] == id).expect(id)
        };
        let chat = find(&listed(Dialect::Chat, None), "id", "claude/claude-opus-5-5");
        assert_eq!((&chat["context_window"], &chat["max_output_tokens"]), (&json!(1_000_000), &json!(128_000)));
        let gemini = find(&listed(Dialect::Gemini, Some("pageSize=1000")), "name", "models/claude/claude-opus-5-5");
        assert_eq!((&gemini["inputTokenLimit"], &gemini["outputTokenLimit"]), (&json!(1_000_000), &json!(128_000)));
        let messages = find(&listed(Dialect::Messages, Some("limit=1000")), "id", "claude/claude-opus-5-5");
        assert_eq!((&messages["max_input_tokens"], &messages["max_tokens"]), (&json!(1_000_000), &json!(128_000)));
        // What is not known is `null` where the key must be there, and else left out.
        let messages = find(&listed(Dialect::Messages, None), "id", "fast");
        assert_eq!((&messages["max_input_tokens"], &messages["capabilities"]), (&Value::Null, &Value::Null));
        assert!(find(&listed(Dialect::Chat, None), "id", "fast").get("context_window").is_none());
        let one = one(&settings(), None, Dialect::Gemini, "claude-haiku-4-5").expect("it");
        let one: Value = serde_json::from_slice(&one).expect("JSON");
        assert_eq!((&one["name"], &one["outputTokenLimit"]), (&json!("models/claude-haiku-4-5"), &json!(64_000)));
    }

    #[test]
    fn configured_models_and_routes_have_their_limits() {
        let json = r#"{"providers":{"claude":{"kind":"anthropic","api_key":"${A}"},
                "plain":{"kind":"openai-compatible","base_url":"http://a/v1","models":{"ours":{"context":1000,"max_output":500}}}},
            "models":{"both":{"targets":["claude/claude-opus-5-5","plain/ours"]},"one":{"targets":["claude/claude-opus-5-5","plain/other"]}}}"#;
        let secret = |_: &str| Some("a".to_owned());
        let settings =
            Config::from_json(json).and_then(|config| config.resolve(Platform::Local, &secret)).expect("settings");
        let limits = |id: &str| {
            let model = every(&settings).into_iter().find(|model| model.id == id).expect(id);
            (model.context, model.max_output)
        };
        assert_eq!(limits("plain/ours"), (Some(1000), Some(500)));
        assert_eq!(limits("both"), (Some(1000), Some(500)));
        assert_eq!(limits("one"), (None, None));
    }

    #[test]
    fn pages_cover_the_list_once() {
        let mut ids = Vec::new();
        let mut query = "limit=7".to_owned();
        loop {
            let page = listed(Dialect::Messages, Some(&query));
            ids.extend(page["data"].as_array().into_iter().flatten().map(|model| model["id"].clone()));
            if page["has_more"] == false {
                break;
            }
            query = format!("limit=7&after_id={}", page["last_id"].as_str().unwrap_or_default().replace('/', "%2F"));
        }
        assert_eq!(ids.len(), reachable(&settings(), None).len());
        let mut backwards = Vec::new();
        let mut before = ids.last().and_then(Value::as_str).unwrap_or_default().to_owned();
        loop {
            let query = format!("limit=7&before_id={}", before.replace('/', "%2F"));
            let page = listed(Dialect::Messages, Some(&query));
            let part: Vec<_> = page["data"].as_array().into_iter().flatten().map(|model| model["id"].clone()).collect();
            backwards.splice(0..0, part);
            if page["has_more"] == false {
                break;
            }
            before = page["first_id"].as_str().unwrap_or_default().to_owned();
        }
        assert_eq!(backwards.as_slice(), ids.split_last().expect("some").1);
        let first = listed(Dialect::Gemini, Some("pageSize=3"));
        let next = listed(Dialect::Gemini, Some("pageSize=1000&pageToken=3"));
        assert_eq!(first["nextPageToken"], "3");
        assert!(next.get("nextPageToken").is_none());
        for query in ["limit=0", "limit=x", "after_id=nobody"] {
            assert!(list(&settings(), None, Dialect::Messages, Some(query)).is_err(), "{query}");
        }
    }

    #[test]
    fn a_key_sees_what_it_may_ask_for() {
        let key = ClientKey { name: "k".into(), models: Some(vec![ModelPattern::Exactly("fast".into())]) };
        let listed = list(&settings(), Some(&key), Dialect::Chat, None).expect("a list");
        let listed: Value = serde_json::from_slice(&listed).expect("JSON");
        assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
        assert!(one(&settings(), Some(&key), Dialect::Chat, "mock/x").is_err());
        assert!(one(&settings(), None, Dialect::Chat, "mock/x").is_ok());
        assert!(one(&settings(), None, Dialect::Chat, "nobody/x").is_err());
        assert!(one(&settings(), None, Dialect::Gemini, "models/fast").is_ok());
        assert!(one(&settings(), None, Dialect::Messages, "claude-opus-5").is_ok());
        assert!(one(&settings(), None, Dialect::Messages, "gpt-5").is_err());
        let bare = ClientKey { name: "k".into(), models: Some(vec![ModelPattern::Prefix("claude-".into())]) };
        let ids: Vec<String> = reachable(&settings(), Some(&bare)).into_iter().map(|model| model.id).collect();
        assert!(
            ids.iter().any(|id| id == "claude-opus-5") && ids.iter().all(|id| id.starts_with("claude-")),
            "{ids:?}"
        );
        assert!(one(&settings(), Some(&bare), Dialect::Messages, "claude-opus-5").is_ok());
    }
}
