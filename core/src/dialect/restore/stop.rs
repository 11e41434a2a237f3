//! Looks for what ends an answer, where the target does not (Responses has no `stop`).

/// Looks for stop sequences in a text that comes in pieces. What may be the beginning of one is held back.
#[derive(Debug, Default)]
pub(super) struct Stop {
    held: String,
}

impl Stop {
    /// Takes more of the text: what of it can be told, and which sequence has come, if one has. Of several it is the one
    /// that is whole first, and the longest of those: the same however the text is split.
    pub(super) fn push(&mut self, text: &str, stops: &[String]) -> (String, Option<usize>) {
        self.held.push_str(text);
        let found = stops
            .iter()
            .enumerate()
            .filter(|(_, stop)| !stop.is_empty())
            .filter_map(|(index, stop)| self.held.find(stop.as_str()).map(|start| (start + stop.len(), start, index)))
            .min();
        if let Some((_, start, index)) = found {
            self.held.truncate(start);
            return (std::mem::take(&mut self.held), Some(index));
        }
        let held = self.held.split_off(beginning(&self.held, stops));
        (std::mem::replace(&mut self.held, held), None)
    }

    /// What was held back, since no more is to come.
    pub(super) fn rest(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

/// Where a text's end is the beginning of one of the patterns: its length, if it is none.
pub(super) fn beginning(text: &str, patterns: &[impl AsRef<str>]) -> usize {
    let longest = patterns.iter().map(|pattern| pattern.as_ref().len()).max().unwrap_or_default();
    let first = text.len().saturating_sub(longest.saturating_sub(1));
    (first..text.len())
        .find(|at| {
            let end = text.get(*at..);
            end.is_some_and(|end| patterns.iter().any(|pattern| pattern.as_ref().starts_with(end)))
        })
        .unwrap_or(text.len())
}
