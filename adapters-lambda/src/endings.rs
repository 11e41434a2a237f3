//! What requests leave to be finished, kept per invocation.
//!
//! A Lambda environment may be frozen as soon as it asks for more work, so nothing may be left to a task of its own: what
//! [`Host::finish_later`](gatelet_core::Host::finish_later) is given is kept with its invocation, and awaited before the
//! invocation ends. In concurrent mode several are under way, so the place is found by the task, not by a global.

use std::sync::{Arc, Mutex, PoisonError};

use gatelet_core::Ending;
use gatelet_native::transport::Body;

tokio::task_local! {
    static CURRENT: Endings;
}

/// The endings of one invocation.
#[derive(Clone, Default)]
pub(crate) struct Endings(Arc<Mutex<Vec<Ending<Body>>>>);

impl Endings {
    /// Keeps the ending with the invocation under way. Outside of one there is none to keep it with: `false`.
    pub(crate) fn keep(ending: Ending<Body>) -> bool {
        CURRENT.try_with(|current| current.lock().push(ending)).is_ok()
    }

    /// Runs what belongs to the invocation.
    pub(crate) async fn within<F: Future>(&self, work: F) -> F::Output {
        CURRENT.scope(self.clone(), work).await
    }

    /// Runs what belongs to the invocation, at once.
    pub(crate) fn collect<T>(&self, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self.clone(), work)
    }

    /// What has been kept and not been taken.
    pub(crate) fn take(&self) -> Vec<Ending<Body>> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Ending<Body>>> {
        // Nothing panics under the lock; a list is whole anyway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use gatelet_core::config::{Config, Platform};
    use gatelet_core::store::{Admission, Denied, RequestId, Reservation, Settlement, Store, StoreError};
    use gatelet_core::{Gateway, Reply};
    use gatelet_native::Surroundings;
    use gatelet_native::transport::{Options, Transport};
    use http_body_util::{BodyExt as _, Full};

    use super::*;
    use crate::host::{Function, LambdaHost};
    use crate::posted::{Delivery, Posted};

    /// A store whose every request has to be settled.
    #[derive(Clone, Default)]
    struct Counted(Arc<Mutex<Vec<(RequestId, u64)>>>);

    impl Store for Counted {
        async fn admit(&self, admission: &Admission<'_>) -> Result<Reservation, Denied> {
            Ok(Reservation::held(admission.request))
        }

        async fn settle(&self, settlement: Settlement) -> Result<(), StoreError> {
            self.0.lock().expect("no panic").push((settlement.request, settlement.usage.output));
            Ok(())
        }
    }

    type Served = Arc<Gateway<LambdaHost, Counted>>;

    fn gateway(store: &Counted) -> Served {
        let config = Config::from_json(r#"{"open":true,"providers":{"mock":{}}}"#).expect("a configuration");
        let settings = config.resolve(Platform::Lambda, &|_| None).expect("settings");
        Gateway::new(
            LambdaHost::new(Transport::new(Options::default()), Function, Surroundings::new(|_| None)),
            store.clone(),
            Ok(Arc::new(settings)),
        )
    }

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
    }

    async fn begin(gateway: &Served, endings: &Endings) -> (Posted<Reply<LambdaHost, Counted>>, Delivery) {
        let body = r#"{"model":"mock/hello","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
        let mut request = http::Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = http::Uri::from_static("/v1/chat/completions");
        let (head, reply) = endings.within(gateway.handle(request)).await.into_parts();
        Posted::new(crate::prelude::of(&head), reply, endings.clone())
    }

    async fn settle(gateway: &Served, endings: &Endings) -> usize {
        let kept = endings.take();
        let count = kept.len();
        for ending in kept {
            gateway.finish(ending).await;
        }
        count
    }

    #[test]
    fn an_answer_leaves_one_ending_whether_it_is_whole_or_not() {
        run(async {
            let store = Counted::default();
            let gateway = gateway(&store);
            let endings = Endings::default();
            // The connection polls the body outside of the invocation's own future.
            let (posted, mut delivery) = begin(&gateway, &endings).await;
            let whole = tokio::spawn(posted.collect());
            delivery.ended().await;
            assert!(whole.await.is_ok_and(|whole| whole.is_ok()));
            assert_eq!(settle(&gateway, &endings).await, 1);

            let (mut cut, _delivery) = begin(&gateway, &endings).await;
            for _ in 0..3 {
                assert!(cut.frame().await.is_some_and(|frame| frame.is_ok()));
            }
            assert_eq!(endings.take().len(), 0);
            drop(cut);
            assert_eq!(settle(&gateway, &endings).await, 1);

            let (posted, delivery) = begin(&gateway, &endings).await;
            let broken = tokio::spawn(posted.collect());
            delivery.break_off().await;
            assert!(broken.await.is_ok_and(|whole| whole.is_err()), "never a normal end");
            assert_eq!(settle(&gateway, &endings).await, 1);

            let settled = store.0.lock().expect("no panic");
            assert_eq!(settled.len(), 3);
            assert!(settled.first().is_some_and(|(_, output)| *output > 0));
        });
    }

    #[test]
    fn invocations_under_way_at_once_keep_their_endings_apart() {
        run(async {
            let gateway = gateway(&Counted::default());
            let (one, other) = (Endings::default(), Endings::default());
            let (first, _first) = begin(&gateway, &one).await;
            let (second, _second) = begin(&gateway, &other).await;
            assert!(second.collect().await.is_ok());
            assert_eq!((one.take().len(), other.take().len()), (0, 1));
            drop(first);
            assert_eq!((one.take().len(), other.take().len()), (1, 0));
        });
    }

    #[test]
    fn a_client_that_leaves_before_the_head_leaves_an_ending_too() {
        run(async {
            let gateway = gateway(&Counted::default());
            let endings = Endings::default();
            let body = r#"{"model":"mock/silent","messages":[]}"#;
            let mut request = http::Request::new(Full::new(Bytes::from(body)));
            *request.method_mut() = http::Method::POST;
            *request.uri_mut() = http::Uri::from_static("/v1/chat/completions");
            let waiting = endings.within(gateway.handle(request));
            assert!(tokio::time::timeout(std::time::Duration::from_millis(20), waiting).await.is_err());
            assert_eq!(endings.take().len(), 1);
        });
    }
}
