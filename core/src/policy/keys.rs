//! Client keys: how they look, how they are kept, what they may ask for.
//!
//! A key is `glt_`, 32 random characters and a checksum of 6: 190 bits that nobody guesses, and a mistyped one is told
//! from a wrong one. The configuration holds the SHA-256 alone.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What every generated key begins with.
pub const PREFIX: &str = "glt_";
/// The random characters of a key.
const RANDOM: usize = 32;
/// The characters of a key's checksum.
const CHECK: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The SHA-256 of a client key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash([u8; 32]);

/// A configured key.
#[derive(Debug)]
pub struct ClientKey {
    /// Its name in the configuration and the log.
    pub name: Box<str>,
    /// What it may ask for; `None` is everything.
    pub models: Option<Vec<ModelPattern>>,
}

/// A model name, or the beginning of some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelPattern {
    /// This name alone.
    Exactly(Box<str>),
    /// Every name that begins so; written with a `*` at its end.
    Prefix(Box<str>),
}

/// The configured keys, found by hash.
#[derive(Debug, Default)]
pub struct Keys {
    keys: Vec<(KeyHash, ClientKey)>,
    /// By the hash's first bytes, in their order. The whole hash is compared in constant time afterwards.
    index: Vec<([u8; 8], usize)>,
}

impl KeyHash {
    /// The hash of a key.
    pub fn of(key: &[u8]) -> Self {
        Self(Sha256::digest(key).into())
    }

    /// Reads 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            for digit in pair {
                *byte = (*byte << 4) | u8::try_from(char::from(*digit).to_digit(16)?).ok()?;
            }
        }
        Some(Self(hash))
    }

    fn head(&self) -> [u8; 8] {
        self.0.first_chunk().copied().unwrap_or_default()
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Keys {
    /// Adds a key. `false` if its hash, or the part that it is found by, is there already.
    #[must_use]
    pub fn insert(&mut self, hash: KeyHash, key: ClientKey) -> bool {
        let Err(place) = self.place(&hash) else { return false };
        self.index.insert(place, (hash.head(), self.keys.len()));
        self.keys.push((hash, key));
        true
    }

    /// The place of the key that the caller presents; see [`Keys::at`].
    pub fn find(&self, presented: &[u8]) -> Option<usize> {
        if is_mistyped(presented) {
            return None;
        }
        let hash = KeyHash::of(presented);
        let (_, index) = *self.index.get(self.place(&hash).ok()?)?;
        let (known, _) = self.keys.get(index)?;
        bool::from(known.0.ct_eq(&hash.0)).then_some(index)
    }

    /// Where the hash is in the index, or where it would be.
    fn place(&self, hash: &KeyHash) -> Result<usize, usize> {
        self.index.binary_search_by_key(&hash.head(), |(head, _)| *head)
    }

    /// The key at that place.
    pub fn at(&self, index: usize) -> Option<&ClientKey> {
        self.keys.get(index).map(|(_, key)| key)
    }

    /// The keys' names, in the order of the configuration.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(_, key)| &*key.name)
    }

    /// Whether no key is configured.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

impl ClientKey {
    /// Whether the key may ask for the model of that name.
    pub fn allows(&self, model: &str) -> bool {
        self.models.as_ref().is_none_or(|patterns| patterns.iter().any(|pattern| pattern.matches(model)))
    }
}

impl ModelPattern {
    /// Reads a pattern as it is configured.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_suffix('*') {
            _ if text.is_empty() => None,
            Some(prefix) if !prefix.contains('*') => Some(Self::Prefix(prefix.into())),
            None if !text.contains('*') => Some(Self::Exactly(text.into())),
            _ => None,
        }
    }

    fn matches(&self, model: &str) -> bool {
        match self {
            Self::Exactly(name) => **name == *model,
            Self::Prefix(prefix) => model.starts_with(&**prefix),
        }
    }
}

/// Makes a key out of random bytes: those above the largest multiple of 62 are passed over, so that every character is
/// as likely as another. `None` if there were too few; 64 bytes are enough for all but one in 10^20 tries.
pub fn generate(random: &[u8]) -> Option<String> {
    let characters = random.iter().filter(|byte| **byte < 248).filter_map(|byte| ALPHABET.get(usize::from(byte % 62)));
    let mut key: String = PREFIX.chars().chain(characters.take(RANDOM).map(|byte| char::from(*byte))).collect();
    if key.len() != PREFIX.len() + RANDOM {
        return None;
    }
    let check = checksum(key.as_bytes());
    key.extend(check.iter().map(|byte| char::from(*byte)));
    Some(key)
}

/// Whether a credential has the form of a generated key.
pub fn has_prefix(credential: &[u8]) -> bool {
    credential.starts_with(PREFIX.as_bytes())
}

/// Whether a credential looks like a generated key and its checksum is wrong.
fn is_mistyped(credential: &[u8]) -> bool {
    if !has_prefix(credential) || credential.len() != PREFIX.len() + RANDOM + CHECK {
        return false;
    }
    credential.split_at_checked(PREFIX.len() + RANDOM).is_some_and(|(key, check)| checksum(key) != check)
}

/// The CRC-32 of each four bits.
#[expect(clippy::indexing_slicing, reason = "the index is below 16, and the compiler is who runs it")]
const NIBBLES: [u32; 16] = {
    let mut table = [0; 16];
    let mut index = 0;
    while index < 16 {
        let mut crc = index as u32;
        let mut bit = 0;
        while bit < 4 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

/// The CRC-32 (IEEE 802.3) of the text in base 62, six digits, the most significant first.
fn checksum(text: &[u8]) -> [u8; CHECK] {
    let mut crc = u32::MAX;
    for byte in text {
        crc ^= u32::from(*byte);
        for _ in 0..2 {
            crc = (crc >> 4) ^ NIBBLES.get((crc & 15) as usize).copied().unwrap_or_default();
        }
    }
    let mut rest = !crc;
    let mut digits = [b'0'; CHECK];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET.get((rest % 62) as usize).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, models: Option<&[&str]>) -> ClientKey {
        let models = models.map(|models| models.iter().filter_map(|text| ModelPattern::parse(text)).collect());
        ClientKey { name: name.into(), models }
    }

    #[test]
    fn generated_keys_are_whole_and_checked() {
        let random: Vec<u8> = (0..64_u8).map(|index| index.wrapping_mul(37)).collect();
        let made = generate(&random).expect("enough random bytes");
        assert_eq!(made.len(), 42);
        assert!(!is_mistyped(made.as_bytes()));
        let mistyped = made.replacen(char::from(made.as_bytes()[10]), "-", 1);
        assert!(is_mistyped(mistyped.as_bytes()));
        assert_eq!(generate(&[255; 64]), None);
        assert_eq!(generate(&random[..16]), None);
    }

    #[test]
    fn the_checksum_is_crc32() {
        // The check value of CRC-32/ISO-HDLC: "123456789" is 0xCBF43926.
        let digits = checksum(b"123456789");
        let value = digits.iter().fold(0_u64, |value, digit| {
            value * 62 + ALPHABET.iter().position(|known| known == digit).expect("a digit") as u64
        });
        assert_eq!(value, 0xCBF4_3926);
    }

    #[test]
    fn keys_are_found_by_hash_alone() {
        let mut keys = Keys::default();
        assert!(keys.insert(KeyHash::of(b"alpha"), key("a", None)));
        assert!(keys.insert(KeyHash::of(b"beta"), key("b", None)));
        assert!(!keys.insert(KeyHash::of(b"beta"), key("again", None)));
        assert_eq!(keys.find(b"beta").and_then(|index| keys.at(index)).map(|key| &*key.name), Some("b"));
        assert_eq!(keys.find(b"gamma"), None);
        assert_eq!(keys.find(KeyHash::of(b"beta").to_string().as_bytes()), None);
        let hash = KeyHash::of(b"alpha");
        assert_eq!(KeyHash::from_hex(&hash.to_string()), Some(hash));
        assert_eq!(KeyHash::from_hex("abc"), None);
        assert_eq!(KeyHash::from_hex(&"g".repeat(64)), None);
    }

    #[test]
    fn patterns_are_names_or_prefixes() {
        let some = key("some", Some(&["fast", "claude/*"]));
        for (model, allowed) in [("fast", true), ("faster", false), ("claude/x", true), ("claude", false)] {
            assert_eq!(some.allows(model), allowed, "{model}");
        }
        assert!(key("all", None).allows("anything"));
        assert!(key("all", Some(&["*"])).allows("anything"));
        assert_eq!(ModelPattern::parse("a*b"), None);
        assert_eq!(ModelPattern::parse(""), None);
    }
}
