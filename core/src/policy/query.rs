//! What of a client's query goes to an upstream.
//!
//! The query is the client's, except for what speaks for somebody else's account or changes what comes back so that the
//! gateway cannot read it. Google's system parameters do both: <https://cloud.google.com/apis/docs/system-parameters>.

use crate::error::{Class, Error};
use crate::wire::percent;

/// What identifies the caller, or whose account pays: never passed on. `key` is a client's key wherever it stands.
const CREDENTIALS: &[&str] = &["key", "access_token", "oauth_token", "userProject", "quotaUser"];
/// What changes the form of an answer so that nothing could be metered.
const FORMS: &[&str] = &["fields", "callback"];

/// Whether the client asks Gemini for events instead of one JSON array.
pub fn asks_for_events(query: Option<&str>) -> bool {
    pairs(query).any(|(name, value, _)| name == "alt" && value == "sse")
}

/// Refuses what would change the form of a Gemini answer.
///
/// # Errors
/// The parameter that would.
pub fn check_gemini(query: Option<&str>) -> Result<(), Error> {
    for (name, value, _) in pairs(query) {
        let is_form = FORMS.contains(&name.as_str()) || (name == "alt" && value != "sse" && value != "json");
        if is_form {
            let message = format!("the parameter `{name}` changes the form of the answer, which is not taken here");
            return Err(Error::new(Class::Invalid, message).about(name));
        }
    }
    Ok(())
}

/// The parameters that go to the upstream, as the client wrote them.
pub fn to_upstream(query: Option<&str>) -> impl Iterator<Item = &str> {
    pairs(query).filter(|(name, ..)| !CREDENTIALS.contains(&name.as_str())).map(|(_, _, pair)| pair)
}

/// Each parameter's name, decoded and without the `$` that Google takes before any, its value, and how it is written.
fn pairs(query: Option<&str>) -> impl Iterator<Item = (String, String, &str)> {
    query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let text = |text: &str| String::from_utf8_lossy(&percent::decode(text)).into_owned();
        (text(name).trim_start_matches('$').to_owned(), text(value), pair)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_stay_here() {
        let query = "alt=sse&access_token=c&$userProject=p&key=k&%24k%65y=k&quotaUser=q&beta=true&monkey=%201&oauth_token=o&flag";
        assert_eq!(to_upstream(Some(query)).collect::<Vec<_>>(), ["alt=sse", "beta=true", "monkey=%201", "flag"]);
        assert_eq!(to_upstream(None).count(), 0);
    }

    #[test]
    fn another_form_is_refused_by_name() {
        for (query, param) in
            [("fields=x", "fields"), ("a=1&$fields=x", "fields"), ("alt=media", "alt"), ("callback=f", "callback")]
        {
            assert_eq!(check_gemini(Some(query)).expect_err(query).param.as_deref(), Some(param));
        }
        for query in ["alt=sse", "alt=json", "$alt=sse", "key=x", ""] {
            assert!(check_gemini(Some(query)).is_ok(), "{query}");
        }
    }

    #[test]
    fn events_are_asked_for_by_alt() {
        assert!(asks_for_events(Some("key=a&alt=sse")));
        assert!(asks_for_events(Some("%24alt=ss%65")));
        assert!(!asks_for_events(Some("alt=json")));
        assert!(!asks_for_events(None));
    }
}
