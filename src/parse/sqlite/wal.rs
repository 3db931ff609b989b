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
//! The log ends with the last commit frame before the first frame that does not count.

use super::super::{Finding, Parsed};
use super::header::is_page_size;
use super::place::Source;
use super::snapshot::Overlaid;
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

/// What a WAL lays over the main file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wal {
    pub page_size: u32,
    /// The last committed image of each page, sorted by page.
    pub images: Vec<Overlaid>,
    /// Pages of the database after the last commit.
    pub pages: u32,
}

/// Reads the committed frames of a WAL as SQLite does, and says what lies outside them.
pub(super) fn wal(bytes: &[u8]) -> (Option<Wal>, Vec<Finding>) {
    if bytes.is_empty() {
        return (None, Vec::new());
    }
    let spot = Spot::new(Source::Wal, 0);
    let start = bytes.get(..24).unwrap_or(&[]);
    let header = match wal_header(bytes) {
        Ok((_, header)) if checksum(start, (0, 0), header.word) == header.checksum => header,
        Ok(_) => {
            let message = "the checksum of the WAL header is wrong: SQLite ignores this WAL".to_owned();
            return (None, vec![spot.loss("sqlite-wal-header", message)]);
        }
        Err(_) => {
            let message = "this is no WAL header: SQLite ignores this WAL".to_owned();
            return (None, vec![spot.loss("sqlite-wal-header", message)]);
        }
    };
    let log = committed(bytes, &header);
    let mut findings = log.outside(bytes, &header);
    findings.extend(log.cut(bytes, &header));
    (log.wal(&header), findings)
}

/// The frames up to the last commit.
struct Log {
    frames: Vec<Overlaid>,
    pages: u32,
    /// Valid frames behind the last commit.
    uncommitted: usize,
}

fn committed(bytes: &[u8], header: &WalHeader) -> Log {
    let mut log = Log { frames: Vec::new(), pages: 0, uncommitted: 0 };
    let mut valid = Vec::new();
    let mut running = header.checksum;
    let mut rest = bytes.get(HEADER_SIZE..).unwrap_or(&[]);
    let one = frame(header.page_size);
    while let Ok((after, frame)) = one(rest) {
        running = checksum(rest.get(..8).unwrap_or(&[]), running, header.word);
        running = checksum(frame.image, running, header.word);
        if frame.salts != header.salts || frame.checksum != running || frame.page == 0 {
            break;
        }
        let offset = wide(bytes.len().saturating_sub(rest.len()).saturating_add(FRAME_HEADER_SIZE));
        valid.push(Overlaid { page: frame.page, source: Source::Wal, offset });
        if frame.commit_size != 0 {
            log.frames.append(&mut valid);
            log.pages = frame.commit_size;
        }
        rest = after;
    }
    log.uncommitted = valid.len();
    log
}

impl Log {
    fn wal(mut self, header: &WalHeader) -> Option<Wal> {
        // The sort is stable, so the last frame of each page is the last of its run.
        self.frames.sort_by_key(|frame| frame.page);
        self.frames.reverse();
        self.frames.dedup_by_key(|frame| frame.page);
        self.frames.reverse();
        let Log { frames: images, pages, .. } = self;
        (!images.is_empty()).then_some(Wal { page_size: header.page_size, images, pages })
    }

    /// The frame of this generation that the file ends inside. What is left of an older generation may end anywhere: Android has
    /// the log cut to a size of its own (`PRAGMA journal_size_limit`).
    fn cut(&self, bytes: &[u8], header: &WalHeader) -> Option<Finding> {
        let size = narrow(u64::from(header.page_size)).saturating_add(FRAME_HEADER_SIZE);
        let valid = self.frames.len().saturating_add(self.uncommitted);
        let offset = size.saturating_mul(valid).saturating_add(HEADER_SIZE);
        let rest = bytes.get(offset..).filter(|rest| !rest.is_empty() && rest.len() < size)?;
        let is_older = rest.get(8..16).is_some_and(|salts| salts != bytes.get(16..24).unwrap_or(&[]));
        let message = format!(
            "the log ends inside its frame {}: {} of {size} bytes",
            valid.saturating_add(1),
            rest.len()
        );
        (!is_older).then(|| Spot::new(Source::Wal, wide(offset)).loss("sqlite-wal-cut", message))
    }

    /// Frames behind the last commit: an unfinished transaction, then what an older generation of the log left.
    fn outside(&self, bytes: &[u8], header: &WalHeader) -> Vec<Finding> {
        let frame = narrow(u64::from(header.page_size)).saturating_add(FRAME_HEADER_SIZE);
        let all = bytes.len().saturating_sub(HEADER_SIZE).checked_div(frame).unwrap_or(0);
        let outside = all.saturating_sub(self.frames.len());
        if outside == 0 {
            return Vec::new();
        }
        let offset = frame.saturating_mul(self.frames.len()).saturating_add(HEADER_SIZE);
        let message = format!(
            "{outside} frames lie behind the last of {} committed ones, {} of them of an unfinished transaction",
            self.frames.len(),
            self.uncommitted
        );
        vec![Spot::new(Source::Wal, wide(offset)).note("sqlite-wal-frames-not-committed", message)]
    }
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
    fn the_last_committed_frame_of_each_page_counts_in_both_byte_orders() {
        for magic in [MAGIC_LITTLE, MAGIC_BIG] {
            let bytes = sample(&[(2, 0, 1), (1, 2, 2), (2, 3, 3), (1, 0, 4)], magic);
            let (wal, findings) = wal(&bytes);
            let wal = wal.unwrap();
            let images: Vec<_> = wal.images.iter().map(|image| (image.page, image.offset)).collect();
            assert_eq!(images, [(1, 32 + 536 + 24), (2, 32 + 2 * 536 + 24)]);
            assert_eq!(wal.pages, 3);
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
            let wal = wal(&bytes).0.unwrap();
            assert_eq!((wal.images.len(), wal.pages), (1, 2), "byte {at}");
        }
    }

    #[test]
    fn a_frame_that_the_file_cuts_does_not_count() {
        let bytes = sample(&[(2, 2, 1), (3, 3, 2)], MAGIC_BIG);
        assert_eq!(wal(&bytes).0.unwrap().pages, 3);
        let (cut, findings) = wal(&bytes[..bytes.len() - 1]);
        assert_eq!(cut.unwrap().pages, 2);
        assert_eq!(
            (findings[0].code, findings[0].loss, findings[0].offset),
            ("sqlite-wal-cut", true, Some(32 + 536))
        );
    }

    #[test]
    fn what_is_left_of_an_older_generation_may_end_anywhere() {
        let mut bytes = sample(&[(2, 2, 1), (3, 3, 2)], MAGIC_BIG);
        bytes[32 + 536 + 8] ^= 1;
        assert!(wal(&bytes[..bytes.len() - 1]).1.is_empty());
    }

    #[test]
    fn a_wal_without_a_valid_header_is_ignored_and_said() {
        let mut bytes = sample(&[(2, 2, 1)], MAGIC_LITTLE);
        bytes[17] ^= 1;
        let (none, findings) = wal(&bytes);
        assert_eq!((none, findings[0].code, findings[0].loss), (None, "sqlite-wal-header", true));
        assert_eq!(wal(&bytes[..31]).1.len(), 1);
        assert_eq!(wal(&[]), (None, vec![]));
    }
}
