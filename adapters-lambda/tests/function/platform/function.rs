//! The binary under test.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Platform;

/// A running function; killed when dropped.
pub(crate) struct Function {
    child: Child,
    /// A file, so that what is in it at a moment is known, and no thread has to have read it.
    stdout: PathBuf,
    stderr: Lines,
}

type Lines = Arc<(Mutex<Vec<String>>, Condvar)>;

impl Function {
    /// Starts the function with a configuration, given as JSON in the environment.
    pub(crate) fn start(platform: &Platform, config: &Value) -> Self {
        Self::with(platform, &[("GATELET_CONFIG", &config.to_string())])
    }

    /// Starts the function with these variables besides the platform's own.
    pub(crate) fn with(platform: &Platform, environment: &[(&str, &str)]) -> Self {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let stdout = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("stdout-{}-{number}", std::process::id()));
        platform.watch(stdout.clone());
        let mut command = Command::new(env!("CARGO_BIN_EXE_bootstrap"));
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", platform.address().to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "gatelet")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(File::create(&stdout).unwrap())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = collect(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    /// Waits for so many lines on standard output and gives all there are then.
    pub(crate) fn log(&self, lines: usize) -> Vec<Value> {
        let started = Instant::now();
        loop {
            let seen = self.output();
            if seen.lines().count() >= lines {
                return seen
                    .lines()
                    .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
                    .collect();
            }
            assert!(started.elapsed() < Duration::from_secs(10), "no {lines} lines: {seen}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn output(&self) -> String {
        std::fs::read_to_string(&self.stdout).unwrap()
    }

    /// Waits for a line on standard error that holds the text.
    pub(crate) fn complains(&self, of: &str) -> String {
        let (seen, arrived) = &*self.stderr;
        let (seen, _) = arrived
            .wait_timeout_while(seen.lock().unwrap(), Duration::from_secs(10), |seen| {
                !seen.iter().any(|line| line.contains(of))
            })
            .unwrap();
        seen.iter().find(|line| line.contains(of)).unwrap_or_else(|| panic!("no {of:?} in {seen:?}")).clone()
    }

    /// Everything the function has printed.
    pub(crate) fn printed(&self) -> String {
        format!("{}{}", self.output(), self.stderr.0.lock().unwrap().join("\n"))
    }

    /// Whether the process still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.stdout);
    }
}

fn collect(pipe: impl Read + Send + 'static) -> Lines {
    let lines = Lines::default();
    let to = Arc::clone(&lines);
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            to.0.lock().unwrap().push(line);
            to.1.notify_all();
        }
    });
    lines
}
