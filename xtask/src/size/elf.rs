//! The glibc that a program needs, out of its ELF file: the versions its dynamic symbols ask for.

use anyhow::{Context, Result, ensure};

/// A glibc version, major and minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32);

impl Version {
    /// The number after the dot; the one before it has been 2 since 1997.
    pub(crate) const fn minor(self) -> usize {
        self.1 as usize
    }
}

/// `SHT_GNU_verneed`: the section that lists the needed versions.
const NEEDED_VERSIONS: u32 = 0x6fff_fffe;

/// The newest `GLIBC_x.y` that the 64-bit little-endian program needs.
pub(crate) fn newest_glibc(file: &[u8]) -> Result<Version> {
    ensure!(file.starts_with(b"\x7fELF\x02\x01"), "this is no 64-bit little-endian ELF file");
    let sections = Sections::read(file)?;
    let needed = sections.find(NEEDED_VERSIONS)?.context("it lists no needed versions: is it a static program?")?;
    let strings = sections.at(needed.link)?;

    let mut newest = None;
    let mut library = needed.offset;
    // A `Verneed` entry is a library; each of its `Vernaux` entries is a version of it. Offsets are relative, 0 ends.
    loop {
        let mut version = library.saturating_add(u32_at(file, library, 8)? as usize);
        loop {
            let name = string(file, strings.offset.saturating_add(u32_at(file, version, 8)? as usize))?;
            newest = newest.max(parse(name));
            match u32_at(file, version, 12)? {
                0 => break,
                next => version = version.saturating_add(next as usize),
            }
        }
        match u32_at(file, library, 12)? {
            0 => break,
            next => library = library.saturating_add(next as usize),
        }
    }
    newest.context("it needs no versioned glibc symbol")
}

fn parse(name: &str) -> Option<Version> {
    let (major, minor) = name.strip_prefix("GLIBC_")?.split_once('.')?;
    // `2.2.5` counts as 2.2.
    let minor = minor.split('.').next()?;
    Some(Version(major.parse().ok()?, minor.parse().ok()?))
}

struct Sections<'a> {
    file: &'a [u8],
    table: usize,
    entry: usize,
    count: usize,
}

struct Section {
    kind: u32,
    offset: usize,
    link: usize,
}

impl<'a> Sections<'a> {
    fn read(file: &'a [u8]) -> Result<Self> {
        let table = u64_at(file, 0, 0x28)?;
        Ok(Self { file, table, entry: u16_at(file, 0, 0x3a)?, count: u16_at(file, 0, 0x3c)? })
    }

    fn at(&self, index: usize) -> Result<Section> {
        let start = self.table.saturating_add(index * self.entry);
        Ok(Section {
            kind: u32_at(self.file, start, 4)?,
            offset: u64_at(self.file, start, 0x18)?,
            link: u32_at(self.file, start, 0x28)? as usize,
        })
    }

    fn find(&self, kind: u32) -> Result<Option<Section>> {
        for index in 0..self.count {
            let section = self.at(index)?;
            if section.kind == kind {
                return Ok(Some(section));
            }
        }
        Ok(None)
    }
}

/// The bytes of a field. Offsets come out of the file and may be anything: a sum that is too large ends outside it.
fn bytes<const N: usize>(file: &[u8], base: usize, field: usize) -> Result<[u8; N]> {
    let at = base.saturating_add(field);
    let slice = file.get(at..).and_then(|rest| rest.first_chunk::<N>());
    slice.copied().with_context(|| format!("the file ends before {at:#x}"))
}

fn u16_at(file: &[u8], base: usize, field: usize) -> Result<usize> {
    Ok(u16::from_le_bytes(bytes(file, base, field)?).into())
}

fn u32_at(file: &[u8], base: usize, field: usize) -> Result<u32> {
    Ok(u32::from_le_bytes(bytes(file, base, field)?))
}

fn u64_at(file: &[u8], base: usize, field: usize) -> Result<usize> {
    usize::try_from(u64::from_le_bytes(bytes(file, base, field)?)).context("an offset beyond the file")
}

fn string(file: &[u8], at: usize) -> Result<&str> {
    let rest = file.get(at..).context("a name beyond the file")?;
    let end = rest.iter().position(|&byte| byte == 0).context("a name without an end")?;
    rest.get(..end).and_then(|name| str::from_utf8(name).ok()).context("a name that is no text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(parse("GLIBC_2.34") > parse("GLIBC_2.4"));
        assert_eq!(parse("GLIBC_2.2.5"), Some(Version(2, 2)));
        assert_eq!(parse("GLIBC_PRIVATE"), None);
        assert_eq!(parse("GCC_3.0"), None);
    }

    #[test]
    fn what_is_no_program_is_refused_and_a_cut_one_does_not_panic() {
        assert!(newest_glibc(b"#!/bin/sh").is_err());
        let mut program = b"\x7fELF\x02\x01".to_vec();
        for length in program.len()..200 {
            program.resize(length, 0xff);
            assert!(newest_glibc(&program).is_err(), "{length}");
        }
    }

    /// The test itself is such a program, linked to the glibc of the machine.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn a_real_program_tells_its_version() {
        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let version = newest_glibc(&program).unwrap();
        assert!(version >= Version(2, 17) && version < Version(2, 99), "{version:?}");
    }
}
