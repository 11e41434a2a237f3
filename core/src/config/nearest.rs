//! What was probably meant by a word that nobody knows.

/// The known word that was probably meant.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let (distance, nearest) = known.iter().map(|known| (distance(word, known), *known)).min()?;
    (distance <= 1 + nearest.len() / 4).then_some(nearest)
}

/// How many letters are to be changed, added or left out to come from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.bytes().enumerate() {
        let mut before = index;
        let mut left = index + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(to.bytes()) {
            let here = (before + usize::from(letter != other)).min(left + 1).min(*cell + 1);
            before = std::mem::replace(cell, here);
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_no_other_word() {
        let known = ["groq", "openai", "openrouter", "azure"];
        assert_eq!(nearest("groc", &known), Some("groq"));
        assert_eq!(nearest("opanai", &known), Some("openai"));
        assert_eq!(nearest("mine", &known), None);
        assert_eq!(nearest("x", &[]), None);
    }
}
