//! The command line, taken apart word by word.

use std::path::PathBuf;

use anyhow::{Result, bail};

/// What is left of the command line.
pub(crate) struct Arguments {
    rest: Vec<String>,
}

impl Arguments {
    pub(crate) fn new(words: impl Iterator<Item = String>) -> Self {
        Self { rest: words.collect() }
    }

    /// Takes the first word that is not an option.
    pub(crate) fn word(&mut self) -> Option<String> {
        let at = self.rest.iter().position(|word| !word.starts_with('-') || word == "--help")?;
        let word = self.rest.remove(at);
        Some(if word == "--help" { "help".to_owned() } else { word })
    }

    /// Takes an option without a value.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.rest.len();
        self.rest.retain(|word| word != name);
        self.rest.len() < before
    }

    /// Takes an option with a path as its value: `--name VALUE` or `--name=VALUE`.
    pub(crate) fn path(&mut self, name: &str) -> Result<Option<PathBuf>> {
        Ok(self.value(name)?.map(PathBuf::from))
    }

    /// Takes an option with a value: `--name VALUE` or `--name=VALUE`.
    pub(crate) fn value(&mut self, name: &str) -> Result<Option<String>> {
        let prefix = format!("{name}=");
        let Some(at) = self.rest.iter().position(|word| word == name || word.starts_with(&prefix)) else {
            return Ok(None);
        };
        let word = self.rest.remove(at);
        if let Some(value) = word.strip_prefix(&prefix) {
            return Ok(Some(value.into()));
        }
        if at >= self.rest.len() {
            bail!("{name} needs a value after it");
        }
        Ok(Some(self.rest.remove(at)))
    }

    /// Everything that has not been taken, as it was written.
    pub(crate) fn remaining(self) -> Vec<String> {
        self.rest
    }

    /// Refuses what nobody took.
    pub(crate) fn finish(self) -> Result<()> {
        match self.rest.first() {
            None => Ok(()),
            Some(word) => bail!("`{word}` is not understood here; `cargo xtask --help` lists the options"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(words: &[&str]) -> Arguments {
        Arguments::new(words.iter().map(|&word| word.to_owned()))
    }

    #[test]
    fn takes_words_flags_and_paths_in_any_order() {
        let mut line = arguments(&["worker", "--dev", "--config", "a.toml"]);
        assert_eq!(line.word().as_deref(), Some("worker"));
        assert_eq!(line.path("--config").unwrap(), Some("a.toml".into()));
        assert!(line.flag("--dev"));
        assert!(!line.flag("--abort"));
        assert!(line.finish().is_ok());
    }

    #[test]
    fn takes_a_path_after_an_equals_sign() {
        let mut line = arguments(&["--config=b.toml"]);
        assert_eq!(line.path("--config").unwrap(), Some("b.toml".into()));
    }

    #[test]
    fn refuses_a_path_option_without_a_path_and_words_left_over() {
        assert!(arguments(&["--config"]).path("--config").is_err());
        assert!(arguments(&["--nonsense"]).finish().is_err());
    }
}
