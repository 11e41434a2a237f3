//! The signer against AWS's published vectors and against botocore.

#![expect(clippy::disallowed_methods, reason = "the vectors are files")]

mod parts;
mod random;
mod suite;

use std::fs;
use std::path::{Path, PathBuf};

use http::HeaderMap;
use serde::Deserialize;

use super::*;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/sigv4")
}

fn keys(id: &str, secret: &str, token: Option<&str>) -> AwsKeys {
    AwsKeys {
        access_key_id: Secret::new(id),
        secret_access_key: Secret::new(secret),
        session_token: token.map(Secret::new),
    }
}
