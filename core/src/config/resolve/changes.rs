//! What is changed of requests on their way to a provider: headers that are added, parameters that are others.

use http::header::{HeaderName, HeaderValue};

use super::Resolver;
use crate::config::{ParametersConfig, ProviderConfig};
use crate::provider::rule::{Change, Rule};
use crate::provider::{Door, Kind};

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
    pub(super) fn headers(
        &mut self,
        name: &str,
        written: &ProviderConfig,
        kind: &'static Kind,
    ) -> Vec<(HeaderName, HeaderValue)> {
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

    pub(super) fn rules(&mut self, name: &str, written: &ParametersConfig) -> Vec<Rule> {
        // Who counts or embeds takes less than who answers, and would refuse what is set for answers.
        const ANSWERS: &[Door] =
            &[Door::Chat, Door::Responses, Door::Messages, Door::MessagesStream, Door::Gemini, Door::Converse];
        let mut rules = Vec::new();
        let mut add = |problems: &mut super::Problems, field: &str, name: &str, change: Change| {
            let other = if let Change::Rename(_, other) = &change { other } else { name };
            let is_fixed = |name: &&str| matches!(*name, "model" | "stream" | "messages" | "input" | "contents");
            if let Some(name) = [name, other].iter().find(|name| is_fixed(name)) {
                problems.add(field.to_owned(), format!("`{name}` is what the request is; it cannot be changed here"));
            }
            let doors: &[Door] =
                if matches!(change, Change::Set(..) | Change::Default(..)) { ANSWERS } else { &Door::ALL };
            rules.push(Rule { doors: doors.to_vec().into(), change });
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
