//! What providers are authenticated to with.

use http::header::HeaderName;

use super::place::Place;
use super::{Platform, Resolver};
use crate::config::ProviderConfig;
use crate::host::{AwsKeys, Identity};
use crate::provider::exchange::Exchange;
use crate::provider::{Auth, BaseUrl, Credential, Field, Kind, Origin, Proof};
use crate::secret::Secret;

/// Where the tenants of Entra ID are, outside of the clouds of governments and of China.
/// <https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud>
const ENTRA: &str = "https://login.microsoftonline.com";
/// Where `gcloud auth application-default login` leaves its file, below the home directory.
const GCLOUD_FILE: &str = "/.config/gcloud/application_default_credentials.json";

impl Resolver<'_> {
    /// The credentials: API keys where there are any, else what the kind's identity is made of.
    pub(super) fn credentials(
        &mut self,
        name: &str,
        written: &ProviderConfig,
        kind: &'static Kind,
        origins: Vec<Origin>,
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
        proofs.into_iter().map(|proof| Credential::new(origins.clone(), proof)).collect()
    }

    fn proofs(&mut self, name: &str, written: &ProviderConfig, kind: &'static Kind) -> Vec<Proof> {
        let path = |field: &str| format!("providers.{name}.{field}");
        let before = self.problems.0.len();
        self.only_of(name, written, kind);
        if let (Some(_), Some(_)) = (&written.api_key, &written.api_keys) {
            self.problems.add(path("api_keys"), "give `api_key` or `api_keys`, not both");
            return Vec::new();
        }
        if self.problems.0.len() == before {
            self.one_of(name, written);
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
            Some(identity @ (Identity::Azure | Identity::Foundry)) => self.azure(name, written, identity),
        }
    }

    /// Fields of an identity that the kind has not.
    fn only_of(&mut self, name: &str, written: &ProviderConfig, kind: &'static Kind) {
        let aws = Some(Identity::Aws);
        let google = Some(Identity::Google);
        let azure = kind.identity.filter(|identity| matches!(identity, Identity::Azure | Identity::Foundry));
        let azure = Some(azure.unwrap_or(Identity::Azure));
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

    /// Several things that each would do: nobody could tell which is used.
    fn one_of(&mut self, name: &str, written: &ProviderConfig) {
        let keys = written.api_key.is_some() || written.api_keys.is_some();
        let aws = [&written.access_key_id, &written.secret_access_key, &written.session_token];
        let entra = [&written.tenant_id, &written.client_id, &written.client_secret];
        let ways = [
            ("api_key", keys),
            ("access_token", written.access_token.is_some()),
            ("access_key_id", aws.iter().any(|field| field.is_some())),
            ("credentials", written.credentials.is_some()),
            ("client_secret", entra.iter().any(|field| field.is_some())),
        ];
        let mut given = ways.iter().filter(|(_, given)| *given).map(|(field, _)| *field);
        if let (Some(one), Some(other)) = (given.next(), given.next()) {
            let message = format!("contradicts `{one}`: give one of them");
            self.problems.add(format!("providers.{name}.{other}"), message);
        }
        if written.key_header.is_some() && !keys {
            self.problems.add(format!("providers.{name}.key_header"), "carries the key of `api_key`; add that");
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
        let (mut id, mut secret) = (written.access_key_id.as_deref(), written.secret_access_key.as_deref());
        let mut session = written.session_token.as_deref();
        let set = |name: &str| (self.around.variable)(name).is_some_and(|value| !value.trim().is_empty());
        // Elsewhere the platform tells them, and may tell others later.
        if self.platform == Platform::Workers
            && (id, secret, session) == (None, None, None)
            && set("AWS_ACCESS_KEY_ID")
            && set("AWS_SECRET_ACCESS_KEY")
        {
            (id, secret) = (Some("${AWS_ACCESS_KEY_ID}"), Some("${AWS_SECRET_ACCESS_KEY}"));
            session = Some("${AWS_SESSION_TOKEN}").filter(|_| set("AWS_SESSION_TOKEN"));
        }
        match (id, secret) {
            (Some(id), Some(secret)) => {
                let id = self.reference(&path("access_key_id"), id);
                let secret = self.reference(&path("secret_access_key"), secret);
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
        let file = match self.google_file(written) {
            Some(file) => file,
            None if written.credentials.is_some() => {
                let _ = self.reference(&path, written.credentials.as_deref().unwrap_or_default());
                return Vec::new();
            }
            None => {
                return self.ambient(
                    name,
                    Identity::Google,
                    "a function has no identity at Google; write credentials = \"${GOOGLE_CREDENTIALS}\", a secret that \
                     holds the JSON of a service account's key",
                );
            }
        };
        let exchange =
            file.and_then(|file| Exchange::google(&file).map_err(|why| format!("the credential file is wrong: {why}")));
        match exchange {
            Ok(exchange) => vec![Proof::Exchange(exchange)],
            Err(problem) => {
                self.problems.add(path, problem);
                Vec::new()
            }
        }
    }

    /// The credential file of Google's that is configured, or that their own tools would find.
    pub(super) fn google_file(&self, written: &ProviderConfig) -> Option<Result<String, String>> {
        let set = |name: &str| (self.around.variable)(name).filter(|value| !value.trim().is_empty());
        let (variable, told) = match &written.credentials {
            Some(reference) => {
                let variable = reference.strip_prefix("${")?.strip_suffix('}')?;
                (variable, Some(set(variable)?))
            }
            None => ("GOOGLE_APPLICATION_CREDENTIALS", set("GOOGLE_APPLICATION_CREDENTIALS")),
        };
        match told {
            // The content of the file, or where it is.
            Some(told) if told.trim_start().starts_with('{') => Some(Ok(told)),
            // What is no path may be the key itself, in PEM or in base64: nothing of it is said.
            Some(told) => Some((self.around.file)(told.trim()).map_err(|why| {
                format!(
                    "{variable} holds neither the JSON of a credential file nor the path of one that can be read: {why}"
                )
            })),
            None if self.platform == Platform::Local => {
                let file = set("HOME").map(|home| (self.around.file)(&(home + GCLOUD_FILE)));
                file.filter(Result::is_ok)
            }
            None => None,
        }
    }

    fn azure(&mut self, name: &str, written: &ProviderConfig, identity: Identity) -> Vec<Proof> {
        let path = |field: &str| format!("providers.{name}.{field}");
        // As their own tools find a client: <https://learn.microsoft.com/dotnet/api/azure.identity.environmentcredential>.
        let set = |name: &str| (self.around.variable)(name).is_some_and(|value| !value.trim().is_empty());
        let is_told = written.tenant_id.is_some() || written.client_id.is_some() || written.client_secret.is_some();
        let found = !is_told && ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"].into_iter().all(set);
        if !is_told && !found {
            return self.ambient(
                name,
                identity,
                "required here; write api_key = \"${AZURE_OPENAI_API_KEY}\", or `tenant_id`, `client_id` and \
                 `client_secret`",
            );
        }
        let mut part = |field: &str, variable: &str, written: &Option<String>| {
            let text = if found { Some(["${", variable, "}"].concat()) } else { written.clone() };
            let Some(text) = text else {
                self.problems.add(path(field), "required: a client of Entra ID has all three");
                return None;
            };
            let is_secret = field == "client_secret";
            let value = if is_secret { self.reference(&path(field), &text) } else { self.value(&path(field), &text) };
            let value = value?.trim().to_owned();
            // The tenant stands in a path.
            if !is_secret && !value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)) {
                self.problems.add(path(field), "an id is letters, digits, dashes and dots");
                return None;
            }
            Some(value)
        };
        let tenant = part("tenant_id", "AZURE_TENANT_ID", &written.tenant_id);
        let client = part("client_id", "AZURE_CLIENT_ID", &written.client_id);
        let secret = part("client_secret", "AZURE_CLIENT_SECRET", &written.client_secret);
        let told = written.authority.clone().or_else(|| (self.around.variable)("AZURE_AUTHORITY_HOST"));
        let told = told.filter(|told| !told.trim().is_empty()).unwrap_or_else(|| ENTRA.to_owned());
        // Their own tools take it without its scheme, too.
        let told = if told.contains("://") { told } else { ["https://", &told].concat() };
        let authority = BaseUrl::parse(&told).map_err(|problem| self.problems.add(path("authority"), problem));
        let (Some(secret), Some(tenant), Some(client), Ok(authority)) = (secret, tenant, client, authority) else {
            return Vec::new();
        };
        // <https://learn.microsoft.com/azure/ai-foundry/openai/how-to/managed-identity>
        let scope = match identity {
            Identity::Foundry => "https://ai.azure.com/.default",
            _ => "https://cognitiveservices.azure.com/.default",
        };
        vec![Proof::Exchange(Exchange::entra(&authority, &tenant, &client, Secret::new(secret), scope))]
    }

    /// What the platform says of itself, where it can: a function at AWS is somebody at AWS alone.
    fn ambient(&mut self, name: &str, identity: Identity, instead: &'static str) -> Vec<Proof> {
        let is_somebody = match self.platform {
            Platform::Local => true,
            Platform::Lambda => identity == Identity::Aws,
            Platform::Workers => false,
        };
        if !is_somebody {
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
