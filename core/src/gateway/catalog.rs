//! The models that a caller may ask for, in the shape of who asks.

use super::plan::{self, Named};
use crate::config::Settings;
use crate::dialect::Dialect;
use crate::error::{Class, Error};
use crate::policy::keys::ClientKey;
use crate::provider::models;
use crate::wire::percent;
use crate::wire::text::push_string;

/// A model by the name that clients ask for, and who answers.
struct Listed {
    id: String,
    owner: String,
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
    let models = reachable(settings, key);
    let parameter = |name: &str| query.and_then(|query| parameter(query, name));
    let mut out = Vec::new();
    match dialect {
        Dialect::Chat | Dialect::Responses | Dialect::Converse => {
            out.extend_from_slice(b"{\"object\":\"list\",\"data\":");
            push_list(&mut out, dialect, &models);
        }
        Dialect::Messages => {
            let limit = size(parameter("limit"), "limit", 20)?;
            // `has_more` is told in the direction of the walk.
            let (start, end, has_more) = match (parameter("after_id"), parameter("before_id")) {
                (None, Some(id)) => {
                    let end = place(&models, &id, "before_id")?;
                    let start = end.saturating_sub(limit);
                    (start, end, start > 0)
                }
                (after, _) => {
                    let start = after.map_or(Ok(0), |id| place(&models, &id, "after_id").map(|place| place + 1))?;
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
            let limit = size(parameter("pageSize"), "pageSize", 50)?;
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
    let owner = match plan::find(settings, id) {
        Ok(Named::Route(_)) => Some("gatelet"),
        Ok(Named::Target(place, _)) => settings.providers.get(place).map(|provider| &*provider.name),
        Err(_) => None,
    };
    let owner = owner.filter(|_| key.is_none_or(|key| plan::may_ask(settings, key, id)));
    let Some(model) = owner.map(|owner| Listed { id: id.to_owned(), owner: owner.to_owned() }) else {
        let shown: String = id.chars().take(128).collect();
        return Err(Error::new(Class::ModelNotFound, format!("the model `{shown}` does not exist here")).about("model"));
    };
    let mut out = Vec::new();
    push_model(&mut out, dialect, &model);
    Ok(out)
}

/// The names the configuration gives, and the known models of its providers.
pub fn names(settings: &Settings) -> Vec<(String, String)> {
    reachable(settings, None).into_iter().map(|model| (model.id, model.owner)).collect()
}

fn reachable(settings: &Settings, key: Option<&ClientKey>) -> Vec<Listed> {
    let routes = settings.routes.names().map(|name| Listed { id: name.to_owned(), owner: "gatelet".to_owned() });
    let known = settings.providers.iter().flat_map(|provider| {
        let built_in = provider.kind.built_in.then(|| format!("{}/hello", provider.name));
        let mut known = Vec::new();
        models::each(provider.kind.name, &provider.region, &mut |prefix, row| {
            known.push([&*provider.name, "/", prefix, row.id].concat());
        });
        built_in.into_iter().chain(known).map(|id| Listed { id, owner: provider.name.to_string() })
    });
    routes.chain(known).filter_map(|model| by_its_name(settings, key, model)).collect()
}

/// The model, by the name that the key may ask for it by: its full one or, where that leads to the same, the bare one.
fn by_its_name(settings: &Settings, key: Option<&ClientKey>, model: Listed) -> Option<Listed> {
    let Some(key) = key else { return Some(model) };
    if key.allows(&model.id) {
        return Some(model);
    }
    let (provider, bare) = model.id.split_once('/')?;
    let same = match plan::find(settings, bare) {
        Ok(Named::Target(place, name)) => {
            name == bare && settings.providers.get(place).is_some_and(|known| *known.name == *provider)
        }
        _ => false,
    };
    (same && key.allows(bare)).then(|| Listed { id: bare.to_owned(), owner: model.owner.clone() })
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

fn push_model(out: &mut Vec<u8>, dialect: Dialect, model: &Listed) {
    match dialect {
        Dialect::Chat | Dialect::Responses | Dialect::Converse => {
            out.extend_from_slice(b"{\"id\":");
            push_string(out, &model.id);
            out.extend_from_slice(b",\"object\":\"model\",\"created\":0,\"owned_by\":");
            push_string(out, &model.owner);
            out.push(b'}');
        }
        Dialect::Messages => {
            out.extend_from_slice(b"{\"type\":\"model\",\"id\":");
            push_string(out, &model.id);
            out.extend_from_slice(b",\"display_name\":");
            push_string(out, &model.id);
            // All keys of the official type (anthropic-sdk-python, `types/model_info.py`): the release date "may be set
            // to an epoch value if [it] is unknown", and `null` is what is not known.
            out.extend_from_slice(
                b",\"created_at\":\"1970-01-01T00:00:00Z\",\"lifecycle\":\"active\",\"deprecated_at\":null,\
                  \"retires_at\":null,\"line\":null,\"capabilities\":null,\"max_input_tokens\":null,\"max_tokens\":null}",
            );
        }
        Dialect::Gemini => {
            out.extend_from_slice(b"{\"name\":");
            push_string(out, &["models/", &model.id].concat());
            out.extend_from_slice(b",\"displayName\":");
            push_string(out, &model.id);
            out.extend_from_slice(b",\"supportedGenerationMethods\":[");
            out.extend_from_slice(if model.id.contains("embedding") {
                b"\"embedContent\",\"batchEmbedContents\",\"countTokens\"]}".as_slice()
            } else {
                b"\"generateContent\",\"streamGenerateContent\",\"countTokens\"]}".as_slice()
            });
        }
    }
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
