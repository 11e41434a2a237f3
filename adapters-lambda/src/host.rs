//! The function as a host: the native one, with this platform's outlet.

use std::io::Write as _;

use bytes::Bytes;
use gatelet_core::Ending;
use gatelet_native::transport::{Body, Transport};
use gatelet_native::{NativeHost, Outlet};
use http_body_util::Full;

use crate::diagnostic;
use crate::endings::Endings;

/// The function as a host.
pub(crate) type LambdaHost = NativeHost<Transport<Full<Bytes>>, Function>;

/// Where a function's log lines and endings go.
#[derive(Debug)]
pub(crate) struct Function;

impl Outlet<Body> for Function {
    /// Writes the line at once and in one piece: the environment may be frozen right after, and CloudWatch makes an entry
    /// of what arrives together.
    fn emit(&self, line: &[u8]) {
        // A closed standard output leaves nobody to tell.
        let _ = std::io::stdout().lock().write_all(line);
    }

    fn finish_later(&self, ending: Ending<Body>) {
        if !Endings::keep(ending) {
            diagnostic::report("a request ended outside of its invocation and was not settled", &[]);
        }
    }
}
