//! Folders of tools that are named after what made them and marked when they are complete.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::places;

/// `<cache>/<kind>-<hash of the ingredients>`, filled by `make` unless it was before; `<cache>/<kind>` points at it.
pub(crate) fn folder(kind: &str, ingredients: &[&[u8]], make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let cache = places::cache()?;
    let folder = cache.join(format!("{kind}-{:016x}", hash(ingredients)));
    let stamp = folder.join(".complete");
    if !stamp.exists() {
        // Half a folder is what an interrupted run leaves; its parts know their own path, so it is made in place.
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let started = Instant::now();
        make(&folder)?;
        fs::write(&stamp, "")?;
        println!("{kind}: done in {:.0} s", started.elapsed().as_secs_f64());
    }
    point(&cache.join(kind), &folder)?;
    Ok(folder)
}

/// FNV-1a: stable between compilers, which the standard library's hasher is not.
fn hash(ingredients: &[&[u8]]) -> u64 {
    let bytes = ingredients.iter().flat_map(|bytes| bytes.iter().chain(&[0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Makes `link` point at `folder`, in one step for whoever looks at it meanwhile.
#[cfg(unix)]
fn point(link: &Path, folder: &Path) -> Result<()> {
    let name = Path::new(folder.file_name().context("a folder has a name")?);
    if fs::read_link(link).is_ok_and(|old| old == name) {
        return Ok(());
    }
    let fresh = link.with_extension("new");
    // One may be left by an interrupted run; that there is none is the usual case.
    let _ = fs::remove_file(&fresh);
    std::os::unix::fs::symlink(name, &fresh)?;
    fs::rename(&fresh, link)?;
    Ok(())
}

/// Links need a privilege on Windows; the tests that look for them run on Linux.
#[cfg(not(unix))]
fn point(_link: &Path, _folder: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_tells_ingredients_and_their_borders_apart() {
        assert_eq!(hash(&[]), 0xcbf2_9ce4_8422_2325);
        assert_ne!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
        assert_ne!(hash(&[b"a"]), hash(&[b"b"]));
    }
}
