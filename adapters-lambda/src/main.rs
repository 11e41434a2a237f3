//! The gateway as an AWS Lambda function: one event in, one streamed answer out.

mod caught;
mod configuration;
mod diagnostic;
mod endings;
mod event;
mod host;
mod posted;
mod prelude;
mod responder;
mod runtime_api;

use std::process::ExitCode;
use std::sync::Arc;

use gatelet_core::{Gateway, Unlimited};
use gatelet_native::Surroundings;
use gatelet_native::transport::{Options, Transport};
use lambda_http::{Body, Error, Request, Response, service_fn, streaming_runtime_concurrent};

use crate::host::{Function, LambdaHost};
use crate::responder::Responder;
use crate::runtime_api::RuntimeApi;

/// Everything before the first poll for work is part of every cold start: no network, no TLS, no thread.
fn main() -> ExitCode {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        diagnostic::report(
            "this is the entry point of an AWS Lambda function; the server to run by hand is `gatelet`",
            &[],
        );
        return ExitCode::FAILURE;
    }
    caught::report_panics();
    let served = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::from)
        .and_then(|runtime| runtime.block_on(serve()));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            diagnostic::report("the loop over invocations ended", &[("error", &error.to_string())]);
            ExitCode::FAILURE
        }
    }
}

/// Serves until the platform ends the environment: one invocation at a time, or as many as `AWS_LAMBDA_MAX_CONCURRENCY`
/// says, all by one gateway.
async fn serve() -> Result<(), Error> {
    let configured = configuration::load();
    let transport = Transport::new(Options::default());
    let surroundings = Surroundings::new(|name| std::env::var(name).ok());
    if let Ok(settings) = &configured {
        transport.set_connect_timeout(settings.timeouts.connect);
    }
    let gateway = Gateway::new(LambdaHost::new(transport, Function, surroundings), Unlimited, configured);
    let api = RuntimeApi::from_environment();
    streaming_runtime_concurrent(service_fn(beneath))
        .register_snapstart_resource(Arc::new(api.clone()))
        .layer(Responder::new(gateway, api))
        .run_concurrent()
        .await
}

/// The service that the runtime is made of and [`Responder`] stands in for.
async fn beneath(_: Request) -> Result<Response<Body>, Error> {
    Err("answered by the responder".into())
}
