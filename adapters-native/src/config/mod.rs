//! The configuration of a native adapter: where it is found, and where in it a problem lies.

mod lines;

use std::fmt;
use std::path::{Path, PathBuf};

use gatelet_core::config::{self, Config, Platform, Problem, Problems, Settings, Surroundings};

/// Where a configuration may be, in the order in which it is looked for.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The file that the command line names.
    pub flag: Option<PathBuf>,
    /// The value of `GATELET_CONFIG`: the path of a file, or the document itself.
    pub variable: Option<String>,
    /// The file that is read if it is there.
    pub beside: PathBuf,
}

/// Where a configuration was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In a file.
    File(PathBuf),
    /// In `GATELET_CONFIG`.
    Variable,
    /// Nowhere: it was made from what the environment offers.
    Environment,
}

/// A configuration and what came of it.
#[derive(Debug)]
pub struct Loaded {
    /// Where it was found.
    pub origin: Origin,
    /// For each provider that the environment offers, its name and the variable of its credential; empty unless the
    /// configuration was made from the environment.
    pub found: Vec<(&'static str, &'static str)>,
    /// What is wrong with providers that the environment only half describes: they are left out.
    pub left_out: Vec<Problem>,
    /// The settings, or everything that is wrong.
    pub settings: Result<Settings, Faults>,
}

/// Everything that is wrong with a configuration, with where it is written.
#[derive(Clone, Debug)]
pub struct Faults {
    origin: Origin,
    problems: Problems,
    lines: Vec<Option<usize>>,
}

/// A document as it was found.
struct Document {
    origin: Origin,
    text: String,
}

/// Finds, reads, checks and resolves the configuration. `environment` gives the value of an environment variable: the
/// secrets that the document refers to.
pub fn load(places: &Places, platform: Platform, environment: &dyn Fn(&str) -> Option<String>) -> Loaded {
    let around = Surroundings { variable: environment, file: &text_of, binding: &|_| true };
    let document = match find(places) {
        Ok(Some(document)) => document,
        Ok(None) => {
            let discovered = config::discover(platform, &around);
            let config::Discovered { config, found, left_out } = discovered;
            let settings = config.resolve_in(platform, &around);
            let origin = Origin::Environment;
            let settings = settings.map_err(|problems| Faults::new(origin.clone(), problems));
            return Loaded { origin, found, left_out, settings };
        }
        Err(faults) => {
            let origin = faults.origin.clone();
            return Loaded { origin, found: Vec::new(), left_out: Vec::new(), settings: Err(faults) };
        }
    };
    let settings = parse(&document)
        .and_then(|config| config.resolve_in(platform, &around).map_err(|problems| document.faults(problems)));
    Loaded { origin: document.origin, found: Vec::new(), left_out: Vec::new(), settings }
}

/// The text of a file that a variable names. What the variable holds is not repeated: it may be a key, where its path should be.
fn text_of(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

fn find(places: &Places) -> Result<Option<Document>, Faults> {
    if let Some(path) = &places.flag {
        return read(path).map(Some);
    }
    if let Some(value) = places.variable.as_deref().filter(|value| !value.trim().is_empty()) {
        if is_document(value) {
            return Ok(Some(Document { origin: Origin::Variable, text: value.to_owned() }));
        }
        return read(Path::new(value.trim())).map(Some);
    }
    if places.beside.exists() { read(&places.beside).map(Some) } else { Ok(None) }
}

/// Whether `GATELET_CONFIG` is the document rather than the path of one.
fn is_document(value: &str) -> bool {
    let value = value.trim();
    if value.starts_with('{') || value.contains('\n') {
        return true;
    }
    // A short document on one line, unless a file has that very name.
    (value.starts_with('[') || value.contains('=')) && !Path::new(value).exists()
}

fn read(path: &Path) -> Result<Document, Faults> {
    let origin = Origin::File(path.to_owned());
    match std::fs::read(path).map(String::from_utf8) {
        Ok(Ok(text)) => Ok(Document { origin, text: text.trim_start_matches('\u{feff}').to_owned() }),
        Ok(Err(_)) => Err(Faults::new(origin, Problems::one("", "is not written in UTF-8"))),
        Err(error) => Err(Faults::new(origin, Problems::one("", format!("cannot be read: {error}")))),
    }
}

fn parse(document: &Document) -> Result<Config, Faults> {
    if document.is_json() {
        return Config::from_json(&document.text).map_err(|problems| document.faults(problems));
    }
    // `toml`'s own rendering of an error shows the line, and on the line may stand a key that somebody pasted.
    let reader = toml::Deserializer::parse(&document.text).map_err(|error| {
        let line = error.span().map(|span| lines::line_at(&document.text, span.start));
        Faults { origin: document.origin.clone(), problems: Problems::one("", error.message()), lines: vec![line] }
    })?;
    Config::read(reader, |error| error.message().to_owned()).map_err(|problems| document.faults(problems))
}

impl Document {
    fn is_json(&self) -> bool {
        self.text.trim_start().starts_with('{')
    }

    /// The problems with the lines where they lie.
    fn faults(&self, problems: Problems) -> Faults {
        let mut faults = Faults::new(self.origin.clone(), problems);
        if !self.is_json() {
            let paths = faults.problems.0.iter().map(|problem| problem.path.as_str());
            faults.lines = lines::of_paths(&self.text, paths);
        }
        faults
    }
}

impl Faults {
    /// Problems that lie nowhere in particular.
    pub fn new(origin: Origin, problems: Problems) -> Self {
        Self { origin, problems, lines: Vec::new() }
    }

    /// The problems.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }
}

impl From<Faults> for Problems {
    fn from(faults: Faults) -> Self {
        faults.problems
    }
}

impl fmt::Display for Faults {
    /// A line for each problem: `file:line: path: message`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.0.iter().enumerate() {
            let border = if index == 0 { "" } else { "\n" };
            write!(f, "{border}{}", self.origin)?;
            if let Some(line) = self.lines.get(index).copied().flatten() {
                write!(f, ":{line}")?;
            }
            let Problem { path, message } = problem;
            // A path that begins the message's sentence is followed by it; a file as a whole is its subject.
            if path.is_empty() { write!(f, ": {message}")? } else { write!(f, ": {path}: {message}")? }
        }
        Ok(())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable => f.write_str("GATELET_CONFIG"),
            Self::Environment => f.write_str("environment"),
        }
    }
}
