//! The models of a kind of provider, by the names that it takes.

use super::find::{PREFIXES, SHARED, find, own_section};
use super::row::{Mark, Row};
use super::table::{rows, section};

/// Visits the models of a kind: what stands before the id in the name, and the row. `region` is where Bedrock is asked; its
/// models have other names in other parts of the world. Deployments at Azure are called as their owners like, and none are
/// known.
pub fn each(kind: &str, region: &str, visit: &mut dyn FnMut(&'static str, Row<'static>)) {
    match kind {
        _ if is_named_by_its_owner(kind) => return,
        "bedrock-mantle" => {
            return rows(own_section(kind))
                .filter(|row| row.is(Mark::Mantle) || row.is(Mark::MantleOnly))
                .for_each(|row| visit("", row));
        }
        "bedrock" => {
            for row in rows(section(kind)).filter(|row| !row.is(Mark::MantleOnly)) {
                let mut bare = true;
                for (prefix, mark) in PREFIXES {
                    if row.is(*mark) {
                        bare = false;
                        if serves(prefix, region) {
                            visit(prefix, row);
                        }
                    }
                }
                if bare {
                    visit("", row);
                }
            }
            return;
        }
        // `ft:` is the price of whatever was tuned from a model, and no model's name.
        _ => rows(section(kind)).filter(|row| !row.id.starts_with("ft:")).for_each(|row| visit("", row)),
    }
    for shared in SHARED.iter().filter(|shared| shared.kind == kind) {
        rows(section(shared.of)).filter(|row| row.is(shared.mark)).for_each(|row| visit("", row));
    }
}

/// Whether the table has a model of exactly that name there.
pub fn is_known(kind: &str, model: &str) -> bool {
    !is_named_by_its_owner(kind)
        && find(kind, model).is_some_and(|found| model.strip_prefix(found.prefix) == Some(found.row.id))
}

/// Whether models are called there as who has deployed them likes.
fn is_named_by_its_owner(kind: &str) -> bool {
    matches!(kind, "azure" | "azure-foundry")
}

/// Whether what is asked in the region may be called with the prefix.
fn serves(prefix: &str, region: &str) -> bool {
    let government = region.starts_with("us-gov-");
    match prefix {
        "global." => !government,
        "us-gov." => government,
        "us." => !government && (region.starts_with("us-") || region.starts_with("ca-")),
        "eu." => region.starts_with("eu-"),
        "jp." => matches!(region, "ap-northeast-1" | "ap-northeast-3"),
        "au." => matches!(region, "ap-southeast-2" | "ap-southeast-4"),
        "in." => matches!(region, "ap-south-1" | "ap-south-2"),
        _ => region.starts_with("ap-"),
    }
}
