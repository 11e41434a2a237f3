//! A measured process: started, watched through `/proc`, and ended when dropped.

use std::fs::{self, File};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A child process that ends with its owner.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts `command`; what it prints goes to `output`.
    pub(crate) fn start(command: &mut Command, output: &Path) -> io::Result<Self> {
        let file = File::create(output)?;
        let child = command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn().map_err(|error| {
            let program = command.get_program().to_string_lossy();
            io::Error::new(error.kind(), format!("{program}: {error}"))
        })?;
        Ok(Self { child })
    }

    /// Waits until `address` takes a connection.
    pub(crate) fn ready(&mut self, address: SocketAddr) -> io::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                return Err(io::Error::other(format!("ended before it listened: {status}")));
            }
            if Instant::now() > deadline {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "does not listen"));
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        Ok(())
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The CPU time of its living threads so far, user and system.
    ///
    /// The scheduler's own count in nanoseconds: the clock ticks of `/proc/PID/stat` are too coarse for a short run.
    /// No measured process ends threads between two readings, apart from tokio's idle blocking threads.
    pub(crate) fn cpu(&self) -> io::Result<Duration> {
        let mut sum = Duration::ZERO;
        for task in fs::read_dir(format!("/proc/{}/task", self.id()))? {
            sum += schedstat(&task?.path().join("schedstat").to_string_lossy())?;
        }
        Ok(sum)
    }

    /// The CPU time of its main thread so far.
    pub(crate) fn cpu_of_main(&self) -> io::Result<Duration> {
        schedstat(&format!("/proc/{}/schedstat", self.id()))
    }

    /// The resident memory now, in KiB.
    pub(crate) fn resident(&self) -> io::Result<u64> {
        self.status("VmRSS:")
    }

    /// The largest resident memory so far, in KiB.
    pub(crate) fn resident_peak(&self) -> io::Result<u64> {
        self.status("VmHWM:")
    }

    fn status(&self, field: &str) -> io::Result<u64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        text.lines()
            .find_map(|line| line.strip_prefix(field)?.split_whitespace().next()?.parse().ok())
            .ok_or_else(|| io::Error::other(format!("/proc has no {field}")))
    }

    /// Asks it to end (SIGTERM) and waits for that.
    pub(crate) fn terminate(mut self) -> io::Result<()> {
        Command::new("kill").arg(self.id().to_string()).status()?;
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "does not end on SIGTERM"));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The CPU time in a file of the scheduler's statistics.
fn schedstat(path: &str) -> io::Result<Duration> {
    let text = fs::read_to_string(path)?;
    let first = text.split_whitespace().next().unwrap_or_default();
    Ok(Duration::from_nanos(first.parse().map_err(io::Error::other)?))
}

/// A loopback address that nothing listens on.
pub(crate) fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}
