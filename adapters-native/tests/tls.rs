//! The transport over TLS and through a proxy, on real sockets, with a certificate authority of the test's own.

#![cfg(all(feature = "extra-roots", feature = "proxy"))]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod upstream;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use gatelet_core::host::SendErrorKind;
use gatelet_native::Tls;
use gatelet_native::transport::{Options, Proxy, Transport};
use http::Version;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use upstream::{Client, exchange, post, read_request, soon, upstream, write};

/// A certificate authority, in a file.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let file = std::env::temp_dir().join(format!("gatelet-ca-{}-{name}.pem", std::process::id()));
        std::fs::write(&file, certificate.pem()).expect("a file");
        Self { issuer: Issuer::new(params, key), file }
    }

    /// What a server with that name is set up with.
    fn server(&self, name: &str, protocols: &[&str]) -> TlsAcceptor {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
            )
            .expect("a configuration");
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }

    fn client(&self, proxy: Option<Proxy>) -> Client {
        let tls = Tls::with_roots_of(&self.file);
        Transport::new(Options { tls: Arc::new(tls), proxy: proxy.map(Arc::new) })
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

/// An upstream that speaks HTTP/1.1 over TLS and says how many requests its connection has seen.
async fn secure(acceptor: TlsAcceptor) -> SocketAddr {
    upstream(move |_, stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let mut seen = [0; 4096];
            for turn in 1.. {
                if stream.read(&mut seen).await.unwrap_or(0) == 0 {
                    return;
                }
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{turn}");
                stream.write_all(answer.as_bytes()).await.expect("written");
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_configured_root_is_trusted_and_no_other() {
    let authority = Authority::new("trusted");
    let address = secure(authority.server("localhost", &["http/1.1"])).await;
    let url = format!("https://localhost:{}/", address.port());
    let client = authority.client(None);
    for turn in ["1", "2"] {
        assert_eq!(exchange(&client, post(&url)).await.expect("an answer"), (200, turn.to_owned()));
    }
    assert_eq!(client.idle(), 1);

    for stranger in [Transport::new(Options::default()), Authority::new("other").client(None)] {
        let error = exchange(&stranger, post(&url)).await.expect_err("an error");
        assert_eq!((error.kind(), error.sent()), (SendErrorKind::Connect, false));
        assert!(error.detail().contains("certificate"), "{error}");
    }
    // The name counts, too.
    let error = exchange(&client, post(format!("https://{address}/"))).await.expect_err("an error");
    assert!(error.detail().contains("certificate"), "{error}");
}

#[tokio::test]
async fn http2_is_agreed_upon() {
    let authority = Authority::new("http2");
    let old = secure(authority.server("localhost", &["http/1.1"])).await;
    let none = secure(authority.server("localhost", &[])).await;
    for address in [old, none] {
        let mut request = post(format!("https://localhost:{}/", address.port()));
        *request.version_mut() = Version::HTTP_2;
        let error = exchange(&authority.client(None), request).await.expect_err("an error");
        assert_eq!((error.kind(), error.sent()), (SendErrorKind::Connect, false));
    }

    let acceptor = authority.server("localhost", &["h2", "http/1.1"]);
    let address = upstream(move |_, stream| {
        let acceptor = acceptor.clone();
        async move {
            let stream = acceptor.accept(stream).await.expect("TLS");
            let service = hyper::service::service_fn(|request: http::Request<hyper::body::Incoming>| async move {
                let text = format!("{:?}", request.version());
                Ok::<_, std::convert::Infallible>(http::Response::new(http_body_util::Full::new(bytes::Bytes::from(
                    text,
                ))))
            });
            let protocol = hyper::server::conn::http2::Builder::new(hyper_util::rt::TokioExecutor::new());
            let _ = protocol.serve_connection(hyper_util::rt::TokioIo::new(stream), service).await;
        }
    })
    .await;
    let client = authority.client(None);
    for _ in 0..2 {
        let mut request = post(format!("https://localhost:{}/", address.port()));
        *request.version_mut() = Version::HTTP_2;
        assert_eq!(exchange(&client, request).await.expect("an answer").1, "HTTP/2.0");
    }
}

/// A proxy that tells the head of each request, and leads all tunnels to the same place, or refuses.
async fn proxy(leads_to: Option<SocketAddr>) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let (sender, heads) = mpsc::unbounded_channel();
    let address = upstream(move |_, mut stream| {
        let sender = sender.clone();
        async move {
            let Some(head) = read_request(&mut stream).await else { return };
            let _ = sender.send(head);
            let Some(address) = leads_to else {
                return write(&mut stream, "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
            };
            write(&mut stream, "HTTP/1.1 200 Connection established\r\n\r\n").await;
            let mut onward = TcpStream::connect(address).await.expect("a connection");
            let _ = copy_bidirectional(&mut stream, &mut onward).await;
        }
    })
    .await;
    (address, heads)
}

fn through(address: SocketAddr) -> Option<Proxy> {
    let url = format!("http://user:canary@{address}");
    let environment = |name: &str| (name == "HTTPS_PROXY").then(|| url.clone());
    Proxy::from_environment(&environment).expect("a proxy")
}

#[tokio::test]
async fn a_proxy_is_a_tunnel_to_foreign_hosts() {
    let authority = Authority::new("proxy");
    let secure = secure(authority.server("upstream.invalid", &["http/1.1"])).await;
    let (address, mut heads) = proxy(Some(secure)).await;
    let client = authority.client(through(address));
    for turn in ["1", "2"] {
        let answer = exchange(&client, post("https://upstream.invalid/v1/x?y=1")).await.expect("an answer");
        assert_eq!(answer, (200, turn.to_owned()));
    }
    let head = soon(&mut heads).await.expect("a head");
    assert!(head.starts_with("CONNECT upstream.invalid:443 HTTP/1.1\r\n"), "{head}");
    // user:canary
    assert!(head.contains("Proxy-Authorization: Basic dXNlcjpjYW5hcnk=\r\n"), "{head}");
    assert!(heads.try_recv().is_err(), "the tunnel is used again");
}

#[tokio::test]
async fn loopback_is_never_asked_of_a_proxy() {
    let authority = Authority::new("loopback");
    let secure = secure(authority.server("localhost", &["http/1.1"])).await;
    let (address, mut heads) = proxy(Some(secure)).await;
    let client = authority.client(through(address));
    let url = format!("https://localhost:{}/", secure.port());
    assert_eq!(exchange(&client, post(&url)).await.expect("an answer").0, 200);
    assert!(heads.try_recv().is_err());
}

#[tokio::test]
async fn a_proxy_that_refuses_is_a_connection_that_failed() {
    let authority = Authority::new("refused");
    let (address, _heads) = proxy(None).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a socket").local_addr().expect("an address");
    for address in [address, closed] {
        let client = authority.client(through(address));
        let error = exchange(&client, post("https://upstream.invalid/v1/x?y=1")).await.expect_err("an error");
        assert_eq!((error.kind(), error.sent()), (SendErrorKind::Connect, false));
        assert!(error.detail().contains("proxy") && !error.detail().contains("canary"), "{error}");
    }
}

#[test]
fn a_file_without_certificates_is_an_error() {
    let file = std::env::temp_dir().join(format!("gatelet-none-{}.pem", std::process::id()));
    std::fs::write(&file, "nothing").expect("a file");
    for path in [&file, &PathBuf::from("/nowhere/ca.pem")] {
        let error = Tls::with_roots_of(path).prepare().expect_err("an error");
        assert!(error.contains(&path.display().to_string()), "{error}");
    }
    let _ = std::fs::remove_file(&file);
}

#[test]
fn roots_that_were_missing_are_looked_for_again() {
    let authority = Authority::new("late");
    let late = std::env::temp_dir().join(format!("gatelet-late-{}.pem", std::process::id()));
    let tls = Tls::with_roots_of(&late);
    tls.prepare().expect_err("no file yet");
    std::fs::copy(&authority.file, &late).expect("a file");
    tls.prepare().expect("the file is there");
    std::fs::remove_file(&late).expect("a file");
    tls.prepare().expect("it has been built");
}
