//! What every measurement needs: a folder, a runtime for the load, the stub upstream.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::runtime::{Builder, Runtime};

use crate::arguments::Options;
use crate::contender::Contender;
use crate::process::Process;

/// A run of the benchmark.
pub(crate) struct Bench {
    /// For configurations and what the processes print; removed at the end.
    pub(crate) folder: PathBuf,
    /// The load's.
    pub(crate) runtime: Runtime,
    /// Where the stub upstream listens.
    pub(crate) upstream: SocketAddr,
    _process: Process,
}

impl Bench {
    /// Starts the stub upstream.
    pub(crate) fn start() -> io::Result<Self> {
        let folder = std::env::temp_dir().join(format!("gatelet-bench-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 9));
        let (process, upstream) = Contender::upstream()?.start(nowhere, &folder)?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { folder, runtime, upstream, _process: process })
    }

    /// The floor first, gatelet, and what else was asked for.
    pub(crate) fn contenders(&self, options: &Options) -> io::Result<Vec<Contender>> {
        let mut contenders = vec![Contender::floor()?, Contender::gatelet(&options.gatelet)?];
        contenders.extend(options.contenders.iter().cloned());
        Ok(contenders)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // What is left behind in the temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
