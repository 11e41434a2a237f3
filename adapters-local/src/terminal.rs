//! What a person reads: results on standard output, everything else on standard error.

use std::io::{self, Write};
use std::process::ExitCode;

/// Writes a command's result.
pub(crate) fn show(text: &str) -> ExitCode {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read it has seen enough: `gatelet models | head -1`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Writes a message beside the result. There is nobody to tell if that fails.
pub(crate) fn tell(message: &str) {
    let _ = writeln!(io::stderr().lock(), "{message}");
}
