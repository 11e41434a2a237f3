//! The binary under test.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::Platform;

/// A running function; killed when dropped.
pub(crate) struct Function {
    child: Child,
    stdout: Lines,
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
        let mut command = Command::new(env!("CARGO_BIN_EXE_bootstrap"));
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", platform.address().to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "gatelet")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = collect(child.stdout.take().unwrap());
        let stderr = collect(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    /// Waits for so many lines on standard output and gives all there are then.
    pub(crate) fn log(&self, lines: usize) -> Vec<Value> {
        let (seen, arrived) = &*self.stdout;
        let (seen, _) = arrived
            .wait_timeout_while(seen.lock().unwrap(), Duration::from_secs(10), |seen| seen.len() < lines)
            .unwrap();
        assert!(seen.len() >= lines, "{} lines instead of {lines}: {seen:?}", seen.len());
        seen.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"))).collect()
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
        let text = |lines: &Lines| lines.0.lock().unwrap().join("\n");
        format!("{}\n{}", text(&self.stdout), text(&self.stderr))
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
