//! What a model's tokens cost.

/// What is billed by the piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// Prompt tokens.
    Input,
    /// Output tokens.
    Output,
    /// Prompt tokens read from a cache.
    CacheRead,
    /// Prompt tokens written to a cache, for minutes.
    CacheWrite,
    /// Prompt tokens written to a cache, for an hour or longer.
    CacheWriteLong,
    /// Prompt tokens of sound.
    AudioInput,
    /// Output tokens of sound.
    AudioOutput,
    /// Prompt tokens of sound read from a cache.
    AudioRead,
    /// A search in the web.
    Search,
    /// An answer for which the web was searched, however often.
    SearchedAnswer,
}

/// Prices in micro-dollars: of a million tokens, or of one search. What has none is not known to be free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    of: [Option<u64>; 10],
}

impl Prices {
    /// A term's price.
    pub fn get(&self, term: Term) -> Option<u64> {
        self.of.get(term as usize).copied().flatten()
    }

    /// Sets a term's price.
    pub fn set(&mut self, term: Term, price: Option<u64>) {
        if let Some(place) = self.of.get_mut(term as usize) {
            *place = price;
        }
    }

    /// Multiplies the prices of tokens, by thousandths: of the prompt, of the output, of what was read from a cache. A search
    /// costs the same always.
    pub fn scale(&mut self, prompt: u64, output: u64, cache_read: u64) {
        for (place, price) in self.of.iter_mut().enumerate() {
            let factor = match place {
                _ if place == Term::Output as usize || place == Term::AudioOutput as usize => output,
                _ if place == Term::CacheRead as usize || place == Term::AudioRead as usize => cache_read,
                _ if place >= Term::Search as usize => 1000,
                _ => prompt,
            };
            *price = price.and_then(|price| Some(price.checked_mul(factor)? / 1000));
        }
    }
}
