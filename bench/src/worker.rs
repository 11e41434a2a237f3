//! The packaged Worker in workerd, beside a Worker that only passes requests on.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Fallible;
use crate::arguments::Options;
use crate::bench::Bench;
use crate::cells::CELLS;
use crate::contender::key_hash;
use crate::load::{self, Client};
use crate::process::{Process, free_address};
use crate::report::{Against, Figure, Section, median};

/// How often each is started.
const STARTS: usize = 10;

/// Rounds of requests.
const ROUNDS: usize = 5;

/// Requests a round.
const REQUESTS: usize = 400;

/// The prompt of those requests, in bytes.
const PROMPT: usize = 32_000;

/// The compatibility date and flags that ship; the values are written alike in TOML and in Cap'n Proto.
const SHIPPED: &str = include_str!("../../wrangler.toml");

/// The floor: what any Worker in front of an upstream does.
const PASS: &str = "export default {\n  fetch(request, env) {\n    const url = new URL(request.url);\n    \
    if (url.pathname === '/health') return new Response('ok');\n    \
    return fetch(new Request(env.UPSTREAM + url.pathname, request));\n  },\n};\n";

/// Measures it, if it was packaged and the runtime is there.
pub(crate) fn run(bench: &Bench, options: &Options) -> Fallible<Vec<Section>> {
    let title = format!("Worker in workerd, CPU; starts {STARTS}, rounds {ROUNDS} of {REQUESTS}");
    let skip = |why: String| Ok(vec![Section { title: title.clone(), figures: Vec::new(), notes: vec![why] }]);
    let Some(workerd) = options.workerd.clone().or_else(fetched).filter(|path| path.is_file()) else {
        return skip("skipped: there is no workerd; `cargo xtask setup` fetches it, or --workerd PATH".to_owned());
    };
    if !options.worker.join("index.js").is_file() {
        let folder = options.worker.display();
        return skip(format!("skipped: {folder} holds no Worker; cargo xtask worker packages one, or --worker FOLDER"));
    }
    let both = [Worker::pass(bench)?, Worker::gatelet(bench, &options.worker)?];
    // As far as Cloudflare counts a start: compiled and evaluated, and no request let in.
    let loaded = both[1].only_loaded()?;

    let mut starts = [Vec::new(), Vec::new()];
    let mut answers = [Vec::new(), Vec::new()];
    for _ in 0..STARTS {
        for (worker, starts) in [&both[0], &loaded].into_iter().zip(&mut starts) {
            let (process, _) = worker.start(&workerd, bench)?;
            starts.push(process.cpu_of_main()?.as_secs_f64() * 1e3);
        }
        for (worker, answers) in both.iter().zip(&mut answers) {
            let (process, _) = worker.start(&workerd, bench)?;
            answers.push(process.cpu()?.as_secs_f64() * 1e3);
        }
    }
    let running = [both[0].start(&workerd, bench)?, both[1].start(&workerd, bench)?];
    let mut costs = [Vec::new(), Vec::new()];
    let mut cell = *CELLS.first().ok_or("there is a first cell")?;
    cell.prompt = PROMPT;
    for round in 0..=ROUNDS {
        for ((process, address), costs) in running.iter().zip(&mut costs) {
            let before = process.cpu()?;
            bench.runtime.block_on(load::run(&cell.load(*address, REQUESTS)))?;
            let cpu = process.cpu()?.saturating_sub(before);
            // The first round warms the runtime's compilers up.
            if round > 0 {
                costs.push(cpu.as_secs_f64() * 1e3 / REQUESTS as f64);
            }
        }
    }
    let figure = |what: String, [floor, own]: [Vec<f64>; 2], budget| {
        let (floor, value) = (median(floor), median(own));
        let against = Against::Difference(value - floor);
        Figure { what, unit: "ms", floor: Some(floor), value, against, budget }
    };
    let figures = vec![
        figure("start-up, main thread".to_owned(), starts, Some(10.0)),
        figure("start and first answer of /health".to_owned(), answers, None),
        figure(format!("a chat request with a prompt of {PROMPT} bytes"), costs, Some(1.0)),
    ];
    let notes = vec!["floor: a Worker of five lines of JavaScript that passes requests on".to_owned()];
    Ok(vec![Section { title, figures, notes }])
}

/// Where `cargo xtask setup` puts the runtime.
fn fetched() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = variable("GATELET_CACHE")
        .or_else(|| variable("XDG_CACHE_HOME").map(|cache| cache.join("gatelet")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache/gatelet")))?;
    Some(cache.join("node/node_modules/@cloudflare/workerd-linux-64/bin/workerd"))
}

/// A Worker with its modules in a folder of its own.
struct Worker {
    folder: PathBuf,
    /// Names and kinds of the modules, the entry first.
    modules: Vec<(String, &'static str)>,
    bindings: Vec<(&'static str, String)>,
}

impl Worker {
    fn pass(bench: &Bench) -> io::Result<Self> {
        let folder = bench.folder.join("worker-pass");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("index.js"), PASS)?;
        let bindings = vec![("UPSTREAM", format!("http://{}", bench.upstream))];
        Ok(Self { folder, modules: vec![("index.js".to_owned(), "esModule")], bindings })
    }

    fn gatelet(bench: &Bench, packaged: &Path) -> io::Result<Self> {
        let folder = bench.folder.join("worker-gatelet");
        let mut modules = Vec::new();
        copy(packaged, &folder, "", &mut modules)?;
        modules.sort_by_key(|(name, _)| name != "index.js");
        let upstream = format!("http://{}/v1", bench.upstream);
        let document = json!({
            "providers": {"stub": {"kind": "openai-compatible", "base_url": upstream}},
            "keys": {"bench": {"sha256": key_hash()}},
        });
        Ok(Self { folder, modules, bindings: vec![("GATELET_CONFIG", document.to_string())] })
    }

    /// The same modules behind an entry that never calls them.
    fn only_loaded(&self) -> io::Result<Self> {
        let entry = "loaded.js".to_owned();
        let text = "import './index.js';\nexport default { fetch() { return new Response('ok'); } };\n";
        fs::write(self.folder.join(&entry), text)?;
        let mut modules = vec![(entry, "esModule")];
        modules.extend(self.modules.iter().cloned());
        Ok(Self { folder: self.folder.clone(), modules, bindings: self.bindings.clone() })
    }

    /// Starts it and waits for its first answer.
    fn start(&self, workerd: &Path, bench: &Bench) -> Fallible<(Process, SocketAddr)> {
        let address = free_address()?;
        let file = self.folder.join("config.capnp");
        fs::write(&file, self.configuration(address))?;
        let log = self.folder.join("workerd.log");
        let mut process = Process::start(Command::new(workerd).arg("serve").arg(&file), &log)?;
        let said = |why: String| format!("workerd: {why}\n{}", fs::read_to_string(&log).unwrap_or_default());
        process.ready(address).map_err(|error| said(error.to_string()))?;
        let request = format!("GET /health HTTP/1.1\r\nhost: {address}\r\n\r\n").into_bytes();
        bench.runtime.block_on(async {
            let started = Instant::now();
            loop {
                let mut client = Client::connect(address).await?;
                client.ask(&request, 1).await?;
                if client.status() == 200 {
                    return Ok((process, address));
                }
                if started.elapsed() > Duration::from_secs(20) {
                    return Err(said(format!("/health answers {}", client.status())).into());
                }
            }
        })
    }

    fn configuration(&self, address: SocketAddr) -> String {
        let shipped = |name: &str| {
            let line = SHIPPED.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_once('=').map_or("[]", |(_, value)| value.trim())
        };
        let modules: Vec<String> = self
            .modules
            .iter()
            .map(|(name, kind)| format!("(name = {}, {kind} = embed {})", quoted(name), quoted(name)))
            .collect();
        let bindings: Vec<String> = self
            .bindings
            .iter()
            .map(|(name, text)| format!("(name = {}, text = {})", quoted(name), quoted(text)))
            .collect();
        format!(
            "using Workerd = import \"/workerd/workerd.capnp\";\n\
             const config :Workerd.Config = (\n  services = [\n    (name = \"main\", worker = .main),\n    \
             (name = \"internet\", network = (allow = [\"public\", \"private\"])),\n  ],\n  \
             sockets = [(name = \"http\", address = \"{address}\", http = (), service = \"main\")],\n);\n\
             const main :Workerd.Worker = (\n  modules = [{}],\n  bindings = [{}],\n  \
             compatibilityDate = {},\n  compatibilityFlags = {},\n);\n",
            modules.join(", "),
            bindings.join(", "),
            shipped("compatibility_date"),
            shipped("compatibility_flags"),
        )
    }
}

/// Copies the modules of a packaged Worker and notes them.
fn copy(from: &Path, to: &Path, under: &str, modules: &mut Vec<(String, &'static str)>) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target, &format!("{under}{name}/"), modules)?;
            continue;
        }
        let kind = match entry.path().extension().and_then(|extension| extension.to_str()) {
            Some("js" | "mjs") => "esModule",
            Some("wasm") => "wasm",
            _ => continue,
        };
        fs::copy(entry.path(), target)?;
        modules.push((format!("{under}{name}"), kind));
    }
    Ok(())
}

/// A string of Cap'n Proto's schema language: as in C.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
