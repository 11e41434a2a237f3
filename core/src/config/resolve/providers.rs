//! Providers: where they are, what they are asked where, in what dialects.

use http::header::{HeaderName, HeaderValue};

use super::{Platform, Resolver, Table};
use crate::config::{ParametersConfig, ProviderConfig, nearest};
use crate::dialect::{Dialect, DialectSet};
use crate::host::Identity;
use crate::provider::rule::{Change, Rule};
use crate::provider::{
    BaseUrl, Door, Doors, Entrance, Entrances, Field, Kind, OnAbort, Origin, Provider, behind, fill,
};
use crate::wire::doc::Doc;

/// What a configuration says of a provider's place.
pub(super) struct Place(Vec<(Field, String)>);

impl Place {
    pub(super) fn get(&self, field: Field) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == field).map(|(_, value)| value.as_str())
    }
}

/// What a template may leave to each request.
const OPEN: [&str; 3] = ["model", "method", "version"];

/// Headers that are the gateway's own to set.
const RESERVED: [&str; 9] = [
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "accept-encoding",
    "te",
    "upgrade",
    "expect",
];

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
        let dated = place.get(Field::ApiVersion).and(kind.dated.as_ref()).map(|dated| &dated.doors);
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
        let dated = kind.dated.as_ref().zip(place.get(Field::ApiVersion));
        let too_old = dated.is_some_and(|(dated, version)| version < dated.usage_since);
        let dialects = self.dialects(&format!("providers.{name}.dialects"), written.dialects.as_deref(), kind);
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
            headers: self.headers(name, written, kind),
            rules: self.rules(name, &written.parameters),
            models: self.model_facts(name, &written.models),
            http2: written.http2,
            drains: self.drains(name, written, kind),
            include_usage: written.include_usage.unwrap_or(kind.include_usage && !too_old),
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

    fn place(&mut self, name: &str, written: &ProviderConfig, kind: &'static Kind) -> Place {
        let mut place = Place(Vec::new());
        for row in kind.fields {
            let path = format!("providers.{name}.{}", row.field.name());
            let mut source = None;
            let value = match written.field(row.field) {
                Some(text) => self.value(&path, text),
                None => {
                    let told = row.variables.iter().find_map(|name| {
                        let value = (self.around.variable)(name).filter(|value| !value.trim().is_empty())?;
                        source = Some(*name);
                        Some(value)
                    });
                    let told = told.or_else(|| row.default.map(str::to_owned));
                    told.or_else(|| self.in_credentials(written, kind, row.field))
                }
            };
            let Some(value) = value.map(|value| value.trim().to_owned()) else { continue };
            // These stand in host names and paths: a `/`, a `#` or an `@` would lead a key elsewhere.
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            let is_project = |byte: u8| row.field == Field::Project && (byte == b'.' || byte == b':');
            if value.is_empty() || value.len() > 64 || !value.bytes().all(|byte| is_plain(byte) || is_project(byte)) {
                let from = source.map_or_else(String::new, |name| format!(", which {name} holds,"));
                let message = format!(
                    "the {}{from} is letters, digits and dashes, at most 64 of them, such as \"{}\"",
                    row.field.name(),
                    row.example
                );
                self.problems.add(path, message);
                continue;
            }
            place.0.push((row.field, value));
        }
        place
    }

    /// A service account's file names its project.
    fn in_credentials(&self, written: &ProviderConfig, kind: &'static Kind, field: Field) -> Option<String> {
        if kind.identity != Some(Identity::Google) || field != Field::Project {
            return None;
        }
        let file = self.google_file(written)?.ok()?;
        let doc = Doc::parse(&file).ok()?;
        doc.root().get_str("project_id").map(std::borrow::Cow::into_owned)
    }

    fn base_url(
        &mut self,
        name: &str,
        written: &ProviderConfig,
        kind: &'static Kind,
        place: &Place,
    ) -> Option<BaseUrl> {
        if let Some(binding) = &written.binding {
            return BaseUrl::of_binding(binding);
        }
        let path = format!("providers.{name}.base_url");
        let regional = place.get(Field::Region).and_then(|region| kind.in_region(region));
        let template = written.base_url.as_deref().or(regional).or(kind.base_url);
        match template {
            _ if kind.built_in => None,
            Some(text) => {
                let filled = self.filled(name, &path, text, kind, place, false)?;
                BaseUrl::parse(&filled).map_err(|problem| self.problems.add(path, problem)).ok()
            }
            None => {
                let example = if kind.dialects.contains(Dialect::Messages) {
                    "required, such as \"https://api.example.com\", without the `/v1` that its paths begin with"
                } else {
                    "required, such as \"http://127.0.0.1:8000/v1\""
                };
                self.problems.add(path, example);
                None
            }
        }
    }

    /// A template with what the configuration knows; `open`: what only requests know may stay.
    fn filled(
        &mut self,
        name: &str,
        path: &str,
        template: &str,
        kind: &'static Kind,
        place: &Place,
        open: bool,
    ) -> Option<String> {
        let mut wrong = None;
        let mut filled = String::with_capacity(template.len() + 16);
        fill(template, &mut filled, |asked, out| {
            let field = Field::ALL.into_iter().find(|field| field.name() == asked);
            match field.and_then(|field| kind.field(field)) {
                Some(row) => match place.get(row.field) {
                    Some(value) => out.push_str(value),
                    None => wrong = wrong.take().or(Some(Err(row))),
                },
                None if open && OPEN.contains(&asked) => {
                    out.push('{');
                    out.push_str(asked);
                    out.push('}');
                }
                None => wrong = Some(Ok(asked.to_owned())),
            }
        });
        match wrong {
            None => Some(filled),
            Some(Err(row)) => {
                let path = format!("providers.{name}.{}", row.field.name());
                // Said once, however many paths it stands in; and not of one that is there and wrong.
                if self.problems.0.iter().all(|problem| problem.path != path) {
                    let or = match row.variables.first() {
                        Some(variable) => format!(", or set {variable}"),
                        None => String::new(),
                    };
                    let message = format!("required; write {} = \"{}\"{or}", row.field.name(), row.example);
                    self.problems.add(path, message);
                }
                None
            }
            Some(Ok(asked)) => {
                let mut known: Vec<_> = kind.fields.iter().map(|row| row.field.name()).collect();
                if open {
                    known.extend(OPEN);
                }
                let known: Vec<_> = known.iter().map(|name| format!("{{{name}}}")).collect();
                let message = match known.as_slice() {
                    [] => format!("`{{{asked}}}` stands for nothing here; write what is meant"),
                    known => format!("`{{{asked}}}` stands for nothing; there are {}", known.join(", ")),
                };
                self.problems.add(path, message);
                None
            }
        }
    }

    fn told_paths(&mut self, name: &str, written: &ProviderConfig) {
        for told in written.paths.names().filter(|told| Door::named(told).is_none()) {
            let known: Vec<_> = Door::ALL.iter().map(|door| door.name()).collect();
            let message = format!("there is no operation of that name; there are {}", known.join(", "));
            self.problems.add(format!("providers.{name}.paths.{told}"), message);
        }
    }

    fn entrances(
        &mut self,
        name: &str,
        written: &ProviderConfig,
        kind: &'static Kind,
        (doors, base_url, place): (&Doors, Option<&BaseUrl>, &Place),
    ) -> Entrances {
        let mut entrances = Entrances::default();
        let Some(base_url) = base_url else { return entrances };
        for door in Door::ALL {
            let doorway = doors.doorway(door);
            let told = written.paths.get(door.name());
            let path = format!("providers.{name}.paths.{}", door.name());
            let Some(template) = told.map(String::as_str).or(doorway.map(|doorway| doorway.path)) else { continue };
            // What is wrong is said once, however many models have doors of their own.
            if self.problems.0.iter().any(|problem| problem.path == path) {
                continue;
            }
            if !template.starts_with('/') {
                self.problems.add(path, "a path begins with `/` and stands behind the base URL");
                continue;
            }
            // Another origin of the vendor's own, unless the configuration says where the provider is.
            let elsewhere = doorway.and_then(|doorway| doorway.origin).filter(|_| written.base_url.is_none());
            let base = match elsewhere.filter(|_| told.is_none()) {
                Some(origin) => {
                    let filled = self.filled(name, &path, origin, kind, place, false);
                    let Some(base) = filled.and_then(|url| BaseUrl::parse(&url).ok()) else { continue };
                    base
                }
                None => base_url.clone(),
            };
            let Some(filled) = self.filled(name, &path, template, kind, place, true) else { continue };
            let service = doorway.map_or("", |doorway| doorway.service);
            match Entrance::new(base.origin, behind(&base.path, &filled), service) {
                Some(entrance) => entrances.set(door, entrance),
                None => self.problems.add(path, "the path cannot stand in a URL"),
            }
        }
        entrances
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

    fn headers(&mut self, name: &str, written: &ProviderConfig, kind: &'static Kind) -> Vec<(HeaderName, HeaderValue)> {
        let of_kind =
            kind.headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let mut headers: Vec<_> = of_kind.collect();
        for (header, text) in written.headers.iter() {
            let path = format!("providers.{name}.headers.{header}");
            let header = match HeaderName::from_bytes(header.as_bytes()) {
                Ok(header) if RESERVED.contains(&header.as_str()) => {
                    self.problems.add(path, "this header is the gateway's own to set; remove it");
                    continue;
                }
                Ok(header) => header,
                Err(_) => {
                    self.problems.add(path, "this is no header's name");
                    continue;
                }
            };
            let is_secret = ["authorization", "key", "token", "secret", "cookie"];
            let is_secret = is_secret.iter().any(|word| header.as_str().contains(word));
            let value = if is_secret { self.reference(&path, text) } else { self.value(&path, text) };
            let Some(value) = value else { continue };
            match HeaderValue::from_str(value.trim()) {
                Ok(mut value) => {
                    value.set_sensitive(is_secret || text.starts_with("${"));
                    headers.retain(|(known, _)| *known != header);
                    headers.push((header, value));
                }
                Err(_) => self.problems.add(path, "the value holds characters that no header has"),
            }
        }
        headers
    }

    fn rules(&mut self, name: &str, written: &ParametersConfig) -> Vec<Rule> {
        const BODIES: &[Door] = &[
            Door::Chat,
            Door::Embeddings,
            Door::Responses,
            Door::Messages,
            Door::MessagesStream,
            Door::Gemini,
            Door::Converse,
        ];
        let mut rules = Vec::new();
        let mut add = |problems: &mut super::Problems, field: &str, name: &str, change: Change| {
            if matches!(name, "model" | "stream" | "messages" | "input" | "contents") {
                problems.add(field.to_owned(), format!("`{name}` is what the request is; it cannot be changed here"));
            }
            rules.push(Rule { doors: BODIES.into(), change });
        };
        let path = |field: &str| format!("providers.{name}.parameters.{field}");
        for (index, parameter) in written.drop.iter().enumerate() {
            let field = format!("{}[{index}]", path("drop"));
            add(&mut self.problems, &field, parameter, Change::Drop(parameter.clone().into()));
        }
        for (parameter, other) in written.rename.iter() {
            let change = Change::Rename(parameter.to_owned().into(), other.clone().into());
            add(&mut self.problems, &format!("{}.{parameter}", path("rename")), parameter, change);
        }
        for (parameter, value) in written.set.iter() {
            let change = Change::Set(parameter.to_owned().into(), value.0.to_string().into());
            add(&mut self.problems, &format!("{}.{parameter}", path("set")), parameter, change);
        }
        for (parameter, value) in written.default.iter() {
            let change = Change::Default(parameter.to_owned().into(), value.0.to_string().into());
            add(&mut self.problems, &format!("{}.{parameter}", path("default")), parameter, change);
        }
        rules
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

impl ProviderConfig {
    fn field(&self, field: Field) -> Option<&str> {
        match field {
            Field::Region => &self.region,
            Field::Project => &self.project,
            Field::Resource => &self.resource,
            Field::Account => &self.account,
            Field::ApiVersion => &self.api_version,
        }
        .as_deref()
    }
}
