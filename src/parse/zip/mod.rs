//! Zip archives (PKWARE APPNOTE.TXT 6.3.10), read from their places: nothing is unpacked, nothing is dropped.
//!
//! ```text
//! [prepended bytes]
//! local header │ name │ extra │ bytes of the member │ [data descriptor]      4.3.7, 4.3.9
//!   … once per member …
//! central header │ name │ extra │ comment                                    4.3.12
//!   … once per member …
//! [zip64 end record] [zip64 locator]                                         4.3.14, 4.3.15
//! end record │ comment                                                       4.3.16
//! ```
//!
//! A reader of our own, because the `zip` crate keeps one of several members with the same name, cannot open an
//! archive that was cut off (it has no central directory then), and gives neither the raw bytes of a name nor the
//! places that a report needs. Here every central header is a member; where there is no central directory the local
//! headers are searched for.
//!
//! Stored and deflated members are read. The other methods and encrypted members are listed, with their method.

mod central;
mod end;
mod extra;
mod inflate;
mod local;
mod member;
mod name;
mod scan;
mod time;

pub use inflate::{Body, Inflater, body, name_differs};
pub use member::{EntryKind, Member, Method, Place};
pub use name::{Name, cp437};
pub use time::Modified;
pub(in crate::parse) use time::dos_time;

use super::{Error, Finding};

/// What an archive lists, in the order of its central directory (or of its bytes, where it has none).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive<'a> {
    /// Every member, also those with equal names.
    pub members: Vec<Member<'a>>,
    /// What is odd about the archive as a whole.
    pub findings: Vec<Finding>,
}

/// A bound on hostile archives: full file systems of handsets have one or two million files.
const MEMBER_LIMIT: usize = 5_000_000;

/// Whether the bytes are a zip archive: they begin with a zip signature, or end with an end record that leads to a
/// central directory (a self-extracting archive has a program in front of it).
#[must_use]
pub fn is_zip(input: &[u8]) -> bool {
    let first = input.get(..4);
    [local::SIGNATURE, end::SIGNATURE, local::DESCRIPTOR_SIGNATURE].iter().any(|known| first == Some(known))
        || end::directory(input).is_some()
}

/// Lists an archive.
///
/// # Errors
/// [`Error::WrongKind`] where there is no zip structure at all; [`Error::Unexpected`] for one part of a split archive.
pub fn archive(input: &[u8]) -> Result<Archive<'_>, Error> {
    if !is_zip(input) {
        let found = super::error::small_hex(input.get(..4).unwrap_or(input));
        return Err(Error::WrongKind { expected: "a zip archive", found });
    }
    let Some(directory) = end::directory(input) else {
        return Ok(without_directory(input));
    };
    directory.refuse_split()?;
    let mut listed = central::members(input, &directory);
    if listed.broken {
        complete_by_scan(input, &mut listed.archive);
    }
    listed.archive.findings.extend(overlaps(&listed.archive.members));
    listed.archive.findings.extend(limited(&listed.archive.members));
    Ok(listed.archive)
}

/// An archive that was cut off: what its local headers say.
fn without_directory(input: &[u8]) -> Archive<'_> {
    let mut archive = scan::members(input);
    let end = u64::try_from(input.len()).unwrap_or(u64::MAX);
    let message = format!(
        "the archive has no central directory (cut off at {end:#x}): {} members found by their local headers",
        archive.members.len()
    );
    archive.findings.insert(0, Finding::of_file("zip-truncated", message, Some(end), true));
    archive.findings.extend(limited(&archive.members));
    archive
}

/// The bound was reached: there may be more.
fn limited(members: &[Member<'_>]) -> Option<Finding> {
    let last = members.get(MEMBER_LIMIT.saturating_sub(1))?.place.header_offset;
    let message = format!("more than {MEMBER_LIMIT} members; the others are not listed");
    Some(Finding::of_file("zip-member-limit", message, Some(last), true))
}

/// Adds the members that a damaged central directory no longer names.
fn complete_by_scan<'a>(input: &'a [u8], archive: &mut Archive<'a>) {
    let known: std::collections::HashSet<u64> =
        archive.members.iter().map(|member| member.place.header_offset).collect();
    let scanned = scan::members(input).members;
    let missing: Vec<_> =
        scanned.into_iter().filter(|member| !known.contains(&member.place.header_offset)).collect();
    let message = format!("{} more members found by their local headers", missing.len());
    archive.findings.push(Finding::of_file("zip-directory-completed", message, None, false));
    archive.members.extend(missing);
}

/// One finding for members whose bytes lie in each other: not written by an honest tool, and how zip bombs are built.
fn overlaps(members: &[Member<'_>]) -> Option<Finding> {
    let mut spans: Vec<(u64, u64)> = members.iter().map(|member| member.place.span()).collect();
    spans.sort_unstable();
    let mut reached = 0;
    let mut first = None;
    let mut count = 0_u64;
    for (start, end) in spans {
        if start < reached {
            first.get_or_insert(start);
            count = count.saturating_add(1);
        }
        reached = reached.max(end);
    }
    let first = first?;
    let message = format!("{count} members lie in the bytes of another member, the first at {first:#x}");
    Some(Finding::of_file("zip-members-overlap", message, Some(first), false))
}

#[cfg(test)]
mod tests;
