//! Keys that stand in the files that the SDKs and the command line of AWS share.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>,
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html>,
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html>.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use gatelet_core::host::{Ambient, AwsKeys, Grant, IdentityError};
use gatelet_core::secret::Secret;

use super::super::Surroundings;

/// The two files: the variable with a place of one's own, and the place in the home directory.
const CREDENTIALS: (&str, &str) = ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
const CONFIG: (&str, &str) = ("AWS_CONFIG_FILE", ".aws/config");

/// What makes keys out of something else.
const UNSUPPORTED: [&str; 7] = [
    "role_arn",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "login_session",
    "credential_process",
];

/// When temporary keys are read again. The file does not say when they end; the tool that put them there replaces them.
const AGAIN: Duration = Duration::from_secs(15 * 60);

/// The keys of the profile that `AWS_PROFILE` names, or of `default`, if it has any.
pub(super) fn ask(surroundings: &Surroundings, now: Duration) -> Result<Option<Ambient>, IdentityError> {
    let named = surroundings.variable("AWS_PROFILE");
    let name = named.as_deref().unwrap_or("default");
    let wrong = |what: String| IdentityError::new(format!("the AWS profile `{name}` {what}"));

    let (credentials, config) = (read(surroundings, CREDENTIALS)?, read(surroundings, CONFIG)?);
    let credentials = credentials.as_deref().and_then(|text| section(text, name));
    let config = config.as_deref().and_then(|text| {
        let default = || if name == "default" { section(text, name) } else { None };
        section(text, &format!("profile {name}")).or_else(default)
    });
    if credentials.is_none() && config.is_none() {
        return if named.is_some() { Err(wrong("is in none of the shared files".to_owned())) } else { Ok(None) };
    }
    let sections = [credentials.unwrap_or_default(), config.unwrap_or_default()];

    let unsupported = UNSUPPORTED.into_iter().find(|name| sections.iter().any(|section| section.get(name).is_some()));
    let section = sections.iter().find(|section| section.get("aws_access_key_id").is_some());
    match (section, unsupported) {
        // The role's keys are wanted then, which the profile's own may be the means for.
        (Some(section), unsupported) if unsupported != Some("role_arn") => {
            let secret = |name| section.get(name).map(Secret::new);
            let (Some(access_key_id), Some(secret_access_key)) =
                (secret("aws_access_key_id"), secret("aws_secret_access_key"))
            else {
                return Err(wrong("has an `aws_access_key_id`, but no `aws_secret_access_key` beside it".to_owned()));
            };
            let session_token = secret("aws_session_token");
            let until = session_token.is_some().then(|| now.saturating_add(AGAIN));
            let grant = Grant::Aws(AwsKeys { access_key_id, secret_access_key, session_token });
            Ok(Some(Ambient { grant, until }))
        }
        (_, Some(unsupported)) => Err(wrong(format!(
            "needs `{unsupported}`, which is not supported: put the keys that `aws configure export-credentials` prints into \
             the environment"
        ))),
        (_, None) => Ok(None),
    }
}

/// The text of the file, if there is one.
fn read(surroundings: &Surroundings, (variable, place): (&str, &str)) -> Result<Option<String>, IdentityError> {
    let home = || surroundings.variable("HOME").or_else(|| surroundings.variable("USERPROFILE")).map(PathBuf::from);
    let path = match surroundings.variable(variable) {
        Some(path) => match path.strip_prefix("~/") {
            Some(rest) => home().map(|home| home.join(rest)),
            None => Some(PathBuf::from(path)),
        },
        None => home().map(|home| home.join(place)),
    };
    let Some(path) = path else { return Ok(None) };
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(IdentityError::new(format!("{} cannot be read: {error}", path.display()))),
    }
}

/// The properties of a section.
#[derive(Default)]
struct Section<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Section<'a> {
    /// The property's value, if it has one. A later one counts instead of an earlier one.
    fn get(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        (!value.is_empty()).then_some(*value)
    }
}

/// The section of that name, if the text has one; several of the name are one.
fn section<'a>(text: &'a str, name: &str) -> Option<Section<'a>> {
    let mut found: Option<Section<'a>> = None;
    let mut inside = false;
    // How far the last property is indented: what is indented further belongs to its value.
    let mut indented = None;
    for line in text.trim_start_matches('\u{feff}').lines() {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        let depth = line.len() - line.trim_start().len();
        if indented.is_some_and(|known| depth > known) {
            continue;
        }
        if let Some((header, _)) = content.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            inside = is_header(header, name);
            indented = None;
            if inside {
                found.get_or_insert_default();
            }
            continue;
        }
        indented = Some(depth);
        if let (true, Some(section), Some((key, value))) = (inside, &mut found, content.split_once('=')) {
            section.0.push((key.trim_end(), without_comment(value).trim()));
        }
    }
    found
}

/// Whether the header, as it is written, is of that name: `profile NAME`, `profile "NAME"` or `NAME`.
fn is_header(header: &str, name: &str) -> bool {
    let words = header.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
    words.eq(name.split_whitespace())
}

/// The value without the comment behind it, which a space comes before.
fn without_comment(value: &str) -> &str {
    let begin = value.char_indices().zip(value.chars().skip(1));
    let mut begin = begin.filter(|((_, space), sign)| space.is_whitespace() && matches!(sign, '#' | ';'));
    begin.next().and_then(|((at, _), _)| value.get(..at)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\u{feff}# aws_access_key_id = of nobody\n\
        stray = 1\n\
        [default]\n\
        aws_access_key_id=AKID ; a comment\n\
        aws_secret_access_key = a#b=;c\n\
        s3 =\n  aws_session_token = nested\n\
        region = \n\
        [ profile  \"two words\" ] # behind\n\
        \t AWS_ACCESS_KEY_ID = first\n\
        \t AWS_ACCESS_KEY_ID = second\n\
        [default]\n\
        more = yes\n";

    fn get(name: &str, property: &str) -> Option<String> {
        section(FILE, name)?.get(property).map(str::to_owned)
    }

    #[test]
    fn reads_the_files_as_they_are_written() {
        assert_eq!(get("default", "aws_access_key_id").as_deref(), Some("AKID"));
        assert_eq!(get("default", "aws_secret_access_key").as_deref(), Some("a#b=;c"));
        assert_eq!(get("default", "aws_session_token"), None);
        assert_eq!(get("default", "region"), None);
        assert_eq!(get("default", "more").as_deref(), Some("yes"));
        assert_eq!(get("default", "stray"), None);
        assert_eq!(get("profile two words", "aws_access_key_id").as_deref(), Some("second"));
        assert!(section(FILE, "profile default").is_none() && section(FILE, "two").is_none());
    }
}
