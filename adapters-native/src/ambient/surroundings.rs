//! What tells a process where it runs.

use std::fmt;

#[cfg(feature = "machine-identity")]
use gatelet_core::host::IdentityError;

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

    /// The token in the file at that path, which the variable names. It is read whenever it is needed: before it ends, another one
    /// is put there. What the variable holds is not repeated: it may be the token, where its path should be.
    #[cfg(feature = "machine-identity")]
    pub(super) fn token_of(variable: &str, path: &str) -> Result<String, IdentityError> {
        match std::fs::read_to_string(path) {
            Ok(token) => Ok(token.trim().to_owned()),
            Err(error) => Err(IdentityError::new(format!("{variable} names no file that can be read: {error}"))),
        }
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}
