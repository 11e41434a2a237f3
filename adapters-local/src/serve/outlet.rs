//! Where a worker's log lines and endings go.

use std::sync::Arc;

use gatelet_core::Ending;
use gatelet_native::Outlet;
use gatelet_native::transport::Body;
use tokio::sync::mpsc::UnboundedSender;

use super::log::Log;

/// Where a worker's log lines and endings go.
#[derive(Debug)]
pub(super) struct LocalOutlet {
    pub(super) log: Arc<Log>,
    /// To the worker, which finishes them. There is one for each request that is open, so the queue is bounded by the
    /// number of connections.
    pub(super) endings: UnboundedSender<Ending<Body>>,
}

impl Outlet<Body> for LocalOutlet {
    fn emit(&self, line: &[u8]) {
        self.log.emit(line);
    }

    fn finish_later(&self, ending: Ending<Body>) {
        // The worker leaves last: it is there as long as its gateway serves.
        let _ = self.endings.send(ending);
    }
}
