//! The floor: a reverse proxy that copies bodies and decides nothing, as honest and as fast as hyper makes one.

use std::io;

use hyper::body::Incoming;
use hyper::header::HOST;
use hyper::http::uri::{Authority, Scheme};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

type Pool = Client<HttpConnector, Incoming>;

/// Serves until the process ends, sending everything to `upstream`.
pub(crate) async fn serve(listener: TcpListener, upstream: Authority) -> io::Result<()> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let pool: Pool = Client::builder(TokioExecutor::new()).build(connector);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let pool = pool.clone();
        let upstream = upstream.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| forward(&pool, &upstream, request));
            // A client that leaves ends its own connection and nothing else.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn forward(
    pool: &Pool,
    upstream: &Authority,
    mut request: Request<Incoming>,
) -> Result<Response<Incoming>, hyper_util::client::legacy::Error> {
    if let Some(uri) = at(upstream, request.uri()) {
        *request.uri_mut() = uri;
    }
    request.headers_mut().remove(HOST);
    let mut response = pool.request(request).await?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        *response.status_mut() = StatusCode::BAD_GATEWAY;
    }
    Ok(response)
}

fn at(upstream: &Authority, uri: &Uri) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(upstream.clone());
    Uri::from_parts(parts).ok()
}
