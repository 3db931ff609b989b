//! Members by their local headers, for an archive without a central directory: it was cut off, or it is damaged.
//!
//! A header with its sizes leads to the next one. A member with a data descriptor (bit 3) does not say where it
//! ends: a descriptor counts when the compressed size in it is its own distance from the first byte of the member,
//! which 32 bits rarely match by chance and bytes of another archive inside a member do not.

use super::{
    Archive, EntryKind, Finding, MEMBER_LIMIT, Member, Method, Name, Place, central,
    local::{self, Descriptor, LocalHeader},
    time,
};
use crate::parse::Parsed;

/// How many members may miss their descriptor before the search for one is cut short at the next local header: each
/// such search reads to the end of the archive, and a hostile archive holds nothing else.
const SEARCH_LIMIT: usize = 16;

/// A reader that goes from header to header.
struct Scan<'a> {
    input: &'a [u8],
    archive: Archive<'a>,
    searches_left: usize,
    /// The last member does not say where it ends.
    is_inside: bool,
}

/// Every member that a local header leads to, in the order of the bytes. A last member that was cut off is listed
/// too, as far as it goes.
pub(super) fn members(input: &[u8]) -> Archive<'_> {
    let archive = Archive { members: Vec::new(), findings: Vec::new() };
    let mut scan = Scan { input, archive, searches_left: SEARCH_LIMIT, is_inside: false };
    let mut position = 0;
    while let Some(header) = scan.next_header(position) {
        if scan.archive.members.len() >= MEMBER_LIMIT {
            break;
        }
        position = scan.member(header);
    }
    scan.archive
}

impl<'a> Scan<'a> {
    fn tail(&self, position: usize) -> &'a [u8] {
        self.input.get(position..).unwrap_or_default()
    }

    /// The next local header at or after `position`; bytes that are skipped are a finding, unless they are a central
    /// directory (another archive may follow it).
    fn next_header(&mut self, position: usize) -> Option<usize> {
        let tail = self.tail(position);
        let found = signatures(tail).find(|at| header_at(tail, *at).is_some())?;
        if self.is_inside {
            let message = "members from here on may be of an archive inside of the member before".to_owned();
            let at = position.checked_add(found).and_then(offset);
            self.archive.findings.push(Finding::of_file("zip-members-uncertain", message, at, false));
        } else if found > 0 && !tail.starts_with(&central::SIGNATURE) {
            let message = format!("{found} bytes between members belong to none that can be read");
            self.archive.findings.push(Finding::of_file(
                "zip-unreadable-bytes",
                message,
                offset(position),
                true,
            ));
        }
        position.checked_add(found)
    }

    /// Lists the member whose header is at `position`; returns where to go on.
    fn member(&mut self, position: usize) -> usize {
        let Some((rest, header)) = header_at(self.input, position) else { return self.input.len() };
        let start = self.input.len().saturating_sub(rest.len());
        let ended = match header.flags & local::DESCRIPTOR != 0 && header.compressed_size == 0 {
            true => self.descriptor(rest, &header),
            false => Ended::by_header(&header, rest.len()),
        };
        self.is_inside = ended.is_guess;
        self.archive.members.push(listed(&header, position, &ended));
        start.saturating_add(ended.step)
    }

    /// Finds the end of a member that does not say it.
    fn descriptor(&mut self, rest: &[u8], header: &LocalHeader<'_>) -> Ended {
        let is_zip64 = header.extras.is_zip64();
        let mut next_header = None;
        for at in signatures(rest) {
            if let Some((descriptor, step)) = descriptor_at(rest, at, is_zip64) {
                return Ended::by_descriptor(descriptor, step);
            }
            if next_header.is_none() && header_at(rest, at).is_some() {
                next_header = Some(at);
                if self.searches_left == 0 {
                    break;
                }
            }
        }
        self.searches_left = self.searches_left.saturating_sub(1);
        // A deflate stream ends by itself, so that all that is left can be its own.
        let next_header = next_header.unwrap_or(rest.len());
        let most = if Method::from(header.method) == Method::Deflate { rest.len() } else { next_header };
        Ended::nowhere(most, next_header)
    }
}

/// Where a member ends, and what is known of it then.
struct Ended {
    compressed_size: u64,
    size: Option<u64>,
    crc32: Option<u32>,
    /// From the first byte of the member to where the next header may be.
    step: usize,
    /// The next header may lie inside of this member.
    is_guess: bool,
}

impl Ended {
    fn by_header(header: &LocalHeader<'_>, left: usize) -> Self {
        let claimed = usize::try_from(header.compressed_size).unwrap_or(usize::MAX);
        Ended {
            compressed_size: header.compressed_size,
            size: Some(header.size),
            crc32: Some(header.crc32),
            // A length past the end is a false claim or the cut: other members may follow in what is left.
            step: if claimed > left { 0 } else { claimed },
            is_guess: claimed > left,
        }
    }

    fn by_descriptor(found: Descriptor, step: usize) -> Self {
        let Descriptor { crc32, compressed_size, size } = found;
        Ended { compressed_size, size: Some(size), crc32: Some(crc32), step, is_guess: false }
    }

    fn nowhere(most: usize, step: usize) -> Self {
        let compressed_size = u64::try_from(most).unwrap_or(u64::MAX);
        Ended { compressed_size, size: None, crc32: None, step, is_guess: true }
    }
}

fn listed<'a>(header: &LocalHeader<'a>, position: usize, ended: &Ended) -> Member<'a> {
    let size = ended.size.unwrap_or(ended.compressed_size);
    Member {
        name: Name::new(header.name, &header.extras),
        kind: EntryKind::new(header.name, size, None),
        is_dos: false,
        modified: time::modified(&header.extras, header.date, header.time),
        place: Place {
            header_offset: offset(position).unwrap_or(u64::MAX),
            compressed_size: ended.compressed_size,
            size: ended.size,
            crc32: ended.crc32,
            method: header.method.into(),
            encrypted: header.flags & local::ENCRYPTED != 0,
            name_crc32: super::name::crc32(header.name),
        },
    }
}

fn offset(position: usize) -> Option<u64> {
    u64::try_from(position).ok()
}

/// Positions of `PK`, the first two bytes of every signature.
fn signatures(input: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let pairs = input.iter().zip(input.iter().skip(1)).enumerate();
    pairs.filter(|(_, pair)| *pair == (&b'P', &b'K')).map(|(position, _)| position)
}

/// A local header with a name: a signature alone may stand in anything.
fn header_at(input: &[u8], position: usize) -> Option<(&[u8], LocalHeader<'_>)> {
    let (rest, header) = local::local_header(input.get(position..)?).ok()?;
    (!header.name.is_empty()).then_some((rest, header))
}

/// A descriptor around the signature at `position`: at it, or, without a signature of its own, right before it.
/// Returns the bytes from the start of the member to behind the descriptor.
fn descriptor_at(member: &[u8], position: usize, is_zip64: bool) -> Option<(Descriptor, usize)> {
    let here = member.get(position..)?;
    if here.starts_with(&local::DESCRIPTOR_SIGNATURE) {
        return signed_descriptor(here, position, is_zip64);
    }
    if !here.starts_with(&local::SIGNATURE) && !here.starts_with(&central::SIGNATURE) {
        return None;
    }
    let length = if is_zip64 { 20 } else { 12 };
    let start = position.checked_sub(length)?;
    let before = member.get(start..)?;
    let form =
        if is_zip64 { local::unsigned_descriptor_64(before) } else { local::unsigned_descriptor(before) };
    fits(form, start).map(|(descriptor, _)| (descriptor, position))
}

/// Below 4 GiB the first half of a wide size reads like a narrow one, so the form that the zip64 field announces comes
/// first, and the other one counts only where a signature follows it.
fn signed_descriptor(here: &[u8], position: usize, is_zip64: bool) -> Option<(Descriptor, usize)> {
    let (narrow, wide) =
        (fits(local::descriptor(here), position), fits(local::descriptor_64(here), position));
    let (announced, other) = if is_zip64 { (wide, narrow) } else { (narrow, wide) };
    let is_followed = |found: &(Descriptor, &[u8])| found.1.starts_with(b"PK");
    let is_sound = |found: &(Descriptor, &[u8])| found.1.is_empty() || is_followed(found);
    let found = announced.filter(is_sound).or(other.filter(is_followed)).or(announced);
    let (descriptor, rest) = found?;
    let length = here.len().saturating_sub(rest.len());
    Some((descriptor, position.checked_add(length)?))
}

/// A descriptor whose compressed size is the distance from the start of the member, and what stands behind it.
fn fits(form: Parsed<'_, Descriptor>, start: usize) -> Option<(Descriptor, &[u8])> {
    let (rest, descriptor) = form.ok()?;
    (offset(start) == Some(descriptor.compressed_size)).then_some((descriptor, rest))
}
