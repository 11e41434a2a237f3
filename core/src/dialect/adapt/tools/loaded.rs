//! Tools that a search has loaded twice.

use crate::dialect::canonical::{Tool, ToolKind};

/// Responses repeats a tool in the output of every search that finds it (`tool_search_output.tools`,
/// `additional_tools`), and the decoder puts all of them behind the request's own: elsewhere a name may be there only
/// once. The first one stays. Order is kept.
pub(super) fn once_each(tools: &mut Vec<Tool<'_>>) {
    let mut named: Vec<((&str, &str), usize)> =
        tools.iter().enumerate().filter_map(|(index, tool)| Some((key(tool)?, index))).collect();
    named.sort_unstable();
    let mut again: Vec<usize> = named
        .windows(2)
        .filter_map(|pair| match pair {
            [(first, _), (second, index)] if first == second => Some(*index),
            _ => None,
        })
        .collect();
    if again.is_empty() {
        return;
    }
    again.sort_unstable();
    let mut index = 0;
    tools.retain(|_| {
        let stays = again.binary_search(&index).is_err();
        index += 1;
        stays
    });
}

fn key<'t>(tool: &'t Tool<'_>) -> Option<(&'t str, &'t str)> {
    match &tool.kind {
        ToolKind::Function(function) => Some((function.namespace.as_deref().unwrap_or_default(), &function.name)),
        ToolKind::Custom(custom) => Some((custom.namespace.as_deref().unwrap_or_default(), &custom.name)),
        ToolKind::WebSearch(_) | ToolKind::Server(_) => None,
    }
}
