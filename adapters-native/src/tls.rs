//! TLS toward upstreams: rustls with ring, and roots that are compiled in.

use std::fmt;
use std::sync::Arc;

use once_cell::sync::OnceCell;
use rustls::{ClientConfig, RootCertStore};

/// What TLS connections are made with. Nothing is built before the first of them: it would show in the start.
#[derive(Default)]
pub struct Tls {
    #[cfg(feature = "extra-roots")]
    extra_roots: Option<std::path::PathBuf>,
    http1: OnceCell<Arc<ClientConfig>>,
    http2: OnceCell<Arc<ClientConfig>>,
}

impl Tls {
    /// Trusts the certificates of a PEM file besides the compiled-in roots. It is read when it is needed: a system's
    /// whole collection takes milliseconds.
    #[cfg(feature = "extra-roots")]
    pub fn with_roots_of(path: impl Into<std::path::PathBuf>) -> Self {
        Self { extra_roots: Some(path.into()), ..Self::default() }
    }

    /// Builds now what the first connection would build.
    ///
    /// # Errors
    /// Why no connection can be made.
    pub fn prepare(&self) -> Result<(), Box<str>> {
        self.config(http::Version::HTTP_11).map(drop)
    }

    /// What a connection for that version of HTTP is made with.
    pub(crate) fn config(&self, version: http::Version) -> Result<Arc<ClientConfig>, Box<str>> {
        let (built, protocol) = match version {
            http::Version::HTTP_2 => (&self.http2, b"h2".as_slice()),
            _ => (&self.http1, b"http/1.1".as_slice()),
        };
        // What failed is tried again: a file of roots may be there by the next connection.
        built.get_or_try_init(|| self.build(protocol)).cloned()
    }

    fn build(&self, protocol: &[u8]) -> Result<Arc<ClientConfig>, Box<str>> {
        let roots = self.roots()?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.to_vec()];
        Ok(Arc::new(config))
    }

    fn roots(&self) -> Result<RootCertStore, Box<str>> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        #[cfg(feature = "extra-roots")]
        let roots = match &self.extra_roots {
            Some(path) => with_extra(roots, path)?,
            None => roots,
        };
        Ok(roots)
    }
}

#[cfg(feature = "extra-roots")]
fn with_extra(mut roots: RootCertStore, path: &std::path::Path) -> Result<RootCertStore, Box<str>> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| format!("{} cannot be read as certificates in PEM: {error}", path.display()))?;
    // Old collections hold some that nobody can use any more.
    let (usable, _) = roots.add_parsable_certificates(certificates);
    if usable == 0 {
        return Err(format!("{} holds no certificate in PEM", path.display()).into());
    }
    Ok(roots)
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}
