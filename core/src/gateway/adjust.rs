//! What a provider's rules leave out of a request, and how the caller is told.

use crate::error::{Class, Error};

/// Adds the members that were left out to the value of `x-gatelet-adjusted`: `name=dropped`.
pub(crate) fn tell(adjusted: &mut Option<Box<str>>, dropped: &[String]) {
    if dropped.is_empty() {
        return;
    }
    let mut told = adjusted.take().map_or_else(String::new, String::from);
    for name in dropped {
        if !told.is_empty() {
            told.push_str(", ");
        }
        told.extend(name.chars().take(64).map(|char| if char.is_ascii_graphic() && char != ',' { char } else { '?' }));
        told.push_str("=dropped");
    }
    *adjusted = Some(told.into());
}

/// Where nothing may be left out.
pub(crate) fn refused(name: &str) -> Error {
    let message = "the upstream does not take it, and `strict` allows no adjustment";
    Error::new(Class::Unsupported, message).about(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_told_after_the_rest() {
        let mut adjusted = None;
        tell(&mut adjusted, &[]);
        assert_eq!(adjusted, None);
        tell(&mut adjusted, &["logprobs".to_owned(), "a,b é".to_owned()]);
        assert_eq!(adjusted.as_deref(), Some("logprobs=dropped, a?b??=dropped"));
        tell(&mut adjusted, &["seed".to_owned()]);
        assert_eq!(adjusted.as_deref(), Some("logprobs=dropped, a?b??=dropped, seed=dropped"));
    }
}
