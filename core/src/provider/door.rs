//! Where each thing is asked of a provider: the doors of its house.
//!
//! A door is a path behind the base URL, as a template. What a configuration knows (`{region}`, `{project}`, …) is filled in
//! when it is read, what only a request knows (`{model}`, `{method}`, `{version}`) with each request.

use bytes::Bytes;
use http::Uri;
use http::uri::PathAndQuery;

use super::Origin;
use crate::policy::query;
use crate::wire::percent;

/// What can be asked of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// OpenAI chat completions.
    Chat,
    /// OpenAI embeddings.
    Embeddings,
    /// OpenAI Responses.
    Responses,
    /// OpenAI Responses, counting the tokens of the input.
    InputTokens,
    /// Anthropic Messages, whole.
    Messages,
    /// Anthropic Messages, streamed: where that has a path of its own.
    MessagesStream,
    /// Anthropic Messages, counting the tokens of the input.
    CountTokens,
    /// Gemini's methods on a model.
    Gemini,
    /// Bedrock Converse.
    Converse,
    /// A Bedrock model in its own format: embeddings.
    Invoke,
    /// A Vertex model in the format of its predictions: embeddings.
    Predict,
    /// The provider's own list of its models.
    Models,
    /// A second list beside it: of models that the first one has not.
    MoreModels,
}

impl Door {
    /// Every door, in the order of [`Doors`].
    pub const ALL: [Door; Door::COUNT] = [
        Door::Chat,
        Door::Embeddings,
        Door::Responses,
        Door::InputTokens,
        Door::Messages,
        Door::MessagesStream,
        Door::CountTokens,
        Door::Gemini,
        Door::Converse,
        Door::Invoke,
        Door::Predict,
        Door::Models,
        Door::MoreModels,
    ];
    const COUNT: usize = 13;

    /// The door's name in a configuration's `paths`.
    pub const fn name(self) -> &'static str {
        match self {
            Door::Chat => "chat",
            Door::Embeddings => "embeddings",
            Door::Responses => "responses",
            Door::InputTokens => "input_tokens",
            Door::Messages => "messages",
            Door::MessagesStream => "messages_stream",
            Door::CountTokens => "count_tokens",
            Door::Gemini => "gemini",
            Door::Converse => "converse",
            Door::Invoke => "invoke",
            Door::Predict => "predict",
            Door::Models => "models",
            Door::MoreModels => "more_models",
        }
    }

    /// The door of that name.
    pub fn named(name: &str) -> Option<Door> {
        Door::ALL.into_iter().find(|door| door.name() == name)
    }
}

/// A door as the provider table describes it.
#[derive(Clone, Copy, Debug)]
pub struct Doorway {
    /// The origin, where it is another than the base URL's: `https://bedrock-mantle.{region}.api.aws`. A configured base URL
    /// takes its place.
    pub origin: Option<&'static str>,
    /// The path behind the base URL, and a query where it needs one. One that begins with `/../` stands beside what the
    /// base URL ends in.
    pub path: &'static str,
    /// What a signature of AWS names as the service.
    pub service: &'static str,
}

/// A provider's doors, as the provider table describes them. There are many of these, and each byte counts on Workers.
#[derive(Clone, Copy, Debug)]
pub struct Doors {
    /// The path of each; empty where there is none.
    paths: [&'static str; Door::COUNT],
    origin: Option<&'static str>,
    list_origin: Option<&'static str>,
    service: &'static str,
}

impl Doors {
    /// No door at all.
    pub const NONE: Doors = Doors { paths: [""; Door::COUNT], origin: None, list_origin: None, service: "" };

    /// With this path for the door.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "a door's number is below the count of them")]
    pub const fn with(mut self, door: Door, path: &'static str) -> Self {
        self.paths[door as usize] = path;
        self
    }

    /// At this origin, all of them.
    #[must_use]
    pub const fn at(mut self, origin: &'static str) -> Self {
        self.origin = Some(origin);
        self
    }

    /// With the provider's list of its models at this origin and path.
    #[must_use]
    pub const fn listed_at(mut self, origin: &'static str, path: &'static str) -> Self {
        self.list_origin = Some(origin);
        self.with(Door::Models, path)
    }

    /// Signed for this service of AWS, all of them.
    #[must_use]
    pub const fn signed(mut self, service: &'static str) -> Self {
        self.service = service;
        self
    }

    /// The door, if the provider has it.
    pub fn doorway(&self, door: Door) -> Option<Doorway> {
        let path = self.paths.get(door as usize).filter(|path| !path.is_empty())?;
        let is_list = matches!(door, Door::Models | Door::MoreModels);
        let origin = if is_list { self.list_origin.or(self.origin) } else { self.origin };
        Some(Doorway { origin, path, service: self.service })
    }
}

/// A door of a configured provider.
#[derive(Clone, Debug)]
pub struct Entrance {
    /// Where it is.
    pub origin: Origin,
    /// What a signature of AWS names as the service.
    pub service: &'static str,
    path: Path,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Path {
    /// As it is sent.
    Fixed(PathAndQuery),
    /// With what only a request knows left open.
    Open(Box<str>),
}

/// The doors of a configured provider.
#[derive(Clone, Debug, Default)]
pub struct Entrances([Option<Entrance>; Door::COUNT]);

impl Entrances {
    /// The door, if the provider has it.
    pub fn of(&self, door: Door) -> Option<&Entrance> {
        let own = self.0.get(door as usize)?.as_ref();
        // Most have one path for both.
        if own.is_none() && door == Door::MessagesStream { self.of(Door::Messages) } else { own }
    }

    /// Sets a door.
    pub fn set(&mut self, door: Door, entrance: Entrance) {
        if let Some(place) = self.0.get_mut(door as usize) {
            *place = Some(entrance);
        }
    }

    /// The origins that requests may go to.
    pub fn origins(&self) -> impl Iterator<Item = &Origin> {
        self.0.iter().flatten().map(|entrance| &entrance.origin)
    }
}

impl Entrance {
    /// Whether it leads to the same place as the other one.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.origin == other.origin && self.path == other.path
    }

    /// A door with that path, in which all is filled in that a configuration knows; `None` if it cannot stand in a URL.
    pub fn new(origin: Origin, path: String, service: &'static str) -> Option<Self> {
        let path = if path.contains('{') {
            // Whether the rest can stand in a URL shows with any model.
            PathAndQuery::try_from(path.replace(['{', '}'], "")).ok()?;
            Path::Open(path.into())
        } else {
            Path::Fixed(PathAndQuery::from_maybe_shared(Bytes::from(path)).ok()?)
        };
        Some(Self { origin, service, path })
    }

    /// The URL of a request; `None` if the model's name or the client's query cannot stand in one.
    pub fn uri(&self, model: &str, method: &str, version: &str, query: Option<&str>) -> Option<Uri> {
        // To a URL these are a step back, however they are written.
        if matches!(model, "." | "..") {
            return None;
        }
        let path = match &self.path {
            Path::Fixed(path) if query.is_none() => path.clone(),
            Path::Fixed(path) => joined(path.as_str().to_owned(), query)?,
            Path::Open(template) => {
                let mut path = String::with_capacity(template.len() + model.len() + 48);
                fill(template, &mut path, |name, path| match name {
                    "model" => percent::push_segment(path, model),
                    "method" => path.push_str(method),
                    "version" => path.push_str(version),
                    _ => {}
                });
                joined(path, query)?
            }
        };
        Uri::builder()
            .scheme(self.origin.scheme.clone())
            .authority(self.origin.authority.clone())
            .path_and_query(path)
            .build()
            .ok()
    }
}

/// The path with what of the client's query goes to an upstream.
fn joined(mut path: String, query: Option<&str>) -> Option<PathAndQuery> {
    let mut border = if path.contains('?') { '&' } else { '?' };
    for pair in query::to_upstream(query) {
        path.push(border);
        path.push_str(pair);
        border = '&';
    }
    PathAndQuery::from_maybe_shared(Bytes::from(path)).ok()
}

/// The path of a door behind a base URL's path; each `/..` it begins with leaves out a segment of that.
pub(crate) fn behind(mut base: &str, mut door: &str) -> String {
    while let Some(rest) = door.strip_prefix("/..").filter(|rest| rest.starts_with('/')) {
        base = base.rsplit_once('/').map_or("", |(before, _)| before);
        door = rest;
    }
    [base, door].concat()
}

/// Writes a template, with `value` writing what stands for each `{name}`.
pub(crate) fn fill(template: &str, out: &mut String, mut value: impl FnMut(&str, &mut String)) {
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, behind)) = behind.split_once('}') else { return };
        value(name, out);
        rest = behind;
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::BaseUrl;

    fn uri(path: &str, model: &str, query: Option<&str>) -> String {
        let origin = BaseUrl::parse("https://h.example").expect("a URL").origin;
        let entrance = Entrance::new(origin, path.to_owned(), "").expect("an entrance");
        entrance.uri(model, "invoke", "v1", query).expect("a URL").to_string()
    }

    #[test]
    fn a_request_fills_what_is_open() {
        assert_eq!(uri("/v1/chat", "m", None), "https://h.example/v1/chat");
        assert_eq!(uri("/{version}/m/{model}:{method}", "a", None), "https://h.example/v1/m/a:invoke");
    }

    #[test]
    fn a_door_may_stand_beside_what_a_base_url_ends_in() {
        assert_eq!(behind("/v1", "/chat"), "/v1/chat");
        assert_eq!(behind("", "/chat"), "/chat");
        assert_eq!(behind("/v1", "/../anthropic/v1/messages"), "/anthropic/v1/messages");
        assert_eq!(behind("/api/paas/v4", "/../../anthropic"), "/api/anthropic");
        assert_eq!(behind("", "/../anthropic"), "/anthropic");
        assert_eq!(behind("/v1", "/../../../x"), "/x");
        assert_eq!(behind("/v1", "/..x/y"), "/v1/..x/y");
    }

    #[test]
    fn a_model_cannot_leave_its_segment() {
        assert_eq!(uri("/m/{model}/x", "../a?b#c/d", None), "https://h.example/m/..%2Fa%3Fb%23c%2Fd/x");
        // The id of an inference profile may be an ARN, with `/` and `:` in it (translation.md 7.4).
        assert_eq!(uri("/m/{model}", "arn:aws:x:1:p/a", None), "https://h.example/m/arn%3Aaws%3Ax%3A1%3Ap%2Fa");
    }

    #[test]
    fn the_callers_key_stays_here_and_the_query_is_joined() {
        let query = Some("key=glt_canary&alt=sse&k%65y=x&monkey=1");
        assert_eq!(uri("/v1/{model}", "m", query), "https://h.example/v1/m?alt=sse&monkey=1");
        assert_eq!(uri("/v1/x", "m", query), "https://h.example/v1/x?alt=sse&monkey=1");
        assert_eq!(uri("/v1/x?api-version=1", "m", query), "https://h.example/v1/x?api-version=1&alt=sse&monkey=1");
        assert_eq!(uri("/v1/x", "m", Some("key=glt_canary")), "https://h.example/v1/x");
    }

    #[test]
    fn every_door_has_its_place_and_its_name() {
        for (place, door) in Door::ALL.into_iter().enumerate() {
            assert_eq!(door as usize, place);
            assert_eq!(Door::named(door.name()), Some(door));
        }
    }
}
