//! The words by which a vendor's tools are named: their types, and the names under which they can be chosen.

use super::is_server;
use crate::dialect::canonical::{Index, Str, Tool, ToolChoice, ToolKind};

/// Words, each looked up once.
#[derive(Default)]
pub(in super::super) struct Words<'w> {
    words: Index<'w>,
    /// Search in the web is among them: it goes by its versions' names too.
    searches: bool,
}

impl<'w> Words<'w> {
    /// Those words.
    pub(in super::super) fn new(words: impl Iterator<Item = &'w str>) -> Self {
        let mut searches = false;
        let words = words.inspect(|word| searches |= is_search(word)).collect();
        Self { words, searches }
    }

    /// The words by which a choice names tools of a vendor's: a function of the caller's goes before one of the same name.
    pub(in super::super) fn chosen(choice: &'w ToolChoice<'_>, tools: &[Tool<'_>]) -> Self {
        let names: &[Str<'_>] = match choice {
            ToolChoice::Server(word) => return Self::new(std::iter::once(&**word)),
            ToolChoice::One(word) => std::slice::from_ref(word),
            ToolChoice::Subset { names, .. } => names,
            ToolChoice::Auto | ToolChoice::None | ToolChoice::Required | ToolChoice::Validated => &[],
        };
        if names.is_empty() {
            return Self::default();
        }
        let functions: Index<'_> = tools.iter().filter_map(name).collect();
        Self::new(names.iter().map(|name| &**name).filter(|name| !functions.contains(name)))
    }

    /// The words by which tools of a vendor's go.
    pub(in super::super) fn of(tools: &'w [Tool<'_>]) -> Self {
        let mut words = Self::default();
        for tool in tools {
            match &tool.kind {
                ToolKind::WebSearch(_) => words.searches = true,
                ToolKind::Server(server) => {
                    for word in [&*server.kind].into_iter().chain(server.name.as_deref()) {
                        words.words.insert(word.into(), 0);
                    }
                }
                ToolKind::Function(_) | ToolKind::Custom(_) => {}
            }
        }
        words
    }

    /// Whether a vendor's tool is named by one of them.
    pub(in super::super) fn name(&self, tool: &Tool<'_>) -> bool {
        match &tool.kind {
            ToolKind::WebSearch(_) => self.searches,
            ToolKind::Server(server) => {
                self.words.contains(&server.kind)
                    || server.name.as_deref().is_some_and(|name| self.words.contains(name))
            }
            ToolKind::Function(_) | ToolKind::Custom(_) => false,
        }
    }

    /// Whether a vendor's tool goes by a word.
    pub(in super::super) fn have(&self, word: &str) -> bool {
        self.words.contains(word) || (self.searches && is_search(word))
    }
}

fn is_search(word: &str) -> bool {
    word.starts_with("web_search") || word == "googleSearch"
}

/// A function's or custom tool's name.
pub(in super::super) fn name<'t>(tool: &'t Tool<'_>) -> Option<&'t str> {
    match &tool.kind {
        ToolKind::Function(function) => Some(&function.name),
        ToolKind::Custom(custom) => Some(&custom.name),
        ToolKind::WebSearch(_) | ToolKind::Server(_) => {
            debug_assert!(is_server(tool));
            None
        }
    }
}
