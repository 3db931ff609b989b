//! The page images in a log or a journal, whether they count or not: what has to be decrypted of one that is encrypted.

use super::anatomy::{Region, journal_regions, wal_regions};
use super::journal::{Journal, journal};
use super::place::Source;
use super::spot::narrow;

/// Page number and offset of every page image of this size, by offset; none lies over another. Of the main file none: its pages
/// have their places.
pub(crate) fn page_images(source: Source, bytes: &[u8], page_size: u32) -> Vec<(u32, usize)> {
    let (mut images, (regions, own)) = match source {
        Source::Main => return Vec::new(),
        Source::Wal => (Vec::new(), wal_regions(bytes, page_size)),
        Source::Journal => (named(bytes, page_size), journal_regions(bytes, page_size)),
    };
    if own != page_size {
        return Vec::new();
    }
    let length = narrow(u64::from(page_size));
    let of_regions = regions.iter().filter_map(|region: &Region| Some((region.page?, region.image())));
    // Where the header of a journal is gone, its reader finds the sector size by the checksums and the regions only assume one.
    let is_apart = |one: usize, other: usize| one.abs_diff(other) >= length;
    let known = images.clone();
    images.extend(of_regions.filter(|(_, at)| known.iter().all(|(_, other)| is_apart(*at, *other))));
    images.sort_unstable_by_key(|(_, at)| *at);
    images.retain(|(page, _)| *page > 0);
    images
}

/// The images that the reader of journals knows.
fn named(bytes: &[u8], page_size: u32) -> Vec<(u32, usize)> {
    let images = match journal(bytes, page_size).0 {
        Some(Journal::Hot { images, .. }) => images,
        Some(Journal::Finished { last, older, .. }) => last.into_iter().chain(older).collect(),
        None => Vec::new(),
    };
    images.into_iter().map(|(page, offset)| (page, narrow(offset))).collect()
}
