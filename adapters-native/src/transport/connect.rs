//! From an origin to a connection: name, socket, proxy, TLS, under one time limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gatelet_core::host::SendError;
use http::{Uri, Version};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::Options;
use super::error::{self, chain};
use super::request::Destination;
use super::stream::Stream;
use crate::tls::Tls;

/// Makes connections.
pub(super) struct Connector {
    sockets: HttpConnector,
    tls: Arc<Tls>,
    #[cfg(feature = "proxy")]
    proxy: Option<Arc<super::Proxy>>,
    timeout_millis: AtomicU64,
}

impl Connector {
    pub(super) fn new(options: Options, timeout: Duration) -> Self {
        let mut sockets = HttpConnector::new();
        sockets.enforce_http(false);
        sockets.set_nodelay(true);
        let connector = Self {
            sockets,
            tls: options.tls,
            #[cfg(feature = "proxy")]
            proxy: options.proxy,
            timeout_millis: AtomicU64::new(0),
        };
        connector.set_timeout(timeout);
        connector
    }

    pub(super) fn set_timeout(&self, timeout: Duration) {
        let millis = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        self.timeout_millis.store(millis, Ordering::Relaxed);
    }

    /// A new connection for that version of HTTP.
    pub(super) async fn connect(&self, to: &Destination, version: Version) -> Result<Stream, SendError> {
        let timeout = Duration::from_millis(self.timeout_millis.load(Ordering::Relaxed));
        let what = || format!("no connection to {}", to.authority);
        match tokio::time::timeout(timeout, self.stream(to, version)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(why)) => Err(error::connect(&what(), &why)),
            Err(_) => Err(error::connect(&what(), &format!("it took longer than {timeout:?}"))),
        }
    }

    async fn stream(&self, to: &Destination, version: Version) -> Result<Stream, String> {
        let uri = to.uri().ok_or("its URL is not one")?;
        let socket = self.socket(to, uri).await?;
        if !to.secure {
            return Ok(Stream::Plain(socket));
        }
        let config = self.tls.config(version).map_err(String::from)?;
        let name = ServerName::try_from(to.host().to_owned()).map_err(|error| chain(&error))?;
        let stream = TlsConnector::from(config).connect(name, socket).await.map_err(|error| chain(&error))?;
        if version == Version::HTTP_2 && stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            return Err("it does not offer HTTP/2; remove `http2 = true` from its configuration".to_owned());
        }
        Ok(Stream::Tls(Box::new(stream)))
    }

    #[cfg_attr(not(feature = "proxy"), expect(unused_variables, reason = "the proxy needs them"))]
    async fn socket(&self, to: &Destination, uri: Uri) -> Result<TcpStream, String> {
        #[cfg(feature = "proxy")]
        if let Some(proxy) = self.proxy.as_deref().filter(|proxy| proxy.applies(to, &uri)) {
            let mut tunnel = proxy.tunnel(self.sockets.clone());
            return tunnel
                .call(uri)
                .await
                .map(|io| io.into_inner())
                .map_err(|error| format!("by the proxy: {}", chain(&error)));
        }
        let mut sockets = self.sockets.clone();
        sockets.call(uri).await.map(|io| io.into_inner()).map_err(|error| chain(&error))
    }
}
