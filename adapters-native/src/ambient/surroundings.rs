//! What tells a process where it runs.

use std::fmt;

#[cfg(feature = "machine-identity")]
use crate::transport::Options;

/// What tells a process where it runs, and how it reaches who knows more.
pub struct Surroundings {
    environment: Box<Environment>,
    #[cfg(feature = "machine-identity")]
    pub(super) outward: Options,
}

type Environment = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Surroundings {
    /// Variables by that function, which is called whenever an identity is asked for.
    pub fn new(environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self {
            environment: Box::new(environment),
            #[cfg(feature = "machine-identity")]
            outward: Options::default(),
        }
    }

    /// With what services are reached that are asked over https. The proxy is for those that are not on a network of the
    /// machine's own.
    #[cfg(feature = "machine-identity")]
    #[must_use]
    pub fn with(self, outward: Options) -> Self {
        Self { outward, ..self }
    }

    /// The variable's value without the space around it; `None` where that leaves nothing.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        let value = (self.environment)(name)?;
        let trimmed = value.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}
