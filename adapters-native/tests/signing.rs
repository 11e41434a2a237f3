//! Signatures, against another implementation's.
//!
//! `tests/data/test-key.*` is a key that was made for this test, by `openssl genpkey`, and is used for nothing else;
//! `test-signature.bin` is what Python's `cryptography` signs [`MESSAGE`] with. RSASSA-PKCS1-v1_5 gives the same signature each time.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod platform;
mod upstream;

use gatelet_core::Host as _;
use platform::host;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

const KEY: &[u8] = include_bytes!("data/test-key.pkcs8.der");
const PUBLIC_KEY: &[u8] = include_bytes!("data/test-key.public.der");
const SIGNATURE: &[u8] = include_bytes!("data/test-signature.bin");
const MESSAGE: &[u8] = b"eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ0ZXN0In0";

#[tokio::test]
async fn signs_as_others_do() {
    let signature = host(&[]).sign_rs256(KEY, MESSAGE).await.expect("a signature");
    assert_eq!(signature, SIGNATURE);
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, PUBLIC_KEY);
    public.verify(MESSAGE, &signature).expect("a good signature");

    let other = host(&[]).sign_rs256(KEY, b"").await.expect("a signature");
    public.verify(b"", &other).expect("a good signature");
    assert!(public.verify(MESSAGE, &other).is_err());
}

#[tokio::test]
async fn a_key_that_is_none_is_named_and_not_shown() {
    // The key without its outermost layer is the older PKCS#1.
    let pkcs1 = &KEY[26..];
    let ec = rcgen::KeyPair::generate().expect("a key").serialize_der();
    for key in [b"".as_slice(), b"canary", pkcs1, &KEY[..KEY.len() - 1], PUBLIC_KEY, &ec] {
        let error = host(&[]).sign_rs256(key, MESSAGE).await.expect_err("no signature").to_string();
        assert!(error.starts_with("the private key is not an RSA key in PKCS#8"), "{error}");
        assert!(error.len() < 100 && !error.contains("canary"), "{error}");
    }
}
