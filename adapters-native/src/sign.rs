//! Signatures with a private key.

use gatelet_core::host::IdentityError;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

/// RSASSA-PKCS1-v1_5 with SHA-256. The key is PKCS#8 in DER and has 2048 to 4096 bits.
pub(crate) fn rs256(key: &[u8], message: &[u8]) -> Result<Vec<u8>, IdentityError> {
    // The reason is one of ring's own words, such as `WrongAlgorithm`.
    let key = RsaKeyPair::from_pkcs8(key).map_err(|why| {
        IdentityError::new(format!("the private key is not an RSA key in PKCS#8 that can be used: {why}"))
    })?;
    let mut signature = vec![0; key.public().modulus_len()];
    // The random numbers blind the computation; the signature does not depend on them.
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
        .map_err(|_| IdentityError::new("the private key cannot sign"))?;
    Ok(signature)
}
