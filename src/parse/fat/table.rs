//! The FAT: for each cluster, which one follows (FAT 1.03, section 4; exFAT, section 4.1).

use super::boot::{Volume, Width};
use crate::parse::disk::Storage;

/// A FAT larger than this is not held; it has one for 2^28 clusters at most.
const MOST: u64 = 1 << 30;

/// The entries of a FAT, as bytes.
pub(super) struct Table(Vec<u8>);

/// The clusters of a file as pieces of the volume.
#[derive(Default)]
pub(super) struct Chain {
    pub pieces: Vec<(u64, u64)>,
    /// It leads out of the volume, into itself, or to a free or bad cluster.
    pub is_broken: bool,
}

impl Chain {
    pub(super) fn length(&self) -> u64 {
        self.pieces.iter().fold(0, |sum, (_, length)| sum.saturating_add(*length))
    }

    /// Adds a piece, clipped to what is still needed; pieces that touch become one.
    fn push(&mut self, offset: u64, length: u64) {
        match self.pieces.last_mut() {
            Some((start, before)) if start.saturating_add(*before) == offset => {
                *before = before.saturating_add(length)
            }
            _ => self.pieces.push((offset, length)),
        }
    }
}

impl Table {
    /// Reads the first copy; what the volume has not is not there.
    pub(super) fn read(storage: &dyn Storage, volume: &Volume) -> Self {
        let entries = u64::from(volume.clusters).saturating_add(2);
        let bytes = match volume.width {
            Width::Twelve => entries.saturating_mul(3).div_ceil(2),
            Width::Sixteen => entries.saturating_mul(2),
            Width::ThirtyTwo | Width::Ex => entries.saturating_mul(4),
        };
        let there = storage.length().saturating_sub(volume.table).min(bytes).min(MOST);
        let read = usize::try_from(there).ok().and_then(|length| storage.read(volume.table, length));
        Table(read.unwrap_or_default())
    }

    /// The cluster behind another; `None` at the end of a chain and where it is damaged.
    fn next(&self, volume: &Volume, cluster: u32) -> Next {
        let index = usize::try_from(cluster).unwrap_or(usize::MAX);
        let bytes = |start: Option<usize>| start.and_then(|start| self.0.get(start..));
        let pair =
            |start| bytes(start).and_then(|tail| tail.first_chunk::<2>()).map(|two| u16::from_le_bytes(*two));
        let (entry, end) = match volume.width {
            Width::Twelve => {
                let pair = pair(index.checked_mul(3).map(|bits| bits >> 1));
                let entry = pair.map(|pair| if cluster & 1 == 0 { pair & 0xfff } else { pair >> 4 });
                (entry.map(u32::from), 0xff8)
            }
            Width::Sixteen => (pair(index.checked_mul(2)).map(u32::from), 0xfff8),
            Width::ThirtyTwo | Width::Ex => {
                let four = bytes(index.checked_mul(4)).and_then(|tail| tail.first_chunk::<4>());
                let entry = four.map(|four| u32::from_le_bytes(*four));
                match volume.width {
                    Width::Ex => (entry, 0xffff_fff8),
                    _ => (entry.map(|entry| entry & 0x0fff_ffff), 0x0fff_fff8),
                }
            }
        };
        match entry {
            Some(entry) if entry >= end => Next::End,
            Some(entry) if volume.offset(entry).is_some() => Next::Cluster(entry),
            _ => Next::Broken,
        }
    }

    /// The pieces of the first `size` bytes of a chain. It has no more clusters than the volume.
    pub(super) fn chain(&self, volume: &Volume, first: u32, size: u64, contiguous: bool) -> Chain {
        let mut chain = Chain::default();
        let (mut cluster, mut left) = (first, size);
        for _ in 0..volume.clusters {
            let Some(offset) = volume.offset(cluster) else { break };
            chain.push(offset, left.min(volume.cluster));
            left = left.saturating_sub(volume.cluster);
            if left == 0 {
                return chain;
            }
            cluster = match self.next(volume, cluster) {
                _ if contiguous => cluster.saturating_add(1),
                Next::Cluster(next) => next,
                Next::End => return chain,
                Next::Broken => break,
            };
        }
        chain.is_broken = true;
        chain
    }
}

enum Next {
    Cluster(u32),
    End,
    Broken,
}
