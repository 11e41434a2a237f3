//! What providers are authenticated to with.

use http::header::HeaderName;

use super::providers::Place;
use super::{Platform, Resolver};
use crate::config::ProviderConfig;
use crate::host::{AwsKeys, Identity};
use crate::provider::exchange::Exchange;
use crate::provider::{Auth, BaseUrl, Credential, Entrances, Field, Kind, Proof};
use crate::secret::Secret;

/// Where the tenants of Entra ID are, and what a token for Azure's AI services is asked for with.
/// <https://learn.microsoft.com/azure/ai-foundry/openai/how-to/managed-identity>
const ENTRA: (&str, &str) = ("https://login.microsoftonline.com", "https://cognitiveservices.azure.com/.default");

impl Resolver<'_> {
    /// The credentials: API keys where there are any, else what the kind's identity is made of.
    pub(super) fn credentials(
        &mut self,
        name: &str,
        written: &ProviderConfig,
        kind: &'static Kind,
        entrances: &Entrances,
        place: &Place,
    ) -> Vec<Credential> {
        if kind.built_in {
            return Vec::new();
        }
        let before = self.problems.0.len();
        let proofs = self.proofs(name, written, kind);
        let signs = proofs.iter().any(|proof| matches!(proof, Proof::Aws(_) | Proof::Ambient(Identity::Aws)));
        if signs && place.get(Field::Region).is_none() {
            let path = format!("providers.{name}.region");
            self.problems.add(path, "required: signatures name it; write region = \"us-east-1\", or set AWS_REGION");
        }
        if proofs.is_empty() && !kind.keyless && written.base_url.is_none() && self.problems.0.len() == before {
            let variable = kind.key_variables.first().copied().unwrap_or("API_KEY");
            let message = format!("required; write api_key = \"${{{variable}}}\"");
            self.problems.add(format!("providers.{name}.api_key"), message);
        }
        proofs.into_iter().map(|proof| Credential::new(entrances.origins(), proof)).collect()
    }

    fn proofs(&mut self, name: &str, written: &ProviderConfig, kind: &'static Kind) -> Vec<Proof> {
        let path = |field: &str| format!("providers.{name}.{field}");
        self.only_of(name, written, kind);
        if let (Some(_), Some(_)) = (&written.api_key, &written.api_keys) {
            self.problems.add(path("api_keys"), "give `api_key` or `api_keys`, not both");
            return Vec::new();
        }
        let header = self.key_header(name, written);
        let mut references: Vec<(String, &str)> = Vec::new();
        references.extend(written.api_key.as_deref().map(|key| (path("api_key"), key)));
        for (index, key) in written.api_keys.iter().flatten().enumerate() {
            references.push((path(&format!("api_keys[{index}]")), key));
        }
        if !references.is_empty() {
            let mut proofs = Vec::with_capacity(references.len());
            for (path, reference) in references {
                let Some(secret) = self.reference(&path, reference) else { continue };
                let proof = match &header {
                    Some(header) => Proof::header(header.clone(), &secret),
                    None => Proof::key(kind.auth, &secret),
                };
                match proof {
                    Some(proof) => proofs.push(proof),
                    None => self.problems.add(path, "the referenced value holds characters that no key has"),
                }
            }
            return proofs;
        }
        if let Some(reference) = &written.access_token {
            let token = self.reference(&path("access_token"), reference);
            let proof = token.and_then(|token| Proof::key(Auth::Bearer, &token));
            return proof.into_iter().collect();
        }
        match kind.identity {
            None => Vec::new(),
            Some(Identity::Aws) => self.aws(name, written),
            Some(Identity::Google) => self.google(name, written),
            Some(Identity::Azure) => self.azure(name, written),
        }
    }

    /// Fields of an identity that the kind has not.
    fn only_of(&mut self, name: &str, written: &ProviderConfig, kind: &'static Kind) {
        let aws = Some(Identity::Aws);
        let google = Some(Identity::Google);
        let azure = Some(Identity::Azure);
        let given: [(&str, bool, &[Option<Identity>]); 9] = [
            ("access_key_id", written.access_key_id.is_some(), &[aws]),
            ("secret_access_key", written.secret_access_key.is_some(), &[aws]),
            ("session_token", written.session_token.is_some(), &[aws]),
            ("credentials", written.credentials.is_some(), &[google]),
            ("access_token", written.access_token.is_some(), &[google, azure]),
            ("tenant_id", written.tenant_id.is_some(), &[azure]),
            ("client_id", written.client_id.is_some(), &[azure]),
            ("client_secret", written.client_secret.is_some(), &[azure]),
            ("authority", written.authority.is_some(), &[azure]),
        ];
        for (field, _, _) in given.iter().filter(|(_, given, of)| *given && !of.contains(&kind.identity)) {
            let message = format!("a provider of kind {} has no {field}; remove it", kind.name);
            self.problems.add(format!("providers.{name}.{field}"), message);
        }
    }

    fn key_header(&mut self, name: &str, written: &ProviderConfig) -> Option<HeaderName> {
        let header = written.key_header.as_deref()?;
        let parsed = HeaderName::from_bytes(header.as_bytes());
        if parsed.is_err() {
            self.problems.add(format!("providers.{name}.key_header"), "this is no header's name");
        }
        parsed.ok()
    }

    fn aws(&mut self, name: &str, written: &ProviderConfig) -> Vec<Proof> {
        let path = |field: &str| format!("providers.{name}.{field}");
        match (&written.access_key_id, &written.secret_access_key) {
            (Some(id), Some(secret)) => {
                let id = self.reference(&path("access_key_id"), id);
                let secret = self.reference(&path("secret_access_key"), secret);
                let session = written.session_token.as_deref();
                let session = session.map(|token| self.reference(&path("session_token"), token));
                let (Some(id), Some(secret)) = (id, secret) else { return Vec::new() };
                let keys = AwsKeys {
                    access_key_id: Secret::new(id.trim()),
                    secret_access_key: Secret::new(secret.trim()),
                    session_token: session.flatten().map(|token| Secret::new(token.trim())),
                };
                vec![Proof::Aws(keys)]
            }
            (Some(_), None) => {
                self.problems.add(path("secret_access_key"), "required beside `access_key_id`");
                Vec::new()
            }
            (None, Some(_)) => {
                self.problems.add(path("access_key_id"), "required beside `secret_access_key`");
                Vec::new()
            }
            (None, None) if written.session_token.is_some() => {
                let message = "belongs to `access_key_id` and `secret_access_key`; add them";
                self.problems.add(path("session_token"), message);
                Vec::new()
            }
            (None, None) => self.ambient(
                name,
                Identity::Aws,
                "a Worker has no role in AWS; write api_key = \"${AWS_BEARER_TOKEN_BEDROCK}\", or `access_key_id` and \
                 `secret_access_key` as references to secrets",
            ),
        }
    }

    fn google(&mut self, name: &str, written: &ProviderConfig) -> Vec<Proof> {
        let path = format!("providers.{name}.credentials");
        let told = match &written.credentials {
            Some(reference) => match self.reference(&path, reference) {
                Some(told) => Some(told),
                None => return Vec::new(),
            },
            None => (self.around.variable)("GOOGLE_APPLICATION_CREDENTIALS").filter(|told| !told.trim().is_empty()),
        };
        let Some(told) = told else {
            return self.ambient(
                name,
                Identity::Google,
                "a Worker has no identity at Google; write credentials = \"${GOOGLE_CREDENTIALS}\", a secret that holds \
                 the JSON of a service account's key",
            );
        };
        // The content of the file, or where it is.
        let file = if told.trim_start().starts_with('{') { Ok(told) } else { (self.around.file)(told.trim()) };
        let exchange = file
            .map_err(|why| format!("the credential file cannot be read: {why}"))
            .and_then(|file| Exchange::google(&file).map_err(|why| format!("the credential file is wrong: {why}")));
        match exchange {
            Ok(exchange) => vec![Proof::Exchange(exchange)],
            Err(problem) => {
                self.problems.add(path, problem);
                Vec::new()
            }
        }
    }

    fn azure(&mut self, name: &str, written: &ProviderConfig) -> Vec<Proof> {
        let path = |field: &str| format!("providers.{name}.{field}");
        let Some(reference) = &written.client_secret else {
            return self.ambient(
                name,
                Identity::Azure,
                "required here; write api_key = \"${AZURE_OPENAI_API_KEY}\", or `tenant_id`, `client_id` and \
                 `client_secret`",
            );
        };
        let secret = self.reference(&path("client_secret"), reference);
        let mut id = |field: &str, written: &Option<String>| {
            let value = written.as_deref().and_then(|text| self.value(&path(field), text));
            let value = value.map(|value| value.trim().to_owned());
            let is_id = |value: &String| {
                !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
            };
            let value = value.filter(is_id);
            if value.is_none() {
                let message = "required beside `client_secret`: letters, digits, dashes and dots";
                self.problems.add(path(field), message);
            }
            value
        };
        let tenant = id("tenant_id", &written.tenant_id);
        let client = id("client_id", &written.client_id);
        let authority = BaseUrl::parse(written.authority.as_deref().unwrap_or(ENTRA.0));
        let authority = authority.map_err(|problem| self.problems.add(path("authority"), problem)).ok();
        let (Some(secret), Some(tenant), Some(client), Some(authority)) = (secret, tenant, client, authority) else {
            return Vec::new();
        };
        vec![Proof::Exchange(Exchange::entra(&authority, &tenant, &client, Secret::new(secret.trim()), ENTRA.1))]
    }

    /// What the platform says of itself, where it can.
    fn ambient(&mut self, name: &str, identity: Identity, instead: &'static str) -> Vec<Proof> {
        if self.platform == Platform::Workers {
            self.problems.add(format!("providers.{name}.api_key"), instead);
            return Vec::new();
        }
        vec![Proof::Ambient(identity)]
    }

    /// A value that is no secret: as it is written, or a reference.
    pub(super) fn value(&mut self, path: &str, text: &str) -> Option<String> {
        if text.starts_with("${") { self.reference(path, text) } else { Some(text.to_owned()) }
    }

    /// The value of a `${NAME}` reference.
    pub(super) fn reference(&mut self, path: &str, text: &str) -> Option<String> {
        let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        let is_name =
            |name: &&str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let Some(name) = name.filter(is_name) else {
            self.problems.add(
                path,
                "a secret is not written into the configuration; write the name of the variable that holds it, \
                 whole, as \"${OPENAI_API_KEY}\"",
            );
            return None;
        };
        let value = (self.around.variable)(name).filter(|value| !value.trim().is_empty());
        if value.is_none() {
            self.problems.add(path, format!("{name} is not set"));
        }
        value
    }
}
