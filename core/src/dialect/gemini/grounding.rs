//! Where an answer is taken from: `groundingMetadata` and `citationMetadata`, read and written. Their offsets count bytes.
//! <https://ai.google.dev/api/generate-content#GroundingMetadata>

use crate::dialect::canonical::bounds::MAX_CITED;
use crate::dialect::canonical::read::Value;
use crate::dialect::canonical::{Citation, Index, Search, Str};
use crate::wire::write::Writer;

/// Finds the text that each `groundingSupports` is about. `text` is the candidate's visible text so far, `parts` is where
/// each of the chunk's parts begins in it. Offsets are of a part, or in a stream of the whole text: the words decide. `cost`
/// counts the bytes that are looked through and kept; past [`MAX_CITED`] nothing more is looked for.
pub(super) fn supports(
    metadata: Value<'_>,
    text: &str,
    parts: &[usize],
    cites: &mut Vec<(usize, usize, Citation<'static>)>,
    cost: &mut usize,
) {
    let chunks: Vec<Value<'_>> = metadata.get("groundingChunks").into_iter().flat_map(|list| list.elements()).collect();
    for support in metadata.get("groundingSupports").into_iter().flat_map(|list| list.elements()) {
        let found = support.get("segment").and_then(|segment| locate(segment, text, parts, cost));
        let Some((start, end)) = found else { continue };
        let indices = support.get("groundingChunkIndices").into_iter().flat_map(|list| list.elements());
        for chunk in indices.filter_map(|index| chunks.get(usize::try_from(index.count()?).ok()?)) {
            if *cost > MAX_CITED {
                return;
            }
            *cost += chunk.raw().len();
            if let Some(citation) = source(*chunk) {
                cites.push((start, end, citation));
            }
        }
    }
}

fn locate(segment: Value<'_>, text: &str, parts: &[usize], cost: &mut usize) -> Option<(usize, usize)> {
    let offset = |name| segment.get(name).and_then(|offset| offset.count()).and_then(|at| usize::try_from(at).ok());
    let start = offset("startIndex").unwrap_or(0);
    let end = offset("endIndex").unwrap_or(0);
    let words = segment.get_str("text").filter(|words| !words.is_empty());
    let part = offset("partIndex").and_then(|part| parts.get(part).copied()).unwrap_or(0);
    for base in [part, 0] {
        let (start, end) = (base.checked_add(start)?, base.checked_add(end)?);
        if let Some(found) = text.get(start..end)
            && !found.is_empty()
            && words.as_ref().is_none_or(|words| found == &**words)
        {
            return Some((start, end));
        }
    }
    let words = words.filter(|_| *cost <= MAX_CITED)?;
    *cost += text.len();
    let start = text.find(&*words)?;
    Some((start, start + words.len()))
}

/// The citation of a chunk: a page of the web, a place, or a document of the caller's.
fn source(chunk: Value<'_>) -> Option<Citation<'static>> {
    let (source, document) = match (chunk.get("web").or_else(|| chunk.get("maps")), chunk.get("retrievedContext")) {
        (Some(page), _) => (page, false),
        (None, Some(document)) => (document, true),
        (None, None) => return None,
    };
    let text = |name| source.get_str(name).map(Str::into_owned);
    let url = text("uri").or_else(|| text("title")).filter(|url| !url.is_empty())?;
    Some(Citation {
        url: url.into(),
        title: text("title").unwrap_or_default().into(),
        cited: document.then(|| text("text").map(Str::Owned)).flatten(),
        document,
        ..Citation::default()
    })
}

/// The text that is taken from elsewhere word by word: `citationSources` (Gemini API) or `citations` (Vertex).
pub(super) fn sources(metadata: Value<'_>, text: &str, cites: &mut Vec<(usize, usize, Citation<'static>)>) {
    let list = metadata.get("citationSources").or_else(|| metadata.get("citations"));
    for source in list.into_iter().flat_map(|list| list.elements()) {
        let offset =
            |name| source.get(name).and_then(|at: Value<'_>| at.count()).and_then(|at| usize::try_from(at).ok());
        let (start, end) = (offset("startIndex").unwrap_or(0), offset("endIndex").unwrap_or(text.len()));
        let Some(url) = source.get_str("uri").filter(|url| !url.is_empty()) else { continue };
        if text.get(start..end).is_some_and(|found| !found.is_empty()) {
            let title = source.get_str("title").unwrap_or_default().into_owned().into();
            let citation = Citation { url: url.into_owned().into(), title, ..Citation::default() };
            cites.push((start, end, citation));
        }
    }
}

/// The search that was made, if one was.
pub(super) fn search(metadata: Value<'_>, answer: &str, candidate: u32) -> Option<Search<'static>> {
    let queries: Vec<Str<'static>> = metadata
        .get("webSearchQueries")
        .into_iter()
        .flat_map(|queries| queries.elements())
        .filter_map(|query| query.str().map(|query| Str::Owned(query.into_owned())))
        .collect();
    let mut sources = Vec::new();
    for chunk in metadata.get("groundingChunks").into_iter().flat_map(|list| list.elements()) {
        if let Some(web) = chunk.get("web")
            && let Some(url) = web.get_str("uri")
        {
            let title = web.get_str("title").unwrap_or_default().into_owned();
            sources.push((Str::Owned(url.into_owned()), Str::Owned(title), None));
        }
    }
    if queries.is_empty() && sources.is_empty() {
        return None;
    }
    let id = [super::MADE_UP, "search_", answer, "_", itoa::Buffer::new().format(candidate)].concat();
    let complete = !queries.is_empty() && !sources.is_empty();
    Some(Search { id: id.into(), queries, sources, complete })
}

/// What a candidate that is written has been taken from.
#[derive(Debug, Default)]
pub(super) struct Grounding {
    queries: Vec<String>,
    chunks: Vec<(String, String)>,
    /// Where each page is among them.
    places: Index<'static>,
    supports: Vec<Support>,
    documents: Vec<(u64, u64, String, String)>,
}

#[derive(Debug)]
struct Support {
    part: u64,
    start: u64,
    end: u64,
    text: String,
    chunks: Vec<u64>,
}

impl Grounding {
    /// A citation of a block: its text so far, the part that it is, and where it begins in what offsets count from.
    pub(super) fn cite(&mut self, part: u64, base: usize, block: &str, citation: &Citation<'_>) {
        let length = block.chars().count() as u64;
        let (from, to) = citation.span.unwrap_or((0, length));
        let byte = |char: u64| {
            let char = usize::try_from(char).unwrap_or(usize::MAX);
            block.char_indices().nth(char).map_or(block.len(), |(at, _)| at)
        };
        let (from, to) = (byte(from), byte(to));
        let Some(text) = block.get(from..to) else { return };
        let (start, end) = ((base + from) as u64, (base + to) as u64);
        if citation.document {
            self.documents.push((start, end, citation.url.to_string(), citation.title.to_string()));
            return;
        }
        let chunk = self.chunk(&citation.url, &citation.title);
        match self.supports.last_mut() {
            Some(last) if (last.part, last.start, last.end) == (part, start, end) => {
                // The same page once more; one that is told again much later does no harm.
                if !last.chunks.iter().rev().take(64).any(|known| *known == chunk) {
                    last.chunks.push(chunk);
                }
            }
            _ => self.supports.push(Support { part, start, end, text: text.to_owned(), chunks: vec![chunk] }),
        }
    }

    /// A search.
    pub(super) fn search(&mut self, search: &Search<'_>) {
        self.queries.extend(search.queries.iter().map(|query| query.to_string()));
        for (url, title, _) in &search.sources {
            self.chunk(url, title);
        }
    }

    fn chunk(&mut self, url: &str, title: &str) -> u64 {
        if let Some(at) = self.places.get(url) {
            return at as u64;
        }
        let at = self.chunks.len();
        self.chunks.push((url.to_owned(), title.to_owned()));
        self.places.insert(url.to_owned().into(), at);
        at as u64
    }

    /// Writes it as members of a candidate.
    pub(super) fn write(&self, out: &mut Writer) {
        if !self.documents.is_empty() {
            out.key("citationMetadata").open().key("citationSources").open_array();
            for (start, end, url, title) in &self.documents {
                out.open().count_member("startIndex", *start).count_member("endIndex", *end).str_member("uri", url);
                if !title.is_empty() {
                    out.str_member("title", title);
                }
                out.close();
            }
            out.close_array().close();
        }
        if self.queries.is_empty() && self.chunks.is_empty() {
            return;
        }
        out.key("groundingMetadata").open();
        if !self.chunks.is_empty() {
            out.key("groundingChunks").open_array();
            for (url, title) in &self.chunks {
                out.open().key("web").open().str_member("uri", url).str_member("title", title).close().close();
            }
            out.close_array();
        }
        if !self.supports.is_empty() {
            out.key("groundingSupports").open_array();
            for Support { part, start, end, text, chunks } in &self.supports {
                out.open().key("segment").open();
                if *part > 0 {
                    out.count_member("partIndex", *part);
                }
                out.count_member("startIndex", *start).count_member("endIndex", *end).str_member("text", text).close();
                out.key("groundingChunkIndices").open_array();
                for chunk in chunks {
                    out.count(*chunk);
                }
                out.close_array().close();
            }
            out.close_array();
        }
        if !self.queries.is_empty() {
            out.key("webSearchQueries").open_array();
            for query in &self.queries {
                out.string(query);
            }
            out.close_array();
        }
        out.close();
    }
}
