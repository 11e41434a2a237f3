//! Providers: where they are, what they are asked where, in what dialects.

use http::header::{HeaderName, HeaderValue};

use super::{Platform, Resolver, Table};
use crate::config::{ProviderConfig, nearest};
use crate::dialect::{Dialect, DialectSet};
use crate::provider::{Doors, Entrances, Field, Kind, OnAbort, Origin, Provider};

impl Resolver<'_> {
    pub(super) fn providers(&mut self, written: &Table<ProviderConfig>) -> Vec<Provider> {
        // A table goes in the order of names, which `Settings::provider` relies on.
        written.iter().filter_map(|(name, provider)| self.provider(name, provider)).collect()
    }

    fn provider(&mut self, name: &str, written: &ProviderConfig) -> Option<Provider> {
        if name.is_empty() || name.contains('/') || name == "models" {
            let message = "a provider's name is not empty, holds no `/` and is not `models`: nobody could ask for it";
            self.problems.add(format!("providers.{name}"), message);
        }
        let kind = self.kind(name, written)?;
        let kind = match written.binding.as_deref() {
            Some(binding) => self.bound(name, written, kind, binding)?,
            None => kind,
        };
        self.misplaced(name, written, kind);
        let place = self.place(name, written, kind);
        let before = self.problems.0.len();
        let base_url = self.base_url(name, written, kind, &place);
        let dated = place.get(Field::ApiVersion).and(kind.dated).map(|dated| &dated.doors);
        self.told_paths(name, written);
        let mut entrances = |doors: &Doors| self.entrances(name, written, kind, (doors, base_url.as_ref(), &place));
        let all = entrances(dated.unwrap_or(&kind.doors));
        let apart = kind.speaks.iter().enumerate();
        let apart: Vec<_> = apart.filter_map(|(place, speaks)| Some((place, entrances(speaks.doors?)))).collect();
        if self.problems.0.len() > before || (base_url.is_none() && !kind.built_in) {
            return None;
        }
        let origins = origins(apart.iter().map(|(_, entrances)| entrances).chain([&all]));
        let credentials = self.credentials(name, written, kind, origins, &place);
        let dated = kind.dated.zip(place.get(Field::ApiVersion));
        let too_old = dated.is_some_and(|(dated, version)| version < dated.usage_since);
        let dialects = self.dialects(&format!("providers.{name}.dialects"), written.dialects.as_deref(), kind);
        let mut headers = self.headers(name, written, kind);
        if let Some(project) = self.in_google_file(written, kind, "quota_project_id")
            && headers.iter().all(|(known, _)| known != "x-goog-user-project")
            && let Ok(project) = HeaderValue::from_str(&project)
        {
            // Whose quota a person's requests count against: google-auth sends it with such a file alone.
            headers.push((HeaderName::from_static("x-goog-user-project"), project));
        }
        Some(Provider {
            name: name.into(),
            account: crate::provider::account(name),
            kind,
            base_url,
            entrances: all,
            apart,
            credentials,
            dialects,
            told_dialects: written.dialects.is_some(),
            region: place.get(Field::Region).unwrap_or_default().into(),
            headers,
            rules: self.rules(name, &written.parameters),
            models: self.model_facts(name, &written.models),
            http2: written.http2,
            drains: self.drains(name, written, kind),
            include_usage: written.include_usage.unwrap_or(kind.include_usage && !too_old)
                && !written.parameters.names("stream_options"),
        })
    }

    fn kind(&mut self, name: &str, written: &ProviderConfig) -> Option<&'static Kind> {
        let asked = written.kind.as_deref().unwrap_or(name);
        let kind = Kind::named(asked);
        if kind.is_none() {
            let known: Vec<_> = Kind::all().map(|kind| kind.name).collect();
            let hint = match nearest(asked, &known) {
                Some(meant) => format!("did you mean \"{meant}\"? There are {}", known.join(", ")),
                None => format!("there are {}", known.join(", ")),
            };
            match &written.kind {
                Some(_) => self.problems.add(
                    format!("providers.{name}.kind"),
                    format!("no kind of provider is called \"{asked}\"; {hint}"),
                ),
                None => self.problems.add(
                    format!("providers.{name}"),
                    format!("no provider is known by the name \"{name}\"; add `kind`: {hint}"),
                ),
            }
        }
        kind
    }

    /// What the kind is where the Worker has a binding to it.
    fn bound(
        &mut self,
        name: &str,
        written: &ProviderConfig,
        kind: &'static Kind,
        binding: &str,
    ) -> Option<&'static Kind> {
        let path = format!("providers.{name}.binding");
        let Some((_, bound)) = kind.bound else {
            self.problems.add(path, format!("a provider of kind {} is reached by no binding; remove it", kind.name));
            return None;
        };
        if self.platform != Platform::Workers {
            let key = kind.key_variables.first().copied().unwrap_or_default();
            let account = kind.fields.first().map_or(String::new(), |row| format!("{} = \"…\" and ", row.field.name()));
            let message =
                format!("only a Cloudflare Worker has bindings; write {account}api_key = \"${{{key}}}\" instead");
            self.problems.add(path, message);
            return None;
        }
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if binding.is_empty() || !binding.bytes().all(is_name) || !(self.around.binding)(binding) {
            let message = "the Worker has no binding of that name; write [ai] and binding = \"AI\" into wrangler.toml, \
                           and binding = \"AI\" here";
            self.problems.add(path, message);
            return None;
        }
        let given = [
            ("base_url", written.base_url.is_some()),
            ("api_key", written.api_key.is_some()),
            ("api_keys", written.api_keys.is_some()),
            ("key_header", written.key_header.is_some()),
            ("http2", written.http2),
        ];
        for (field, _) in given.into_iter().filter(|(_, given)| *given) {
            let message = "what a binding leads to has no address and takes no key; remove it, or `binding`";
            self.problems.add(format!("providers.{name}.{field}"), message);
        }
        Some(bound)
    }

    /// Fields that the kind has no use for.
    fn misplaced(&mut self, name: &str, written: &ProviderConfig, kind: &'static Kind) {
        let given = [
            ("base_url", written.base_url.is_some()),
            ("api_key", written.api_key.is_some()),
            ("api_keys", written.api_keys.is_some()),
            ("http2", written.http2),
        ];
        for (field, _) in given.into_iter().filter(|(_, given)| *given && kind.built_in) {
            let message = "the built-in mock has no address and takes no key; remove it";
            self.problems.add(format!("providers.{name}.{field}"), message);
        }
        for field in Field::ALL {
            if written.field(field).is_some() && kind.field(field).is_none() {
                let message = format!("a provider of kind {} has no {}; remove it", kind.name, field.name());
                self.problems.add(format!("providers.{name}.{}", field.name()), message);
            }
        }
    }

    fn dialects(&mut self, path: &str, written: Option<&[String]>, kind: &'static Kind) -> DialectSet {
        let Some(written) = written else { return kind.dialects };
        let mut dialects = DialectSet::default();
        for (index, name) in written.iter().enumerate() {
            match Dialect::named(name) {
                Some(dialect) if kind.possible.contains(dialect) => dialects.insert(dialect),
                _ => self.problems.add(
                    format!("{path}[{index}]"),
                    format!("a provider of kind {} speaks {}", kind.name, kind.possible),
                ),
            }
        }
        if written.is_empty() {
            self.problems.add(path, "must name at least one dialect");
        }
        dialects
    }

    fn drains(&mut self, name: &str, written: &ProviderConfig, kind: &'static Kind) -> bool {
        match written.on_client_gone.as_deref() {
            None => kind.on_abort == OnAbort::BillsAll,
            Some("drain") => true,
            Some("abort") => false,
            Some(_) => {
                let message = "write \"abort\" to close the stream, or \"drain\" to read it on for its usage";
                self.problems.add(format!("providers.{name}.on_client_gone"), message);
                false
            }
        }
    }
}

/// Every origin that requests may go to, each once.
fn origins<'a>(all: impl Iterator<Item = &'a Entrances>) -> Vec<Origin> {
    let mut origins: Vec<Origin> = Vec::with_capacity(1);
    for origin in all.flat_map(Entrances::origins) {
        if !origins.contains(origin) {
            origins.push(origin.clone());
        }
    }
    origins
}
