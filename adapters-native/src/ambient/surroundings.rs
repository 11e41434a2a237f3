//! What tells a process where it runs.

use std::fmt;
use std::sync::Arc;

use crate::tls::Tls;
#[cfg(all(feature = "proxy", feature = "machine-identity"))]
use crate::transport::Proxy;

/// What tells a process where it runs, and how it reaches who knows more.
pub struct Surroundings {
    environment: Box<Environment>,
    pub(super) tls: Arc<Tls>,
    #[cfg(all(feature = "proxy", feature = "machine-identity"))]
    pub(super) proxy: Option<Arc<Proxy>>,
}

type Environment = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Surroundings {
    /// Variables by that function, which is called whenever an identity is asked for, and TLS for the services that are asked
    /// over https.
    pub fn new(environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static, tls: Arc<Tls>) -> Self {
        Self {
            environment: Box::new(environment),
            tls,
            #[cfg(all(feature = "proxy", feature = "machine-identity"))]
            proxy: None,
        }
    }

    /// The same with a proxy, for the one service that is on no network of this machine's: AWS STS.
    #[cfg(all(feature = "proxy", feature = "machine-identity"))]
    #[must_use]
    pub fn with_proxy(self, proxy: Option<Arc<Proxy>>) -> Self {
        Self { proxy, ..self }
    }

    /// The variable's value without the space around it; `None` where that leaves nothing.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        let value = (self.environment)(name)?;
        let trimmed = value.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }
}

impl Default for Surroundings {
    /// Where no variable is set.
    fn default() -> Self {
        Self::new(|_| None, Arc::default())
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}
