//! Where a provider is, and where each thing is asked of it.

use super::Resolver;
use crate::config::ProviderConfig;
use crate::dialect::Dialect;
use crate::host::Identity;
use crate::provider::{BaseUrl, Door, Doors, Entrance, Entrances, Field, Kind, behind, fill};
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

impl Resolver<'_> {
    pub(super) fn place(&mut self, name: &str, written: &ProviderConfig, kind: &'static Kind) -> Place {
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
                    told.or_else(|| {
                        self.in_google_file(written, kind, "project_id").filter(|_| row.field == Field::Project)
                    })
                }
            };
            let Some(value) = value.map(|value| value.trim().to_owned()) else { continue };
            // These stand in host names and paths: a `/`, a `#` or an `@` would lead a key elsewhere.
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            let is_project = |byte: u8| row.field == Field::Project && (byte == b'.' || byte == b':');
            let is_step = value.bytes().all(|byte| byte == b'.');
            if is_step || value.len() > 64 || !value.bytes().all(|byte| is_plain(byte) || is_project(byte)) {
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

    /// A text of the credential file of Google's, if the kind has one: a service account's names its project.
    pub(super) fn in_google_file(&self, written: &ProviderConfig, kind: &'static Kind, member: &str) -> Option<String> {
        if kind.identity != Some(Identity::Google) {
            return None;
        }
        let file = self.google_file(written)?.ok()?;
        let doc = Doc::parse(&file).ok()?;
        doc.root().get_str(member).map(std::borrow::Cow::into_owned)
    }

    pub(super) fn base_url(
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

    pub(super) fn told_paths(&mut self, name: &str, written: &ProviderConfig) {
        for told in written.paths.names().filter(|told| Door::named(told).is_none()) {
            let known: Vec<_> = Door::ALL.iter().map(|door| door.name()).collect();
            let message = format!("there is no operation of that name; there are {}", known.join(", "));
            self.problems.add(format!("providers.{name}.paths.{told}"), message);
        }
    }

    pub(super) fn entrances(
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
}

impl ProviderConfig {
    pub(super) fn field(&self, field: Field) -> Option<&str> {
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
