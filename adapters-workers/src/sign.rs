//! Signatures with a private key, by the platform's WebCrypto.
//! <https://developers.cloudflare.com/workers/runtime-apis/web-crypto/>

use std::future::poll_fn;

use gatelet_core::host::IdentityError;
use js_sys::{ArrayBuffer, Uint8Array};

use crate::javascript;
use crate::promised::Promised;

/// RSASSA-PKCS1-v1_5 with SHA-256, of a key as PKCS#8 in DER.
pub(crate) async fn rs256(key: &[u8], message: &[u8]) -> Result<Vec<u8>, IdentityError> {
    // Copies: the key is read at once, the message only when the key has been, and by then wasm's memory may have moved.
    let (key, message) = (Uint8Array::new_from_slice(key), Uint8Array::new_from_slice(message));
    let signature = Promised::<ArrayBuffer>::new();
    let signed = poll_fn(|context| {
        signature.poll(context, |callbacks| {
            javascript::sign(&key, &message, &callbacks.kept, &callbacks.broken);
            Ok(())
        })
    });
    match signed.await {
        Ok(signature) => Ok(Uint8Array::new(&signature).to_vec()),
        Err(_) => Err(IdentityError::new("the private key is not an RSA key in PKCS#8 that can be used")),
    }
}
