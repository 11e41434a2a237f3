//! Reading a value as what it must be, or saying what it must be.

use std::borrow::Cow;

use super::report::Refusal;
use super::request::Json;
use super::text::Text;
use crate::wire::decimal::decimal;
pub use crate::wire::doc::{At, Doc, Kind, Value, said};
use crate::wire::json;

/// A text.
///
/// # Errors
/// It is none.
pub fn text(value: Value<'_>) -> Result<Cow<'_, str>, Refusal> {
    value.str().ok_or_else(|| no_text(value))
}

/// A text that mostly is only moved.
///
/// # Errors
/// It is none.
pub fn words(value: Value<'_>) -> Result<Text<'_>, Refusal> {
    Text::of(value).ok_or_else(|| no_text(value))
}

fn no_text(value: Value<'_>) -> Refusal {
    let message = match value.kind() {
        Kind::String => "must be Unicode text: it holds a lone surrogate",
        _ => "must be a string",
    };
    Refusal::invalid(value.at(), message)
}

/// `true` or `false`.
///
/// # Errors
/// It is neither.
pub fn boolean(value: Value<'_>) -> Result<bool, Refusal> {
    value.bool().ok_or_else(|| Refusal::invalid(value.at(), "must be true or false"))
}

/// A number's text.
///
/// # Errors
/// It is none.
pub fn number(value: Value<'_>) -> Result<&str, Refusal> {
    value.number().ok_or_else(|| Refusal::invalid(value.at(), "must be a number"))
}

/// A count.
///
/// # Errors
/// It is no number, negative, or broken.
pub fn count(value: Value<'_>) -> Result<u64, Refusal> {
    let whole = value.number().filter(|text| decimal(text).is_some_and(|number| number.fract() == 0.0));
    whole.and_then(|_| value.count()).ok_or_else(|| Refusal::invalid(value.at(), "must be a whole number, 0 or more"))
}

/// A number's text, or what a string says that is one: proto JSON has both.
///
/// # Errors
/// It is neither.
pub fn loose_number(value: Value<'_>) -> Result<Cow<'_, str>, Refusal> {
    let text = value.number().map(Cow::Borrowed).or_else(|| value.str());
    let text = text.filter(|text| decimal(text).is_some_and(f64::is_finite) && json::is_valid(text));
    text.ok_or_else(|| Refusal::invalid(value.at(), "must be a number"))
}

/// A count, or a string that says one.
///
/// # Errors
/// It is neither.
pub fn loose_count(value: Value<'_>) -> Result<u64, Refusal> {
    let whole = loose_number(value).ok().filter(|text| decimal(text).is_some_and(|number| number.fract() == 0.0));
    let count = whole.and_then(|text| json::count(&text));
    count.ok_or_else(|| Refusal::invalid(value.at(), "must be a whole number, 0 or more"))
}

/// An object.
///
/// # Errors
/// It is none.
pub fn object(value: Value<'_>) -> Result<Value<'_>, Refusal> {
    match value.kind() {
        Kind::Object => Ok(value),
        _ => Err(Refusal::invalid(value.at(), "must be an object")),
    }
}

/// An array.
///
/// # Errors
/// It is none.
pub fn array(value: Value<'_>) -> Result<Value<'_>, Refusal> {
    match value.kind() {
        Kind::Array => Ok(value),
        _ => Err(Refusal::invalid(value.at(), "must be an array")),
    }
}

/// A member that must be there.
///
/// # Errors
/// It is not.
pub fn required<'a>(object: Value<'a>, name: &'static str) -> Result<Value<'a>, Refusal> {
    object.get(name).ok_or_else(|| Refusal::invalid(object.at(), "is required").member(name))
}

/// A text member that must be there.
///
/// # Errors
/// It is not, or is no text.
pub fn required_text<'a>(object: Value<'a>, name: &'static str) -> Result<Cow<'a, str>, Refusal> {
    text(required(object, name)?)
}

/// A text member, if it is there.
///
/// # Errors
/// It is no text.
pub fn optional_text<'a>(object: Value<'a>, name: &str) -> Result<Option<Cow<'a, str>>, Refusal> {
    object.get(name).map(text).transpose()
}

/// The same of one that mostly is only moved.
///
/// # Errors
/// It is no text.
pub fn optional_words<'a>(object: Value<'a>, name: &str) -> Result<Option<Text<'a>>, Refusal> {
    object.get(name).map(words).transpose()
}

/// The value as it was written.
pub fn json(value: Value<'_>) -> Json<'_> {
    Json(Cow::Borrowed(value.raw()))
}

/// A variant that nobody knows would lose content.
pub fn unknown_variant(object: Value<'_>, what: &str, name: &str) -> Refusal {
    let shown: String = name.chars().take(64).collect();
    Refusal::invalid(
        object.get("type").map_or(object.at(), |kind| kind.at()),
        format!("{what} `{shown}` is not known here"),
    )
}
