//! Names that the target takes: one map a request, for tools, choice and history, undone in the answer.
//!
//! A name that is legal stays. In another each illegal character becomes `_`; what is too long, or taken already, ends
//! with a hash of the original instead. The map depends on nothing but the request, so that prompt caches hold.

use std::borrow::Cow;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::takes_custom;
use crate::dialect::Dialect;
use crate::dialect::adapt::{Adapted, Renamed};
use crate::dialect::canonical::{At, Index, PartKind, Reason, Report, Request, Str, Target, ToolChoice, ToolKind};

/// The longest name. Gemini's newer versions take 128, its older ones 64 as everybody else.
const LONGEST: usize = 64;

/// How much of a name is left before its hash.
const KEPT: usize = LONGEST - 9;

/// Maps every name of a request, and notes for the answer what each is at the caller.
pub(super) fn adapt(request: &mut Request<'_>, target: &Target<'_>, adapted: &mut Adapted, report: &mut Report) {
    let rule = Rule { dialect: target.dialect };
    let converts = !takes_custom(target);
    if !is_needed(request, rule, converts) {
        return;
    }
    let mut map = Map::new(request, rule);
    for tool in &mut request.tools {
        let (name, namespace, custom) = match &mut tool.kind {
            ToolKind::Function(function) => (&mut function.name, &mut function.namespace, false),
            ToolKind::Custom(custom) => (&mut custom.name, &mut custom.namespace, converts),
            ToolKind::WebSearch(_) | ToolKind::Server(_) => continue,
        };
        let mapped = map.tool(namespace, name, tool.at, report);
        let flattened = !rule.keeps_namespaces() && namespace.is_some();
        if mapped != *name || flattened || custom {
            adapted.names.push(Renamed {
                target: mapped.clone().into_owned(),
                name: name.clone().into_owned(),
                namespace: namespace.as_deref().map(str::to_owned),
                custom,
            });
        }
        *name = mapped;
        if flattened {
            *namespace = None;
        }
    }
    if let Some(choice) = &mut request.tool_choice {
        let names = match &mut choice.is {
            ToolChoice::One(name) => std::slice::from_mut(name),
            ToolChoice::Subset { names, .. } => names.as_mut_slice(),
            _ => &mut [],
        };
        for name in names {
            *name = map.mentioned(&None, name, choice.at, report);
        }
    }
    for part in request.turns.iter_mut().flat_map(|turn| &mut turn.parts) {
        match &mut part.kind {
            PartKind::Call(call) => {
                call.name = map.mentioned(&call.namespace, &call.name, part.at, report);
                if !rule.keeps_namespaces() {
                    call.namespace = None;
                }
            }
            PartKind::Result { name: Some(name), .. } => *name = map.mentioned(&None, name, part.at, report),
            _ => {}
        }
    }
}

/// Whether any name must change, or any tool must be told back as another kind. Allocates nothing: most requests need no
/// map.
fn is_needed(request: &Request<'_>, rule: Rule, converts: bool) -> bool {
    let named = |namespace: &Option<Str<'_>>, name: &str| {
        !rule.is_legal(name) || (namespace.is_some() && !rule.keeps_namespaces())
    };
    let tools = request.tools.iter().any(|tool| match &tool.kind {
        ToolKind::Function(function) => named(&function.namespace, &function.name),
        ToolKind::Custom(custom) => converts || named(&custom.namespace, &custom.name),
        ToolKind::WebSearch(_) | ToolKind::Server(_) => false,
    });
    tools
        || match request.tool_choice.as_ref().map(|choice| &choice.is) {
            Some(ToolChoice::One(name)) => !rule.is_legal(name),
            Some(ToolChoice::Subset { names, .. }) => names.iter().any(|name| !rule.is_legal(name)),
            _ => false,
        }
        || request.parts().any(|part| match &part.kind {
            PartKind::Call(call) => named(&call.namespace, &call.name),
            PartKind::Result { name: Some(name), .. } => !rule.is_legal(name),
            _ => false,
        })
}

/// What names a dialect takes (translation.md 3.4).
#[derive(Clone, Copy)]
struct Rule {
    dialect: Dialect,
}

impl Rule {
    fn keeps_namespaces(self) -> bool {
        self.dialect == Dialect::Responses
    }

    fn takes(self, char: char) -> bool {
        let more = if self.dialect == Dialect::Gemini { "_-.:" } else { "_-" };
        char.is_ascii_alphanumeric() || more.contains(char)
    }

    fn begins(self, name: &str) -> bool {
        self.dialect != Dialect::Gemini || name.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
    }

    fn is_legal(self, name: &str) -> bool {
        // No rule makes a name out of none: the upstream says what it thinks of it.
        name.is_empty() || (name.len() <= LONGEST && name.chars().all(|char| self.takes(char)) && self.begins(name))
    }

    /// The name with nothing illegal in it, however long.
    fn clean(self, name: &str) -> String {
        let mut clean: String = name.chars().map(|char| if self.takes(char) { char } else { '_' }).collect();
        if !self.begins(&clean) {
            clean.insert(0, '_');
        }
        clean
    }
}

/// A namespace and a name in it, as one text that is no other's.
pub(super) fn named(namespace: &str, name: &str) -> String {
    [&namespace.len().to_string(), ":", namespace, name].concat()
}

struct Map<'a> {
    rule: Rule,
    /// What each is at the target.
    mapped: Vec<Str<'a>>,
    /// Those without a namespace, by their names.
    names: Index<'a>,
    /// Those with one, by [`named`].
    spaced: Index<'a>,
    /// Those with one, by their bare names: a choice tells no namespace.
    bare: Index<'a>,
    taken: Index<'a>,
}

impl<'a> Map<'a> {
    /// An empty map in which every name is taken that stays as it is.
    fn new(request: &Request<'a>, rule: Rule) -> Self {
        let mut taken = Index::default();
        let mut take = |namespace: &Option<Str<'a>>, name: &Str<'a>| {
            if (namespace.is_none() || rule.keeps_namespaces()) && rule.is_legal(name) {
                taken.insert(name.clone(), 0);
            }
        };
        for tool in &request.tools {
            match &tool.kind {
                ToolKind::Function(function) => take(&function.namespace, &function.name),
                ToolKind::Custom(custom) => take(&custom.namespace, &custom.name),
                ToolKind::WebSearch(_) | ToolKind::Server(_) => {}
            }
        }
        for part in request.parts() {
            if let PartKind::Call(call) = &part.kind {
                take(&call.namespace, &call.name);
            }
        }
        Self {
            rule,
            mapped: Vec::new(),
            names: Index::default(),
            spaced: Index::default(),
            bare: Index::default(),
            taken,
        }
    }

    /// A tool of the request.
    fn tool(&mut self, namespace: &Option<Str<'a>>, name: &Str<'a>, at: At, report: &mut Report) -> Str<'a> {
        let place = self.mapped(namespace, name, at, report);
        if namespace.is_some() && !self.bare.contains(name) {
            self.bare.insert(name.clone(), place);
        }
        self.at(place)
    }

    /// A tool that a choice or the history names.
    fn mentioned(&mut self, namespace: &Option<Str<'a>>, name: &Str<'a>, at: At, report: &mut Report) -> Str<'a> {
        if namespace.is_none()
            && !self.names.contains(name)
            && let Some(place) = self.bare.get(name)
        {
            return self.at(place);
        }
        let place = self.mapped(namespace, name, at, report);
        self.at(place)
    }

    fn at(&self, place: usize) -> Str<'a> {
        self.mapped.get(place).cloned().unwrap_or_default()
    }

    /// The place of what a tool is at the target.
    fn mapped(&mut self, namespace: &Option<Str<'a>>, name: &Str<'a>, at: At, report: &mut Report) -> usize {
        let (index, key) = match namespace {
            Some(namespace) => (&mut self.spaced, named(namespace, name).into()),
            None => (&mut self.names, name.clone()),
        };
        if let Some(place) = index.get(&key) {
            return place;
        }
        let place = self.mapped.len();
        index.insert(key, place);
        let flat = match namespace {
            Some(namespace) if !self.rule.keeps_namespaces() => Cow::Owned([namespace, "__", name].concat()),
            _ => name.clone(),
        };
        let mapped = if self.rule.is_legal(&flat) && (flat == *name || !self.taken.contains(&flat)) {
            flat
        } else {
            report.note(at, Reason::Renamed);
            self.free(&flat)
        };
        self.taken.insert(mapped.clone(), 0);
        self.mapped.push(mapped);
        place
    }

    /// A legal name for it that nothing else has.
    fn free(&self, original: &str) -> Str<'a> {
        let clean = self.rule.clean(original);
        if clean.len() <= LONGEST && !self.taken.contains(&clean) {
            return clean.into();
        }
        // Cleaned, it is ASCII: every byte is a character.
        let kept = clean.get(..KEPT).unwrap_or(&clean);
        // Eight digits are enough but for who wants them to clash: then the next eight, and in the end the count.
        let digest = Sha256::digest(original);
        let mut numbers = digest.chunks(4).map(|bytes| bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte)));
        let mut count = u32::try_from(self.taken.len()).unwrap_or(u32::MAX);
        loop {
            let number = numbers.next().unwrap_or_else(|| {
                count = count.wrapping_add(1);
                count
            });
            let mut name = String::with_capacity(LONGEST);
            name.push_str(kept);
            // Writing to a string does not fail.
            let _ = write!(name, "_{number:08x}");
            if !self.taken.contains(&name) {
                return name.into();
            }
        }
    }
}
