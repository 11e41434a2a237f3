//! HMAC with SHA-256 (RFC 2104), and the key that is derived with it.

use sha2::{Digest, Sha256};

use super::Scope;

/// The length of a block of SHA-256, in bytes.
const BLOCK: usize = 64;

/// The code that authenticates the message.
pub(super) fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let hashed: [u8; 32];
    let key = if key.len() > BLOCK {
        hashed = Sha256::digest(key).into();
        &hashed
    } else {
        key
    };
    let mut block = [0; BLOCK];
    for (padded, byte) in block.iter_mut().zip(key) {
        *padded = *byte;
    }
    let keyed = |pad: u8| Sha256::new_with_prefix(block.map(|byte| byte ^ pad));
    let inner = keyed(0x36).chain_update(message).finalize();
    keyed(0x5c).chain_update(inner).finalize().into()
}

/// The key for a day (`YYYYMMDD`) and a scope. It is as secret as what it is derived from.
pub(super) fn signing_key(secret: &str, date: &[u8], scope: Scope<'_>) -> [u8; 32] {
    let key = hmac(&[b"AWS4", secret.as_bytes()].concat(), date);
    let key = hmac(&key, scope.region.as_bytes());
    let key = hmac(&key, scope.service.as_bytes());
    hmac(&key, b"aws4_request")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, sections 4.2, 4.3 and 4.7.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let long: &[u8] = &[0xaa; 131];
        for (key, message, expected) in [
            (&[0x0b; 20][..], "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                long,
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ] {
            let mut text = Vec::new();
            super::super::push_hex(&mut text, &hmac(key, message.as_bytes()));
            assert_eq!(String::from_utf8(text).as_deref(), Ok(expected), "{message}");
        }
    }
}
