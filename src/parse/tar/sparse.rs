//! Sparse members: the pieces that a file has between its holes, and the file read with them (GNU tar manual, "Storing
//! Sparse Files").

use super::{
    header::{BLOCK, Header, count},
    pax::{SparseRecords, decimal},
};
use crate::parse::{Error, most_made_of};

/// A piece of a sparse file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Where it stands in the file.
    pub at: u64,
    /// Where it stands in the archive.
    pub offset: u64,
    /// Bytes of it.
    pub length: u64,
}

/// A sparse file: between its pieces, and behind the last, are zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sparse {
    /// Bytes of the file.
    pub size: u64,
    /// Ascending, without overlap.
    pub extents: Vec<Extent>,
}

impl Sparse {
    /// From the pairs of a map and the bytes of the archive that they stand in.
    pub(super) fn new(size: u64, pairs: &[(u64, u64)], stored: std::ops::Range<u64>) -> Option<Self> {
        let (mut offset, mut reached) = (stored.start, 0);
        let mut extents = Vec::new();
        for (at, length) in pairs.iter().filter(|(_, length)| *length > 0) {
            let end = at.checked_add(*length).filter(|end| *end <= size)?;
            let stored_end = offset.checked_add(*length).filter(|end| *end <= stored.end)?;
            if *at < reached {
                return None;
            }
            extents.push(Extent { at: *at, offset, length: *length });
            (offset, reached) = (stored_end, end);
        }
        Some(Sparse { size, extents })
    }

    /// A reader of the file.
    #[must_use]
    pub fn read_in<'a>(&'a self, archive: &'a [u8]) -> SparseReader<'a> {
        let stored = self.extents.iter().fold(0_u64, |sum, extent| sum.saturating_add(extent.length));
        SparseReader {
            archive,
            sparse: self,
            next: 0,
            position: 0,
            limit: most_made_of(stored),
            is_over: false,
        }
    }
}

/// Reads a sparse file, holes included.
pub struct SparseReader<'a> {
    archive: &'a [u8],
    sparse: &'a Sparse,
    next: usize,
    position: u64,
    limit: u64,
    is_over: bool,
}

impl SparseReader<'_> {
    /// The next bytes; none at the end.
    ///
    /// # Errors
    /// [`Error::Limit`] once, where the file is far larger than its pieces; [`Error::Short`] where the archive was cut
    /// off.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        if self.is_over || self.position >= self.sparse.size {
            return Ok(0);
        }
        if self.position >= self.limit {
            return self.stop(Error::Limit {
                offset: self.sparse.extents.first().map_or(0, |extent| extent.offset),
                what: "tar member, a sparse file".to_owned(),
                limit: format!("{} bytes", self.limit),
            });
        }
        while self.extent().is_some_and(|extent| extent.at.saturating_add(extent.length) <= self.position) {
            self.next = self.next.saturating_add(1);
        }
        match self.extent() {
            Some(extent) if extent.at <= self.position => self.piece(extent, buffer),
            Some(extent) => Ok(self.hole(extent.at, buffer)),
            None => Ok(self.hole(self.sparse.size, buffer)),
        }
    }

    fn extent(&self) -> Option<Extent> {
        self.sparse.extents.get(self.next).copied()
    }

    fn hole(&mut self, end: u64, buffer: &mut [u8]) -> usize {
        let room = usize::try_from(end.saturating_sub(self.position)).unwrap_or(usize::MAX).min(buffer.len());
        buffer.iter_mut().take(room).for_each(|byte| *byte = 0);
        self.advance(room)
    }

    fn piece(&mut self, extent: Extent, buffer: &mut [u8]) -> Result<usize, Error> {
        let into = self.position.saturating_sub(extent.at);
        let offset = extent.offset.saturating_add(into);
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let left = usize::try_from(extent.length.saturating_sub(into)).unwrap_or(usize::MAX);
        let source = self.archive.get(start..).unwrap_or_default();
        let count = left.min(buffer.len()).min(source.len());
        if count == 0 {
            let what = "tar member, a sparse file".to_owned();
            return self.stop(Error::Short { offset, what, left: 0, found: "nothing".to_owned() });
        }
        buffer.iter_mut().zip(source).take(count).for_each(|(to, from)| *to = *from);
        Ok(self.advance(count))
    }

    fn advance(&mut self, count: usize) -> usize {
        self.position = self.position.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        count
    }

    fn stop(&mut self, error: Error) -> Result<usize, Error> {
        self.is_over = true;
        Err(error)
    }
}

/// The map of the old GNU format: four pairs in the header, then 21 in each block that follows. Gives the pairs and the
/// number of those blocks.
pub(super) fn old_gnu(header: &Header<'_>, behind: &[u8]) -> Option<(Vec<(u64, u64)>, usize)> {
    let mut pairs = Vec::new();
    add_pairs(&mut pairs, header.sparse)?;
    let (mut goes_on, mut blocks) = (header.sparse_goes_on, 0_usize);
    while goes_on {
        let start = blocks.checked_mul(BLOCK)?;
        let block = behind.get(start..start.checked_add(BLOCK)?)?;
        add_pairs(&mut pairs, block.get(..504)?)?;
        goes_on = *block.get(504)? != 0;
        blocks = blocks.checked_add(1)?;
    }
    Some((pairs, blocks))
}

fn add_pairs(pairs: &mut Vec<(u64, u64)>, fields: &[u8]) -> Option<()> {
    for pair in fields.chunks_exact(24).take_while(|pair| pair.first() != Some(&0)) {
        pairs.push((count(pair.get(..12)?)?, count(pair.get(12..)?)?));
    }
    Some(())
}

/// The map of format 1.0, in front of the bytes: how many pairs, then each number, a line each, filled up to a block.
/// Gives the pairs and the bytes that the map takes.
pub(super) fn in_front(stored: &[u8]) -> Option<(Vec<(u64, u64)>, usize)> {
    let mut taken = 0_usize;
    let mut number = || {
        let rest = stored.get(taken..)?;
        let end = rest.iter().take(21).position(|byte| *byte == b'\n')?;
        taken = taken.checked_add(end)?.checked_add(1)?;
        decimal(rest.get(..end)?)
    };
    let mut pairs = Vec::new();
    for _ in 0..number()? {
        pairs.push((number()?, number()?));
    }
    Some((pairs, taken.checked_next_multiple_of(BLOCK)?))
}

/// The map of a member, by whichever format it has, and where in `stored` its bytes begin.
pub(super) fn map(records: &SparseRecords<'_>, stored: &[u8]) -> Option<(Vec<(u64, u64)>, usize)> {
    match records.is_in_front {
        true => in_front(stored),
        false => Some((records.pairs()?, 0)),
    }
}
