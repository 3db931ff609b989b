//! The write-ahead log (file format, section 4): page images that SQLite reads before those of the main file.
//!
//! ```text
//! ┌──────────────┬──────────────┬──────┬──────────────┬──────┬
//! │ header, 32 B │ frame, 24 B  │ page │ frame, 24 B  │ page │ …
//! └──────────────┴──────────────┴──────┴──────────────┴──────┴
//! header   magic │ version │ page size │ sequence │ salt-1 salt-2 │ checksum-1 checksum-2
//! frame    page number │ database size after commit, else 0 │ salt-1 salt-2 │ checksum-1 checksum-2
//! ```
//!
//! A frame counts when its salts are the header's and its checksum, which runs on over all frames before it, is right.
//! The log ends for SQLite with the last commit frame before the first frame that does not count. Behind it lie an
//! unfinished transaction and, since a log is restarted without being emptied, what older generations wrote: their salts
//! differ. The stored checksum of a frame is the state of the sum behind it, so that of each frame but the first can be
//! held against the frame before it.

use super::super::{Finding, Parsed};
use super::header::is_page_size;
use super::place::Source;
use super::spot::{Spot, narrow, wide};
use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::verify;
use nom::error::context;
use nom::number::complete::be_u32;

const MAGIC_LITTLE: u32 = 0x377f_0682;
const MAGIC_BIG: u32 = 0x377f_0683;
const VERSION: u32 = 3_007_000;
pub(super) const HEADER_SIZE: usize = 32;
pub(super) const FRAME_HEADER_SIZE: usize = 24;

/// Each restart of the log adds 1 to salt-1, so a generation that is this near is an older one of this log.
const NEAR_SALTS: u32 = 1 << 16;

/// The two running sums of the WAL.
pub(super) type Checksum = (u32, u32);

/// The header of a WAL.
#[derive(Debug, Clone, Copy)]
pub(super) struct WalHeader {
    /// Reads a word for the checksum: the magic says in which byte order.
    pub word: fn([u8; 4]) -> u32,
    pub page_size: u32,
    pub salts: (u32, u32),
    pub checksum: Checksum,
}

impl WalHeader {
    fn frame_size(&self) -> usize {
        narrow(u64::from(self.page_size)).saturating_add(FRAME_HEADER_SIZE)
    }
}

/// Reads the header of a WAL.
pub(super) fn wal_header(input: &[u8]) -> Parsed<'_, WalHeader> {
    let is_magic = |magic: &u32| matches!(*magic, MAGIC_LITTLE | MAGIC_BIG);
    let (input, magic) = context("WAL header, magic", verify(be_u32, is_magic)).parse(input)?;
    let (input, _) =
        context("WAL header, version", verify(be_u32, |version| *version == VERSION)).parse(input)?;
    let (input, page_size) =
        context("WAL header, page size", verify(be_u32, |size| is_page_size(*size))).parse(input)?;
    let (input, _sequence) = context("WAL header, sequence", be_u32).parse(input)?;
    let (input, salts) = context("WAL header, salts", (be_u32, be_u32)).parse(input)?;
    let (input, checksum) = context("WAL header, checksum", (be_u32, be_u32)).parse(input)?;
    let word = if magic == MAGIC_BIG { u32::from_be_bytes } else { u32::from_le_bytes };
    Ok((input, WalHeader { word, page_size, salts, checksum }))
}

/// A frame of a WAL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub page: u32,
    /// Pages of the database after the commit that this frame ends, or 0.
    pub commit_size: u32,
    pub salts: (u32, u32),
    pub checksum: Checksum,
    pub image: &'a [u8],
}

/// Reads one frame.
pub(super) fn frame(page_size: u32) -> impl Fn(&[u8]) -> Parsed<'_, Frame<'_>> {
    move |input| {
        let (input, (page, commit_size)) =
            context("WAL frame, page and size", (be_u32, be_u32)).parse(input)?;
        let (input, salts) = context("WAL frame, salts", (be_u32, be_u32)).parse(input)?;
        let (input, checksum) = context("WAL frame, checksum", (be_u32, be_u32)).parse(input)?;
        let (input, image) = context("WAL frame, page image", take(page_size)).parse(input)?;
        Ok((input, Frame { page, commit_size, salts, checksum, image }))
    }
}

/// Runs the checksum on over bytes whose length is a multiple of eight.
pub(super) fn checksum(bytes: &[u8], (mut one, mut two): Checksum, word: fn([u8; 4]) -> u32) -> Checksum {
    for [a, b, c, d, e, f, g, h] in bytes.as_chunks::<8>().0 {
        one = one.wrapping_add(word([*a, *b, *c, *d])).wrapping_add(two);
        two = two.wrapping_add(word([*e, *f, *g, *h])).wrapping_add(one);
    }
    (one, two)
}

/// Frames that one transaction wrote, or what is left of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// The number of the first frame in the log, from 1.
    pub first_frame: u32,
    /// The number of the last.
    pub last_frame: u32,
    /// Page number and offset of the page image of each.
    pub images: Vec<(u32, u64)>,
    /// Pages of the database after the commit; 0 where no commit frame ends the group.
    pub database_size: u32,
    pub salts: (u32, u32),
    /// The checksums were held against the frames and are right. Of a group whose beginning was overwritten the first
    /// frame cannot be checked.
    pub verified: bool,
}

/// All that a WAL holds, in the order of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Log {
    pub page_size: u32,
    /// What older generations of the log left behind its frames, and everything where SQLite ignores the log.
    pub former: Vec<Group>,
    /// What SQLite reads.
    pub commits: Vec<Group>,
    /// Frames of this generation behind the last commit.
    pub uncommitted: Vec<Group>,
}

/// Reads all frames of a WAL, and says what SQLite would not read. `page_size` is the main file's, for a log whose header
/// is lost.
pub(super) fn wal(bytes: &[u8], page_size: Option<u32>) -> (Option<Log>, Vec<Finding>) {
    if bytes.is_empty() {
        return (None, Vec::new());
    }
    let start = bytes.get(..24).unwrap_or(&[]);
    let (header, wrong) = match wal_header(bytes) {
        Ok((_, header)) if checksum(start, (0, 0), header.word) == header.checksum => (header, None),
        Ok((_, header)) => (header, Some("the checksum of the WAL header is wrong")),
        Err(_) => (guessed(bytes, page_size.unwrap_or(0)), Some("this is no WAL header")),
    };
    let mut reader = Reader { bytes, header, at: HEADER_SIZE, number: 0, unreadable: 0 };
    let (commits, mut uncommitted) = match wrong {
        None => reader.valid(),
        Some(_) => (Vec::new(), Vec::new()),
    };
    let valid = reader.number;
    let mut former = reader.tail();
    if wrong.is_none() {
        uncommitted.extend(former.extract_if(.., |group| group.salts == header.salts));
    }
    let age = |group: &Group| header.salts.0.wrapping_sub(group.salts.0);
    former.sort_by_key(|group| std::cmp::Reverse(age(group)));
    let log = Log { page_size: header.page_size, former, commits, uncommitted };
    let mut findings = Vec::new();
    match wrong {
        Some(wrong) => findings.push(log.ignored(wrong)),
        None => findings.extend(log.outside(reader.unreadable, header.frame_size())),
    }
    if wrong.is_none() {
        findings.extend(cut(bytes, &header, valid));
    }
    (Some(log), findings)
}

/// What the header of a log must have been, as far as its frames need it.
fn guessed(bytes: &[u8], page_size: u32) -> WalHeader {
    let salts = bytes.get(HEADER_SIZE.saturating_add(8)..).and_then(|rest| {
        let (one, rest) = rest.split_first_chunk::<4>()?;
        Some((u32::from_be_bytes(*one), u32::from_be_bytes(*rest.first_chunk::<4>()?)))
    });
    WalHeader { word: u32::from_le_bytes, page_size, salts: salts.unwrap_or((0, 0)), checksum: (0, 0) }
}

/// A frame behind those that SQLite reads.
struct Stale {
    number: u32,
    page: u32,
    offset: u64,
    commit_size: u32,
    salts: (u32, u32),
    /// Its checksum runs on from that of the frame before it.
    follows: bool,
}

struct Reader<'a> {
    bytes: &'a [u8],
    header: WalHeader,
    at: usize,
    /// Of the last frame that was read.
    number: u32,
    unreadable: u32,
}

impl Reader<'_> {
    /// The frame at the present offset, and the checksum that it should have after this one.
    fn frame(&self, before: Checksum, word: fn([u8; 4]) -> u32) -> Option<(Frame<'_>, Checksum)> {
        let rest = self.bytes.get(self.at..)?;
        let (_, frame) = frame(self.header.page_size)(rest).ok()?;
        let sum = checksum(rest.get(..8)?, before, word);
        let sum = checksum(frame.image, sum, word);
        Some((frame, sum))
    }

    fn image_offset(&self) -> u64 {
        wide(self.at.saturating_add(FRAME_HEADER_SIZE))
    }

    fn advance(&mut self) {
        self.at = self.at.saturating_add(self.header.frame_size());
        self.number = self.number.saturating_add(1);
    }

    /// The commits that SQLite reads, and the valid frames behind the last of them.
    fn valid(&mut self) -> (Vec<Group>, Vec<Group>) {
        let (mut commits, mut running) = (Vec::new(), self.header.checksum);
        let mut images = Vec::new();
        let mut first_frame = 1;
        let salts = self.header.salts;
        let group = |first_frame, last_frame, images, database_size| Group {
            first_frame,
            last_frame,
            images,
            database_size,
            salts,
            verified: true,
        };
        while let Some((frame, sum)) = self.frame(running, self.header.word) {
            if frame.salts != salts || frame.checksum != sum || frame.page == 0 {
                break;
            }
            let (page, size) = (frame.page, frame.commit_size);
            running = sum;
            images.push((page, self.image_offset()));
            self.advance();
            if size != 0 {
                commits.push(group(first_frame, self.number, std::mem::take(&mut images), size));
                first_frame = self.number.saturating_add(1);
            }
        }
        let left = (!images.is_empty()).then(|| group(first_frame, self.number, images, 0));
        (commits, left.into_iter().collect())
    }

    /// The frames behind, in groups that end with a commit or where the salts change.
    fn tail(&mut self) -> Vec<Group> {
        if !is_page_size(self.header.page_size) {
            return Vec::new();
        }
        let stale = self.stale();
        let mut groups: Vec<Group> = Vec::new();
        let mut ended = true;
        for (index, frame) in stale.iter().enumerate() {
            let next_follows = stale.get(index.saturating_add(1)).is_some_and(|next| next.follows);
            let near = (0..=NEAR_SALTS).contains(&self.header.salts.0.wrapping_sub(frame.salts.0));
            if frame.page == 0 || !(frame.follows || next_follows || near) {
                self.unreadable = self.unreadable.saturating_add(1);
                ended = true;
                continue;
            }
            match groups.last_mut().filter(|group| !ended && group.salts == frame.salts) {
                Some(group) => group.add(frame),
                None => groups.push(Group::begin(frame)),
            }
            ended = frame.commit_size != 0;
        }
        groups
    }

    fn stale(&mut self) -> Vec<Stale> {
        let mut stale: Vec<Stale> = Vec::new();
        let mut before = None;
        while let Some((frame, _)) = self.frame((0, 0), self.header.word) {
            let Frame { page, commit_size, salts, checksum, .. } = frame;
            let follows = before.is_some_and(|(before_salts, sum)| {
                let runs_on = |word| self.frame(sum, word).is_some_and(|(_, sum)| sum == checksum);
                // The byte order is the magic's; where that is lost, either.
                before_salts == salts
                    && (runs_on(self.header.word)
                        || (self.header.checksum == (0, 0)
                            && (runs_on(u32::from_be_bytes) || runs_on(u32::from_le_bytes))))
            });
            before = Some((salts, checksum));
            let offset = self.image_offset();
            self.advance();
            stale.push(Stale { number: self.number, page, offset, commit_size, salts, follows });
        }
        stale
    }
}

impl Group {
    fn begin(frame: &Stale) -> Group {
        Group {
            first_frame: frame.number,
            last_frame: frame.number,
            images: vec![(frame.page, frame.offset)],
            database_size: frame.commit_size,
            salts: frame.salts,
            verified: frame.follows,
        }
    }

    fn add(&mut self, frame: &Stale) {
        // Behind a first frame that nothing precedes the second one proves both.
        self.verified = frame.follows && (self.verified || self.images.len() == 1);
        self.last_frame = frame.number;
        self.images.push((frame.page, frame.offset));
        self.database_size = frame.commit_size;
    }
}

fn frames(groups: &[Group]) -> usize {
    groups.iter().map(|group| group.images.len()).sum()
}

impl Log {
    /// SQLite reads nothing of this log; we read its frames as history.
    fn ignored(&self, wrong: &str) -> Finding {
        let verified = self.former.iter().filter(|group| group.verified);
        let message = format!(
            "{wrong}: SQLite ignores this WAL; {} frames are read as history, of {} transactions {} are verified",
            frames(&self.former),
            self.former.len(),
            verified.count()
        );
        Spot::new(Source::Wal, 0).loss("sqlite-wal-header", message)
    }

    /// Frames behind the last commit: an unfinished transaction, then what an older generation of the log left.
    fn outside(&self, unreadable: u32, frame_size: usize) -> Option<Finding> {
        let (committed, uncommitted) = (frames(&self.commits), frames(&self.uncommitted));
        let stale = frames(&self.former);
        if uncommitted == 0 && stale == 0 && unreadable == 0 {
            return None;
        }
        let verified: usize =
            self.former.iter().filter(|group| group.verified).map(|group| group.images.len()).sum();
        let offset = frame_size.saturating_mul(committed).saturating_add(HEADER_SIZE);
        let message = format!(
            "behind {committed} committed frames lie {uncommitted} of an unfinished transaction and {stale} of older \
             generations of the log, {verified} of them verified; {unreadable} are no frames"
        );
        Some(Spot::new(Source::Wal, wide(offset)).note("sqlite-wal-frames-not-committed", message))
    }
}

/// The frame of this generation that the file ends inside. What is left of an older generation may end anywhere: Android has
/// the log cut to a size of its own (`PRAGMA journal_size_limit`).
fn cut(bytes: &[u8], header: &WalHeader, valid: u32) -> Option<Finding> {
    let size = header.frame_size();
    let offset = size.saturating_mul(narrow(u64::from(valid))).saturating_add(HEADER_SIZE);
    let rest = bytes.get(offset..).filter(|rest| !rest.is_empty() && rest.len() < size)?;
    let is_older = rest.get(8..16).is_some_and(|salts| salts != bytes.get(16..24).unwrap_or(&[]));
    let message =
        format!("the log ends inside its frame {}: {} of {size} bytes", valid.saturating_add(1), rest.len());
    (!is_older).then(|| Spot::new(Source::Wal, wide(offset)).loss("sqlite-wal-cut", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A WAL of page size 512 in which each frame is (page, commit size, fill).
    fn sample(frames: &[(u32, u32, u8)], magic: u32) -> Vec<u8> {
        let word = if magic == MAGIC_BIG { u32::from_be_bytes } else { u32::from_le_bytes };
        let mut bytes = Vec::new();
        for field in [magic, VERSION, 512, 0, 11, 22] {
            bytes.extend_from_slice(&field.to_be_bytes());
        }
        let mut running = checksum(&bytes, (0, 0), word);
        bytes.extend_from_slice(&running.0.to_be_bytes());
        bytes.extend_from_slice(&running.1.to_be_bytes());
        for (page, commit, fill) in frames {
            let head = [page.to_be_bytes(), commit.to_be_bytes()].concat();
            running = checksum(&head, running, word);
            running = checksum(&[*fill; 512], running, word);
            bytes.extend_from_slice(&head);
            for field in [11, 22, running.0, running.1] {
                bytes.extend_from_slice(&field.to_be_bytes());
            }
            bytes.extend_from_slice(&[*fill; 512]);
        }
        bytes
    }

    #[test]
    fn frames_stand_in_their_commits_in_both_byte_orders() {
        for magic in [MAGIC_LITTLE, MAGIC_BIG] {
            let bytes = sample(&[(2, 0, 1), (1, 2, 2), (2, 3, 3), (1, 0, 4)], magic);
            let (log, findings) = wal(&bytes, None);
            let log = log.unwrap();
            let commits: Vec<_> =
                log.commits.iter().map(|group| (group.images.clone(), group.database_size)).collect();
            let at = |frame: u64| 32 + frame * 536 + 24;
            assert_eq!(commits, [(vec![(2, at(0)), (1, at(1))], 2), (vec![(2, at(2))], 3)]);
            assert_eq!(log.uncommitted[0].images, [(1, at(3))]);
            assert_eq!(findings[0].code, "sqlite-wal-frames-not-committed");
            assert_eq!(findings[0].offset, Some(32 + 3 * 536));
        }
    }

    #[test]
    fn a_flipped_byte_ends_the_log_before_its_frame() {
        let good = sample(&[(2, 2, 1), (3, 3, 2)], MAGIC_LITTLE);
        for at in [32 + 536, 32 + 536 + 8, 32 + 536 + 16, 32 + 536 + 24 + 100] {
            let mut bytes = good.clone();
            bytes[at] ^= 1;
            let log = wal(&bytes, None).0.unwrap();
            assert_eq!((log.commits.len(), log.commits[0].images.len()), (1, 1), "byte {at}");
        }
    }

    #[test]
    fn a_frame_that_the_file_cuts_does_not_count() {
        let bytes = sample(&[(2, 2, 1), (3, 3, 2)], MAGIC_BIG);
        assert_eq!(wal(&bytes, None).0.unwrap().commits.len(), 2);
        let (cut, findings) = wal(&bytes[..bytes.len() - 1], None);
        assert_eq!(cut.unwrap().commits.len(), 1);
        assert_eq!(
            (findings[0].code, findings[0].loss, findings[0].offset),
            ("sqlite-wal-cut", true, Some(32 + 536))
        );
    }

    #[test]
    fn what_is_left_of_an_older_generation_may_end_anywhere() {
        let mut bytes = sample(&[(2, 2, 1), (3, 3, 2)], MAGIC_BIG);
        bytes[32 + 536 + 8] ^= 1;
        assert!(wal(&bytes[..bytes.len() - 1], None).1.is_empty());
    }

    #[test]
    fn a_wal_without_a_valid_header_is_ignored_and_its_frames_are_history() {
        let mut bytes = sample(&[(2, 0, 1), (3, 2, 2)], MAGIC_BIG);
        bytes[17] ^= 1;
        let (log, findings) = wal(&bytes, None);
        assert_eq!((findings[0].code, findings[0].loss), ("sqlite-wal-header", true));
        let log = log.unwrap();
        assert_eq!((log.commits.len(), log.former.len(), log.former[0].images.len()), (0, 1, 2));
        assert!(log.former[0].verified);
        // The magic is gone too: the page size is the database's.
        bytes[0] = 0;
        assert_eq!(wal(&bytes, Some(512)).0.unwrap().former[0].images.len(), 2);
        assert_eq!(wal(&bytes[..31], None).1.len(), 1);
        assert_eq!(wal(&[], None), (None, vec![]));
    }

    #[test]
    fn older_generations_come_oldest_first_and_are_verified_from_their_second_frame_on() {
        let mut bytes = sample(&[(2, 0, 1), (3, 3, 2), (4, 4, 3)], MAGIC_BIG);
        let newer = sample(&[(9, 9, 9)], MAGIC_BIG);
        // The restarted log has overwritten the first frame and its own salts are greater by one.
        let word = u32::from_be_bytes;
        let mut header = newer[..24].to_vec();
        header[19] = 12;
        let start = checksum(&header, (0, 0), word);
        let mut frame = newer[32..40].to_vec();
        let sum = checksum(&newer[56..568], checksum(&frame, start, word), word);
        for field in [12, 22, sum.0, sum.1] {
            frame.extend_from_slice(&u32::to_be_bytes(field));
        }
        header.extend_from_slice(&start.0.to_be_bytes());
        header.extend_from_slice(&start.1.to_be_bytes());
        bytes[..32].copy_from_slice(&header);
        bytes[32..56].copy_from_slice(&frame);
        bytes[56..568].copy_from_slice(&newer[56..568]);
        let (log, findings) = wal(&bytes, None);
        let log = log.unwrap();
        let shape = |group: &Group| (group.first_frame, group.database_size, group.salts.0, group.verified);
        assert_eq!(log.commits.iter().map(shape).collect::<Vec<_>>(), [(1, 9, 12, true)]);
        assert_eq!(log.former.iter().map(shape).collect::<Vec<_>>(), [(2, 3, 11, false), (3, 4, 11, true)]);
        assert_eq!(findings[0].code, "sqlite-wal-frames-not-committed");
    }
}
