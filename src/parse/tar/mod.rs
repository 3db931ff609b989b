//! Tar archives, read from their places: v7, ustar, GNU and pax (POSIX.1-2017, pax; GNU tar manual, "Tar Internals").
//!
//! ```text
//! [extended header: long name, pax records] header 512 │ bytes of the member, filled up to 512     once per member
//! two blocks of zeros, and more up to the size of a record
//! ```
//!
//! A reader of our own, because the `tar` crate stops at the first header that is damaged, and gives the places of
//! bytes only for what it could iterate to. Here a damaged header costs the member that it is of: the next block with
//! a sound header is searched for. Nothing ends an archive but its bytes: what stands behind its end mark is listed too.

mod header;
mod pax;
mod sparse;

pub use sparse::{Extent, Sparse, SparseReader};

use header::{BLOCK, Header, checksum_holds, count, has_magic, number, text};
use pax::Pax;

use super::Finding;

/// A bound on hostile archives: full file systems of handsets have one or two million files.
const MEMBER_LIMIT: usize = 5_000_000;

/// One member of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name, unchecked: it may be absolute, or hold `..`.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// When it was modified: seconds and nanoseconds since 1970, UTC. `None` where the field is no number.
    pub modified: Option<(i64, u32)>,
    /// Offset in the archive of its header.
    pub header_offset: u64,
    /// Its bytes.
    pub content: Content,
}

/// What kind of entry a member is (type flag).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// Another name of a member in front of it, or a symbolic link; it has no bytes. With what it points at.
    Link(Vec<u8>),
    /// A device, a pipe, a label, or the rest of a file from another volume.
    Special(u8),
}

/// Where the bytes of a member are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// In one piece.
    Plain {
        /// Offset in the archive.
        offset: u64,
        /// As the header claims; the archive may have been cut off before.
        length: u64,
    },
    /// In pieces, with holes between them.
    Sparse(Sparse),
}

impl Content {
    /// Bytes of the file.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Content::Plain { length, .. } => *length,
            Content::Sparse(sparse) => sparse.size,
        }
    }
}

/// Whether bytes begin with a header: one that has the magic, or one of before there was a magic whose checksum holds.
#[must_use]
pub fn is_tar(input: &[u8]) -> bool {
    let Some(block) = input.get(..BLOCK) else { return false };
    if has_magic(block) {
        return true;
    }
    let is_v7 =
        |header: Header<'_>| !header.name.is_empty() && count(header.size).is_some() && header.kind <= b'7';
    checksum_holds(block) && header::header(block).is_ok_and(|(_, header)| is_v7(header))
}

/// The members of an archive, one after the other. When there are no more, [`Members::findings`] says what was odd.
pub struct Members<'a> {
    input: &'a [u8],
    offset: usize,
    count: usize,
    global: Pax<'a>,
    next: Extended<'a>,
    state: State,
    findings: Vec<Finding>,
}

/// What extended headers say of the member behind them.
#[derive(Default)]
struct Extended<'a> {
    name: Option<&'a [u8]>,
    link: Option<&'a [u8]>,
    pax: Pax<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Members,
    /// The end mark was there.
    Ended,
}

/// Lists the members of an archive.
#[must_use]
pub fn members(input: &[u8]) -> Members<'_> {
    Members {
        input,
        offset: 0,
        count: 0,
        global: Pax::default(),
        next: Extended::default(),
        state: State::Members,
        findings: Vec::new(),
    }
}

impl Iterator for Members<'_> {
    type Item = Member;

    fn next(&mut self) -> Option<Member> {
        while self.offset < self.input.len() {
            let rest = self.input.get(self.offset..).unwrap_or_default();
            let Some(block) = rest.get(..BLOCK) else {
                self.tail(rest);
                return None;
            };
            if is_zero(block) {
                self.end_mark();
                continue;
            }
            if !checksum_holds(block) {
                self.resume();
                continue;
            }
            let header = header::header(block).ok().map(|(_, header)| header);
            let member = header.and_then(|header| self.entry(&header));
            if member.is_some() {
                return self.counted(member);
            }
        }
        self.finished();
        None
    }
}

impl<'a> Members<'a> {
    /// What was odd about the archive.
    #[must_use]
    pub fn findings(self) -> Vec<Finding> {
        self.findings
    }

    fn counted(&mut self, member: Option<Member>) -> Option<Member> {
        self.count = self.count.saturating_add(1);
        if self.count <= MEMBER_LIMIT {
            return member;
        }
        let message = format!("more than {MEMBER_LIMIT} members; the others are not listed");
        self.note("tar-member-limit", message, true);
        self.offset = self.input.len();
        None
    }

    /// Takes a header and what belongs to it; a member, where it is not about the next one.
    fn entry(&mut self, header: &Header<'a>) -> Option<Member> {
        let own = std::mem::take(&mut self.next);
        let Some(size) = own.pax.size.or_else(|| count(header.size)) else {
            self.note("tar-header-damaged", "the size in a header is no number".to_owned(), true);
            self.offset = self.offset.saturating_add(BLOCK);
            return None;
        };
        let stored = self.offset.saturating_add(BLOCK);
        let extends = matches!(header.kind, b'L' | b'K' | b'x' | b'X' | b'g');
        if extends {
            self.next = own;
            self.extend(header.kind, size, stored);
            return None;
        }
        let pax = own.pax.clone().over(&self.global);
        let made = self.made(header, own, pax, size);
        let has_bytes = !matches!(made.kind, EntryKind::Link(_) | EntryKind::Folder) || header.kind == b'D';
        self.advance(match header.kind {
            b'S' => stored_old_sparse(header, self.input.get(stored..).unwrap_or_default(), size),
            _ if has_bytes => size,
            _ => 0,
        });
        Some(made)
    }

    /// A header that is about the next member, or about all that follow.
    fn extend(&mut self, kind: u8, size: u64, stored: usize) {
        let start = u64::try_from(stored).unwrap_or(u64::MAX);
        let content = slice(self.input, start, size);
        let complete = match kind {
            b'L' => self.next.name.insert(text(content)).len() < content.len(),
            b'K' => self.next.link.insert(text(content)).len() < content.len(),
            b'g' => self.global.add(content),
            _ => self.next.pax.add(content),
        };
        if !complete && !matches!(kind, b'L' | b'K') {
            let message =
                "an extended header has a malformed record; those in front of it are used".to_owned();
            self.note("tar-extended-header-damaged", message, false);
        }
        self.advance(size);
    }

    fn made(&mut self, header: &Header<'a>, own: Extended<'a>, pax: Pax<'a>, size: u64) -> Member {
        let header_offset = u64::try_from(self.offset).unwrap_or(u64::MAX);
        let path = pax.sparse.name.or(pax.path).or(own.name);
        let name = path.map_or_else(|| header.full_name(), <[u8]>::to_vec);
        let kind = kind(header, &name, own.link);
        let seconds = || number(header.modified).map(|seconds| (seconds, 0));
        let modified = pax.modified.or_else(seconds);
        let plain = Content::Plain { offset: header_offset.saturating_add(512), length: size };
        let content = match self.sparse(header, &pax, size) {
            None => plain,
            Some(Some(sparse)) => Content::Sparse(sparse),
            Some(None) => {
                let message = "the map of a sparse file is malformed: its bytes are read without their holes";
                self.note("tar-sparse-map-damaged", message.to_owned(), true);
                plain
            }
        };
        Member { name, kind, modified, header_offset, content }
    }

    /// Not sparse; sparse; sparse with a map that cannot be read.
    fn sparse(&self, header: &Header<'_>, pax: &Pax<'_>, size: u64) -> Option<Option<Sparse>> {
        let start = u64::try_from(self.offset).unwrap_or(u64::MAX).saturating_add(512);
        let shifted = |by: usize| start.saturating_add(u64::try_from(by).unwrap_or(u64::MAX));
        if header.kind == b'S' {
            let behind = self.input.get(self.offset.saturating_add(BLOCK)..).unwrap_or_default();
            let read = sparse::old_gnu(header, behind).zip(count(header.real_size));
            return Some(read.and_then(|((pairs, blocks), real_size)| {
                let first = shifted(blocks.saturating_mul(BLOCK));
                Sparse::new(real_size, &pairs, first..first.saturating_add(size))
            }));
        }
        let real_size = pax.sparse.real_size?;
        let read = sparse::map(&pax.sparse, slice(self.input, start, size));
        Some(read.and_then(|(pairs, taken)| {
            Sparse::new(real_size, &pairs, shifted(taken)..start.saturating_add(size))
        }))
    }

    /// Goes behind a header and `size` bytes.
    fn advance(&mut self, size: u64) {
        let stored = self.offset.saturating_add(BLOCK);
        let filled = usize::try_from(size).ok().and_then(|size| size.checked_next_multiple_of(BLOCK));
        let end = filled.and_then(|filled| stored.checked_add(filled)).unwrap_or(usize::MAX);
        let claimed = usize::try_from(size).map_or(usize::MAX, |size| stored.saturating_add(size));
        if claimed > self.input.len() {
            let left = self.input.len().saturating_sub(stored);
            let message =
                format!("the archive was cut off: of {size} bytes of its last member {left} are there");
            self.note("tar-truncated", message, true);
            self.state = State::Ended;
        }
        self.offset = end.min(self.input.len());
    }

    /// Passes over zeros. Two blocks are the end mark; but what follows is looked at.
    fn end_mark(&mut self) {
        let rest = self.input.get(self.offset..).unwrap_or_default();
        let zeros = rest.chunks(BLOCK).take_while(|block| is_zero(block)).count();
        let length = zeros.saturating_mul(BLOCK).min(rest.len());
        self.offset = self.offset.saturating_add(length);
        self.state = State::Ended;
        let behind = self.input.get(self.offset..).unwrap_or_default();
        if behind.get(..BLOCK).is_some_and(checksum_holds) {
            let message = format!(
                "members stand behind {zeros} blocks of zeros, where an archive ends; they are listed"
            );
            self.note("tar-goes-on", message, false);
            self.state = State::Members;
        }
    }

    /// Behind a block that is no header: the next one that is, by its magic and its checksum.
    fn resume(&mut self) {
        let rest = self.input.get(self.offset..).unwrap_or_default();
        let mut blocks = rest.chunks_exact(BLOCK);
        let found = blocks.position(|block| has_magic(block) && checksum_holds(block));
        let was_ended = self.state == State::Ended;
        let next = found.map(|blocks| self.offset.saturating_add(blocks.saturating_mul(BLOCK)));
        match next {
            Some(next) => {
                let message = format!(
                    "no header where one has to be; the next one is at {next:#x}, what lies between is not read"
                );
                self.note("tar-header-damaged", message, true);
                self.state = State::Members;
            }
            None if was_ended => {
                let message =
                    format!("{} bytes that are no members stand behind the end of the archive", rest.len());
                self.note("tar-trailing-bytes", message, false);
            }
            None => {
                let message = "no header where one has to be, and none behind it".to_owned();
                self.note("tar-header-damaged", message, true);
                self.state = State::Ended;
            }
        }
        self.next = Extended::default();
        self.offset = next.unwrap_or(self.input.len());
    }

    /// Less than a block is left.
    fn tail(&mut self, rest: &[u8]) {
        if self.state == State::Members {
            let message = format!("the archive was cut off: {} bytes of a header are left", rest.len());
            self.note("tar-truncated", message, true);
        } else if !is_zero(rest) {
            let message =
                format!("{} bytes that are no members stand behind the end of the archive", rest.len());
            self.note("tar-trailing-bytes", message, false);
        }
        self.state = State::Ended;
        self.offset = self.input.len();
    }

    fn finished(&mut self) {
        if self.state == State::Members && self.count <= MEMBER_LIMIT {
            let message =
                "the archive has no end mark: it may have been cut off between two members".to_owned();
            self.note("tar-truncated", message, true);
        }
        self.state = State::Ended;
    }

    fn note(&mut self, code: &'static str, message: String, loss: bool) {
        let offset = u64::try_from(self.offset).ok();
        self.findings.push(Finding::of_file(code, message, offset, loss));
    }
}

fn kind(header: &Header<'_>, name: &[u8], long_link: Option<&[u8]>) -> EntryKind {
    match header.kind {
        // Before ustar a folder was a file whose name ends with a separator.
        0 | b'0' | b'7' | b'S' if name.ends_with(b"/") && count(header.size) == Some(0) => EntryKind::Folder,
        b'5' | b'D' => EntryKind::Folder,
        b'1' | b'2' => EntryKind::Link(long_link.unwrap_or(header.link).to_vec()),
        b'3' | b'4' | b'6' | b'M' | b'N' | b'V' => EntryKind::Special(header.kind),
        // What is not known is a file (POSIX).
        _ => EntryKind::File,
    }
}

/// Bytes of an old GNU sparse member: the rest of its map, in whole blocks, and its pieces.
fn stored_old_sparse(header: &Header<'_>, behind: &[u8], size: u64) -> u64 {
    let blocks = sparse::old_gnu(header, behind).map_or(0, |(_, blocks)| blocks);
    let map = u64::try_from(blocks.saturating_mul(BLOCK)).unwrap_or(u64::MAX);
    map.saturating_add(size)
}

/// A part of the input, clipped to it.
fn slice(input: &[u8], start: u64, length: u64) -> &[u8] {
    let clip = |at: u64| usize::try_from(at).unwrap_or(input.len()).min(input.len());
    input.get(clip(start)..clip(start.saturating_add(length))).unwrap_or_default()
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes == [0; BLOCK] || (bytes.len() < BLOCK && bytes.iter().all(|byte| *byte == 0))
}
