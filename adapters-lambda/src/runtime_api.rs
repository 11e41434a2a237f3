//! The half of Lambda's Runtime API that answers: `/response` and `/error` of an invocation.
//!
//! `lambda_runtime` keeps the other half, the loop over `/next`. It is not given the answers because it posts them on a
//! connection without TCP_NODELAY (the first chunk of every stream waits 40 ms for an acknowledgement), and because it
//! ends the process when a response's connection breaks. Both cannot be configured.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper_util::client::legacy::connect::HttpConnector;
use lambda_runtime::{BoxFuture, Error, LambdaInvocation, SnapStartResource};
use lambda_runtime_api_client::body::Body;
use lambda_runtime_api_client::{PooledClient, build_request};

/// How long the body of the platform's own answer may take, and how long it may be.
const REFUSAL_TIME: Duration = Duration::from_secs(1);
const REFUSAL_SIZE: usize = 4096;

/// A client of the Runtime API.
#[derive(Clone)]
pub(crate) struct RuntimeApi(Arc<PooledClient>);

/// Where an invocation's answer goes.
pub(crate) struct Address {
    request_id: String,
    /// Sent back where the platform gave it: it protects against answers to another invocation.
    invocation_id: Option<HeaderValue>,
}

/// Why an answer was not taken.
#[derive(Debug)]
pub(crate) enum Undelivered {
    /// The connection broke: the platform, or who it works for, has gone.
    Broken(Error),
    /// The platform refused it: the invocation has timed out (410), or the answer is too large (413).
    Refused(StatusCode, String),
}

impl Address {
    /// The address of an invocation.
    pub(crate) fn of(invocation: &LambdaInvocation) -> Self {
        Self {
            request_id: invocation.context.request_id.clone(),
            invocation_id: invocation.parts.headers.get("lambda-runtime-invocation-id").cloned(),
        }
    }

    /// The id that the platform's own log lines have.
    pub(crate) fn request_id(&self) -> &str {
        &self.request_id
    }
}

impl RuntimeApi {
    /// A client of the endpoint in `AWS_LAMBDA_RUNTIME_API`, unconnected.
    ///
    /// # Panics
    /// Without that variable.
    pub(crate) fn from_environment() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self(Arc::new(PooledClient::builder().with_connector(connector).build()))
    }

    /// Posts a streamed answer; done when the platform has taken it whole, or not.
    ///
    /// # Errors
    /// The answer was not taken.
    pub(crate) async fn respond<B>(&self, to: &Address, body: B) -> Result<(), Undelivered>
    where
        B: http_body::Body<Data = Bytes, Error: Into<Error>> + Send + 'static,
    {
        let head = [
            ("transfer-encoding", "chunked"),
            ("lambda-runtime-function-response-mode", "streaming"),
            ("content-type", "application/vnd.awslambda.http-integration-response"),
        ];
        self.post(to, "response", &head, Body::new(body)).await
    }

    /// Reports that an invocation has no answer. Behind a function URL the caller sees a 502.
    ///
    /// # Errors
    /// The report was not taken.
    pub(crate) async fn fail(&self, to: &Address, kind: &str, message: &str) -> Result<(), Undelivered> {
        let report = serde_json::json!({ "errorType": kind, "errorMessage": message }).to_string();
        let head = [("lambda-runtime-function-error-type", kind), ("content-type", "application/json")];
        self.post(to, "error", &head, Body::from(report)).await
    }

    async fn post(&self, to: &Address, what: &str, head: &[(&str, &str)], body: Body) -> Result<(), Undelivered> {
        let mut request = build_request()
            .method(Method::POST)
            .uri(format!("/2018-06-01/runtime/invocation/{}/{what}", to.request_id));
        for (name, value) in head {
            request = request.header(*name, *value);
        }
        if let Some(id) = &to.invocation_id {
            request = request.header("lambda-runtime-invocation-id", id);
        }
        let request = request.body(body).map_err(|error| Undelivered::Broken(error.into()))?;
        let response = self.0.call(request).await.map_err(Undelivered::Broken)?;
        let status = response.status();
        // Read to its end, so that the connection serves the next answer too.
        let message = short_text(response).await;
        if status.is_success() { Ok(()) } else { Err(Undelivered::Refused(status, message)) }
    }
}

impl SnapStartResource for RuntimeApi {
    /// Connections do not outlive a snapshot. None is open when the platform takes one, since it is taken before the first
    /// invocation; this keeps it true should something ever connect earlier.
    fn after_restore(&self) -> BoxFuture<'_, Result<(), Error>> {
        self.0.reset_pool();
        Box::pin(std::future::ready(Ok(())))
    }
}

async fn short_text<B>(response: Response<B>) -> String
where
    B: http_body::Body<Data = Bytes, Error: Into<Error>>,
{
    let body = Limited::new(response.into_body(), REFUSAL_SIZE).collect();
    match tokio::time::timeout(REFUSAL_TIME, body).await {
        Ok(Ok(whole)) => String::from_utf8_lossy(&whole.to_bytes()).into_owned(),
        Ok(Err(_)) | Err(_) => String::new(),
    }
}
