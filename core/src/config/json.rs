//! Any value of the configuration, as JSON.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::wire::text::{push_number, push_string};

/// A value as JSON text, whatever format the configuration is written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json(pub Box<str>);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        // The reader of JSON hands over the text itself, every other one the value.
        reader.deserialize_newtype_struct(RAW, AnyValue)
    }
}

/// How [`Json`] asks for the text of a value.
pub(super) const RAW: &str = "$gatelet::Json";

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, reader: D) -> Result<Json, D::Error> {
        reader.deserialize_any(self)
    }

    fn visit_bytes<E: serde::de::Error>(self, text: &[u8]) -> Result<Json, E> {
        Ok(json(text))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json(if value { "true" } else { "false" }.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        let mut out = if value < 0 { b"-".to_vec() } else { Vec::new() };
        push_number(&mut out, value.unsigned_abs());
        Ok(json(&out))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        let mut out = Vec::new();
        push_number(&mut out, value);
        Ok(json(&out))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json, E> {
        if !value.is_finite() {
            return Err(E::custom("JSON has no such number"));
        }
        Ok(Json(value.to_string().into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        let mut out = Vec::with_capacity(value.len() + 2);
        push_string(&mut out, value);
        Ok(json(&out))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json("null".into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut out = b"[".to_vec();
        while let Some(value) = seq.next_element::<Json>()? {
            if out.len() > 1 {
                out.push(b',');
            }
            out.extend_from_slice(value.0.as_bytes());
        }
        out.push(b']');
        Ok(json(&out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut out = b"{".to_vec();
        while let Some((name, value)) = map.next_entry::<String, Json>()? {
            if out.len() > 1 {
                out.push(b',');
            }
            push_string(&mut out, &name);
            out.push(b':');
            out.extend_from_slice(value.0.as_bytes());
        }
        out.push(b'}');
        Ok(json(&out))
    }
}

fn json(bytes: &[u8]) -> Json {
    Json(String::from_utf8_lossy(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_what_they_are() {
        for text in [r#"{"a":[1,-2,0.5,"x\"y",null],"b":{"c":true}}"#, "[]", "\"é\"", "1e300"] {
            let Json(read) = serde_json::from_str(text).expect("JSON");
            let same = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
            assert_eq!(same(&read), same(text));
            let doc = crate::wire::doc::Doc::parse(text).expect("JSON");
            let read = Json::deserialize(super::super::read::Reader(doc.root())).expect("a value");
            assert_eq!(&*read.0, text, "as it is written");
        }
    }
}
