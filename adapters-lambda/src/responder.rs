//! One invocation: from the event to the settled request.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use gatelet_core::gateway::Deadline;
use gatelet_core::{Gateway, Unlimited};
use http::HeaderValue;
use lambda_runtime::tower::Layer;
use lambda_runtime::{Error, LambdaInvocation, Service};

use crate::caught::{Panicked, caught};
use crate::diagnostic;
use crate::endings::Endings;
use crate::event;
use crate::host::LambdaHost;
use crate::posted::Posted;
use crate::prelude;
use crate::runtime_api::{Address, RuntimeApi, Undelivered};

/// What stays of the platform's deadline for an error event and the settlement: an environment that is killed settles
/// nothing.
const RESERVE: Duration = Duration::from_secs(3);

/// Answers invocations by itself. As a layer it ignores the service beneath, which exists only because
/// [`lambda_runtime::Runtime`] must be made of one.
#[derive(Clone)]
pub(crate) struct Responder {
    gateway: Arc<Gateway<LambdaHost, Unlimited>>,
    api: RuntimeApi,
}

impl Responder {
    /// A responder of the gateway's answers.
    pub(crate) fn new(gateway: Arc<Gateway<LambdaHost, Unlimited>>, api: RuntimeApi) -> Self {
        Self { gateway, api }
    }

    /// Answers an invocation and settles it. The platform is asked for more work when this has returned, so all of it is
    /// awaited here; and the process serves on whatever happened, so it returns nothing.
    async fn serve(self, invocation: LambdaInvocation) {
        let endings = Endings::default();
        let to = Address::of(&invocation);
        if let Err(Panicked) = endings.within(caught(self.answer(&to, invocation, &endings))).await {
            // A panic of the core is an answer in the dialect already; this one is the adapter's own.
            let told = self.api.fail(&to, "Gatelet.Panic", "a bug in the gateway ended this request").await;
            report(&to, told);
        }
        for ending in endings.take() {
            // The hook has reported the panic; the other endings are still owed.
            let _ = caught(self.gateway.finish(ending)).await;
        }
    }

    async fn answer(&self, to: &Address, invocation: LambdaInvocation, endings: &Endings) {
        let LambdaInvocation { body, context, .. } = invocation;
        let mut request = match event::request(&body) {
            Ok(request) => request,
            Err(problem) => {
                let told = self.api.fail(to, "Gatelet.NotHttp", &problem.to_string()).await;
                return report(to, told);
            }
        };
        // The body has been copied out of the event, where it had escapes; the rest is not needed either.
        drop(body);
        if let Some(trace) = context.xray_trace_id.and_then(|id| HeaderValue::try_from(id).ok()) {
            request.headers_mut().insert("x-amzn-trace-id", trace);
        }
        let deadline = Duration::from_millis(context.deadline).saturating_sub(RESERVE);
        request.extensions_mut().insert(Deadline(deadline));

        let (head, reply) = self.gateway.handle(request).await.into_parts();
        let (posted, mut delivery) = Posted::new(prelude::of(&head), reply, endings.clone());
        let told = self.api.respond(to, posted).await;
        match told {
            // The platform may answer before it has the end.
            Ok(()) => delivery.ended().await,
            Err(_) => delivery.break_off().await,
        }
        report(to, told);
    }
}

fn report(to: &Address, told: Result<(), Undelivered>) {
    let id = ("aws_request_id", to.request_id());
    match told {
        Ok(()) => {}
        Err(Undelivered::Broken(error)) => {
            diagnostic::report("the connection to the Runtime API broke", &[id, ("error", &chain(&*error))]);
        }
        Err(Undelivered::Refused(status, message)) => {
            let fields = [id, ("status", status.as_str()), ("answer", &message)];
            diagnostic::report("the Runtime API refused the answer", &fields);
        }
    }
}

/// An error and what caused it. It is the client's for the Runtime API, whose URLs hold nothing but the request's id.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl<I> Layer<I> for Responder {
    type Service = Self;

    fn layer(&self, _: I) -> Self {
        self.clone()
    }
}

impl Service<LambdaInvocation> for Responder {
    type Response = ();
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let responder = self.clone();
        Box::pin(async move {
            responder.serve(invocation).await;
            Ok(())
        })
    }
}
