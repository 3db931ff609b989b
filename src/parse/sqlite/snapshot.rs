//! A snapshot: which image of each page counts in one view of the database.
//!
//! ```text
//! page n ─► last layer of n that is not later than the snapshot ─► main file, (n − 1) × page size
//! ```

use super::super::Finding;
use super::database::Seized;
use super::header::FileHeader;
use super::page::Image;
use super::place::{Source, View};
use super::spot::{Spot, narrow, wide};
use super::text::Encoding;
use super::timeline::Layer;
use std::sync::Arc;

/// SQLite locks this byte of the file; the page it lies on is never used.
const LOCK_BYTE: u64 = 0x4000_0000;

/// What all pages of a snapshot have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Geometry {
    pub page_size: u32,
    /// Bytes of a page without the reserved ones at its end.
    pub usable: u32,
    /// An auto-vacuum database has pointer-map pages.
    pub auto_vacuum: bool,
    pub encoding: Encoding,
}

impl Geometry {
    pub(super) fn new(header: &FileHeader, page_size: u32) -> Geometry {
        Geometry {
            page_size,
            usable: header.usable_size(page_size),
            auto_vacuum: header.largest_root != 0,
            encoding: header.encoding(),
        }
    }

    /// Where a page begins in the main file.
    pub(super) fn page_offset(&self, number: u32) -> u64 {
        u64::from(number).saturating_sub(1).saturating_mul(u64::from(self.page_size))
    }

    /// Pages of a file of this length, the last perhaps short.
    pub(super) fn pages_in(&self, length: usize) -> u32 {
        let pages = wide(length).div_ceil(u64::from(self.page_size.max(1)));
        u32::try_from(pages).unwrap_or(u32::MAX)
    }

    fn lock_byte_page(&self) -> u64 {
        LOCK_BYTE.checked_div(u64::from(self.page_size)).map_or(u64::MAX, |page| page.saturating_add(1))
    }

    pub(super) fn is_lock_byte(&self, number: u32) -> bool {
        u64::from(number) == self.lock_byte_page()
    }

    /// Whether a page is a pointer map: 2 and every (usable / 5 + 1)th after it, shifted by one off the lock-byte page.
    pub(super) fn is_pointer_map(&self, number: u32) -> bool {
        let group = u64::from(self.usable / 5).saturating_add(1);
        let within = |page: u64| page.checked_sub(2).and_then(|page| page.checked_rem(group));
        let number = u64::from(number);
        let lock = self.lock_byte_page();
        if !self.auto_vacuum || number == lock {
            return false;
        }
        within(number) == Some(0) || (number.saturating_sub(1) == lock && within(lock) == Some(0))
    }

    /// Why a page can be neither b-tree page nor overflow page, whatever it holds.
    pub(super) fn unusable(&self, number: u32) -> Option<&'static str> {
        if number == 0 {
            return Some("is no page");
        }
        if self.is_lock_byte(number) {
            return Some("is the lock-byte page");
        }
        self.is_pointer_map(number).then_some("is a pointer-map page")
    }
}

/// One view of the database as a whole. Snapshots share their layers: one more costs nothing.
#[derive(Debug, Clone)]
pub(super) struct Snapshot<'a> {
    pub view: View,
    pub geometry: Geometry,
    /// Pages that exist in this view.
    pub pages: u32,
    pub main: &'a [u8],
    pub wal: &'a [u8],
    pub journal: &'a [u8],
    /// The companions with the bytes that their checksums are over.
    pub seized: Seized<'a>,
    /// Page images of all moments, sorted by page and moment.
    pub layers: Arc<[Layer]>,
    pub moment: u32,
}

impl<'a> Snapshot<'a> {
    /// The layer that counts for a page, if it has one.
    pub(super) fn overlaid(&self, number: u32) -> Option<Layer> {
        let end = self.layers.partition_point(|layer| (layer.page, layer.moment) <= (number, self.moment));
        self.layers.get(end.checked_sub(1)?).filter(|layer| layer.page == number).copied()
    }

    /// Pages of which bytes can be there, whatever a header claims.
    pub(super) fn most_pages(&self) -> u64 {
        let main = u64::from(self.geometry.pages_in(self.main.len()));
        let others = wide(self.wal.len()).saturating_add(wide(self.journal.len()));
        let others = others.div_ceil(u64::from(self.geometry.page_size.max(1)));
        let highest = self.layers.last().map_or(0, |layer| u64::from(layer.page));
        main.max(highest.min(main.saturating_add(others)))
    }

    pub(super) fn file(&self, source: Source) -> &'a [u8] {
        match source {
            Source::Main => self.main,
            Source::Wal => self.wal,
            Source::Journal => self.journal,
        }
    }

    /// A file with the bytes that its checksums are over.
    pub(super) fn seized(&self, source: Source) -> &'a [u8] {
        match source {
            Source::Main => self.main,
            Source::Wal => self.seized.wal,
            Source::Journal => self.seized.journal,
        }
    }

    /// The image of a page that `from` leads to.
    ///
    /// # Errors
    /// Where this view has no such page or the format has it used for something else.
    pub(super) fn image(&self, number: u32, from: Spot) -> Result<Image<'a>, Finding> {
        if let Some(reason) = self.geometry.unusable(number) {
            let message = format!("a pointer leads to page {number}, which {reason}");
            return Err(from.loss("sqlite-page-unusable", message));
        }
        if number > self.pages {
            let message = format!("a pointer leads to page {number}, the database has {}", self.pages);
            return Err(from.loss("sqlite-page-missing", message));
        }
        let (source, offset) = match self.overlaid(number) {
            Some(layer) => (layer.source, layer.offset),
            None => (Source::Main, self.geometry.page_offset(number)),
        };
        let image = self.image_in(number, source, offset);
        if image.bytes.is_empty() {
            let message = format!("a pointer leads to page {number}, before which the file ends");
            return Err(from.loss("sqlite-page-missing", message));
        }
        Ok(image)
    }

    /// The usable bytes of a page at a place of one of the files.
    pub(super) fn image_in(&self, number: u32, source: Source, offset: u64) -> Image<'a> {
        let bytes = self.file(source).get(narrow(offset)..).unwrap_or(&[]);
        let usable = narrow(u64::from(self.geometry.usable));
        Image { number, bytes: bytes.get(..usable).unwrap_or(bytes), source, offset }
    }
}

/// Pages that a walk has reached: one bit each, grown on demand, never beyond the pages of the snapshot.
#[derive(Debug, Default)]
pub(super) struct Reached {
    bits: Vec<u64>,
    /// Overflow pages that were reached a second time.
    repeats: u32,
}

impl Reached {
    fn split(number: u32) -> (usize, u64) {
        (narrow(u64::from(number >> 6)), 1 << (number & 63))
    }

    /// Marks a page; false where it was marked before.
    pub(super) fn insert(&mut self, number: u32) -> bool {
        let (index, bit) = Reached::split(number);
        if index >= self.bits.len() {
            self.bits.resize(index.saturating_add(1), 0);
        }
        let Some(word) = self.bits.get_mut(index) else { return false };
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    pub(super) fn contains(&self, number: u32) -> bool {
        let (index, bit) = Reached::split(number);
        self.bits.get(index).is_some_and(|word| word & bit != 0)
    }

    /// Every page that was reached, in order.
    pub(super) fn pages(&self) -> impl Iterator<Item = u32> {
        let words = (0u32..).step_by(64).zip(&self.bits);
        words.flat_map(|(first, word)| {
            (0..64u32).filter(move |bit| word >> bit & 1 == 1).map(move |bit| first.saturating_add(bit))
        })
    }

    /// Counts a page that is read again, and tells how many were.
    pub(super) fn repeat(&mut self) -> u32 {
        self.repeats = self.repeats.saturating_add(1);
        self.repeats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometry(page_size: u32, auto_vacuum: bool) -> Geometry {
        Geometry { page_size, usable: page_size, auto_vacuum, encoding: Encoding::Utf8 }
    }

    #[test]
    fn pointer_map_pages_stand_at_fixed_distances() {
        let geometry = geometry(512, true);
        let maps: Vec<u32> = (0..300).filter(|page| geometry.is_pointer_map(*page)).collect();
        assert_eq!(maps, [2, 105, 208]);
        assert!(!self::geometry(512, false).is_pointer_map(2));
    }

    #[test]
    fn a_pointer_map_on_the_lock_byte_page_moves_on_by_one() {
        // usable 480 gives groups of 97, and the lock-byte page 2^30 / 65,536 + 1 = 16,385; 65,536 gives 13,108
        let geometry = Geometry { usable: 5 * 16_382, ..geometry(65_536, true) };
        assert!(geometry.is_pointer_map(16_386));
        assert!(!geometry.is_pointer_map(16_385));
        assert_eq!(geometry.unusable(16_385), Some("is the lock-byte page"));
    }

    #[test]
    fn an_overlaid_page_comes_from_its_own_file() {
        let (main, wal) = (vec![1; 1024], vec![2; 600]);
        let layers = [(2, 1, 56), (2, 3, 80)].map(|(page, moment, offset)| Layer {
            page,
            moment,
            source: Source::Wal,
            offset,
        });
        let (geometry, layers) = (geometry(512, false), Arc::from(layers));
        let (view, journal, moment) = (View::Live, &[][..], 2);
        let snapshot = Snapshot {
            view,
            geometry,
            pages: 3,
            main: &main,
            wal: &wal,
            journal,
            seized: Seized { wal: &wal, journal },
            layers,
            moment,
        };
        let from = Spot::new(Source::Main, 7);
        assert_eq!(snapshot.image(1, from).unwrap().bytes, vec![1; 512]);
        let image = snapshot.image(2, from).unwrap();
        assert_eq!((image.source, image.offset, image.bytes.first()), (Source::Wal, 56, Some(&2)));
        assert_eq!(snapshot.image(3, from).unwrap_err().code, "sqlite-page-missing");
        assert_eq!(snapshot.image(4, from).unwrap_err().code, "sqlite-page-missing");
        assert_eq!(snapshot.image(0, from).unwrap_err().offset, Some(7));
    }

    #[test]
    fn a_page_is_new_once() {
        let mut reached = Reached::default();
        assert!(reached.insert(70));
        assert!(!reached.insert(70));
        assert!(reached.insert(6));
    }
}
