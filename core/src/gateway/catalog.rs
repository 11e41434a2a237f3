//! The models that a caller may ask for, in the shape of who asks.

use serde_json::{Value, json};

use crate::config::Settings;
use crate::dialect::Dialect;
use crate::error::{Class, Error};
use crate::policy::keys::ClientKey;
use crate::provider::known_models;
use crate::wire::percent;

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
    let list = match dialect {
        Dialect::Chat | Dialect::Responses => {
            json!({"object": "list", "data": models.iter().map(openai).collect::<Vec<_>>()})
        }
        Dialect::Messages => {
            let limit = size(parameter("limit"), "limit", 20)?;
            let start = match (parameter("after_id"), parameter("before_id")) {
                (Some(id), _) => place(&models, &id, "after_id")? + 1,
                (None, Some(id)) => place(&models, &id, "before_id")?.saturating_sub(limit),
                (None, None) => 0,
            };
            let page: Vec<Value> = models.iter().skip(start).take(limit).map(anthropic).collect();
            json!({
                "has_more": start + page.len() < models.len(),
                "first_id": page.first().map(|model| &model["id"]), "last_id": page.last().map(|model| &model["id"]), "data": page,
            })
        }
        Dialect::Gemini => {
            let limit = size(parameter("pageSize"), "pageSize", 50)?;
            let start = match parameter("pageToken").filter(|token| !token.is_empty()) {
                Some(token) => token.parse().map_err(|_| invalid("pageToken", "it is none of ours"))?,
                None => 0,
            };
            let page: Vec<Value> = models.iter().skip(start).take(limit).map(gemini).collect();
            let end = start.saturating_add(page.len());
            match end < models.len() {
                true => json!({"models": page, "nextPageToken": end.to_string()}),
                false => json!({"models": page}),
            }
        }
    };
    Ok(list.to_string().into_bytes())
}

/// One model.
///
/// # Errors
/// There is no such model for the caller.
pub(crate) fn one(settings: &Settings, key: Option<&ClientKey>, dialect: Dialect, id: &str) -> Result<Vec<u8>, Error> {
    let id = id.strip_prefix("models/").unwrap_or(id);
    let named = reachable(settings, key).into_iter().find(|model| model.id == id);
    // Any name behind a configured provider can be asked for, known or not.
    let model = named.or_else(|| {
        let (provider, model) = id.split_once('/')?;
        let reachable = !model.is_empty() && settings.provider(provider).is_some() && may(key, id);
        reachable.then(|| Listed { id: id.to_owned(), owner: provider.to_owned() })
    });
    let Some(model) = model else {
        let shown: String = id.chars().take(128).collect();
        return Err(Error::new(Class::ModelNotFound, format!("the model `{shown}` does not exist here")).about("model"));
    };
    let shape = match dialect {
        Dialect::Chat | Dialect::Responses => openai(&model),
        Dialect::Messages => anthropic(&model),
        Dialect::Gemini => gemini(&model),
    };
    Ok(shape.to_string().into_bytes())
}

/// The names the configuration gives, and the known models of its providers.
pub fn names(settings: &Settings) -> Vec<(String, String)> {
    reachable(settings, None).into_iter().map(|model| (model.id, model.owner)).collect()
}

fn reachable(settings: &Settings, key: Option<&ClientKey>) -> Vec<Listed> {
    let routes = settings.routes.keys().map(|name| Listed { id: name.clone(), owner: "gatelet".to_owned() });
    let known = settings.providers.iter().flat_map(|provider| {
        let built_in = provider.kind.built_in.then(|| format!("{}/hello", provider.name));
        let models = known_models(provider.kind.name).map(|model| format!("{}/{}", provider.name, model.id));
        built_in.into_iter().chain(models).map(|id| Listed { id, owner: provider.name.to_string() })
    });
    routes.chain(known).filter(|model| may(key, &model.id)).collect()
}

fn may(key: Option<&ClientKey>, model: &str) -> bool {
    key.is_none_or(|key| key.allows(model))
}

fn openai(model: &Listed) -> Value {
    json!({"id": model.id, "object": "model", "created": 0, "owned_by": model.owner})
}

/// "May be set to an epoch value if the release date is unknown" (anthropic-sdk-python, `types/model_info.py`).
fn anthropic(model: &Listed) -> Value {
    json!({"type": "model", "id": model.id, "display_name": model.id, "created_at": "1970-01-01T00:00:00Z"})
}

fn gemini(model: &Listed) -> Value {
    json!({
        "name": format!("models/{}", model.id), "displayName": model.id,
        "supportedGenerationMethods": ["generateContent", "streamGenerateContent", "countTokens"],
    })
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
    }
}
