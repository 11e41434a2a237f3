//! Which models there are, by the names that they are asked for by.

use crate::config::Settings;
use crate::gateway::plan::{self, Named};
use crate::policy::keys::ClientKey;
use crate::provider::models::{self, Mark, Row};
use crate::provider::{Provider, Route};

/// A model by the name that clients ask for, and who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The name.
    pub id: String,
    /// The provider's name; `gatelet` for one of the configuration's own.
    pub owner: String,
    /// The provider that is asked first, as a place in the settings, and the model's name there.
    pub target: Option<(usize, String)>,
    /// The most tokens of a prompt, where it is known.
    pub context: Option<u64>,
    /// The most tokens of an answer, where it is known.
    pub max_output: Option<u64>,
    /// It makes embeddings and nothing else.
    pub embedding: bool,
}

/// Everything that the configuration makes reachable by a known name: its own names, what it says of its providers' models,
/// and the built-in table's.
pub fn every(settings: &Settings) -> Vec<Listed> {
    reachable(settings, None)
}

/// The same, by the names that the key may ask for.
pub(super) fn reachable(settings: &Settings, key: Option<&ClientKey>) -> Vec<Listed> {
    let mut list = Vec::new();
    let mut add = |model| list.extend(by_its_name(settings, key, model));
    for (name, route) in settings.routes.iter() {
        add(of_route(settings, name, route));
    }
    for (place, provider) in settings.providers.iter().enumerate() {
        if provider.kind.built_in {
            add(at(place, provider, "hello", None));
        }
        // What the configuration tells of and the table does not have.
        for name in provider.models.names() {
            if !models::is_known(provider.kind.name, name) {
                add(at(place, provider, name, None));
            }
        }
        models::each(provider.kind.name, &provider.region, &mut |prefix, row| {
            add(at(place, provider, &[prefix, row.id].concat(), Some(row)));
        });
    }
    list
}

/// The model of that name, whether or not it is known; `None` if it leads nowhere.
pub(super) fn named(settings: &Settings, id: &str) -> Option<Listed> {
    match plan::find(settings, id).ok()? {
        Named::Route(route) => Some(of_route(settings, id, route)),
        Named::Target(place, model) => {
            let provider = settings.providers.get(place)?;
            let row = models::find(provider.kind.name, model).map(|found| found.row);
            Some(Listed { id: id.to_owned(), ..at(place, provider, model, row) })
        }
    }
}

/// A model that the provider itself tells of, by its name there.
pub(in crate::gateway) fn told(place: usize, provider: &Provider, model: &str) -> Listed {
    at(place, provider, model, models::find(provider.kind.name, model).map(|found| found.row))
}

/// A name of the configuration's own: its limits are the least of its targets', if all of those are known.
fn of_route(settings: &Settings, name: &str, route: &Route) -> Listed {
    let limits = |target: &crate::provider::Target| {
        settings.providers.get(target.provider).map(|provider| provider.limits(&target.model)).unwrap_or_default()
    };
    let least = |limit: fn(&models::ModelFacts) -> Option<u64>| {
        let mut all = route.targets.iter().map(|target| limit(&limits(target)));
        let first = all.next()??;
        all.try_fold(first, |least, limit| Some(least.min(limit?)))
    };
    let first = route.targets.first();
    Listed {
        id: name.to_owned(),
        owner: "gatelet".to_owned(),
        target: first.map(|target| (target.provider, target.model.to_string())),
        context: least(|limits| limits.context),
        max_output: least(|limits| limits.max_output),
        embedding: first.is_some_and(|target| is_embedding(None, &target.model)),
    }
}

fn at(place: usize, provider: &Provider, model: &str, row: Option<Row<'_>>) -> Listed {
    let told = provider.models.get(model).copied().unwrap_or_default();
    Listed {
        id: [&*provider.name, "/", model].concat(),
        owner: provider.name.to_string(),
        target: Some((place, model.to_owned())),
        context: told.context.or_else(|| row?.context()),
        max_output: told.max_output.or_else(|| row?.max_output()),
        embedding: is_embedding(row, model),
    }
}

fn is_embedding(row: Option<Row<'_>>, model: &str) -> bool {
    row.map_or_else(|| model.contains("embedding"), |row| row.is(Mark::Embedding))
}

/// The model, by the name that the key may ask for it by: its full one or, where that leads to the same, the bare one.
pub(in crate::gateway) fn by_its_name(settings: &Settings, key: Option<&ClientKey>, model: Listed) -> Option<Listed> {
    let Some(key) = key else { return Some(model) };
    if key.allows(&model.id) {
        return Some(model);
    }
    let (provider, bare) = model.id.split_once('/')?;
    if !key.allows(bare) {
        return None;
    }
    let same = match plan::find(settings, bare) {
        Ok(Named::Target(place, name)) => {
            name == bare && settings.providers.get(place).is_some_and(|known| *known.name == *provider)
        }
        _ => false,
    };
    same.then(|| Listed { id: bare.to_owned(), ..model.clone() })
}
