//! A row that was found in unused space, as places only: it is read again whenever it is asked for.

use super::super::overflow::{Chain, Segment};
use super::super::page::Image;
use super::super::place::{Place, Source, View};
use super::super::recovered::{Attribution, Recovered};
use super::super::row::{Residue, Row};
use super::super::snapshot::Snapshot;
use super::super::spot::{narrow, wide};
use super::search::Candidate;
use std::sync::Arc;

/// The place of a run of bytes in one of the files.
#[derive(Debug, Clone, Copy)]
struct Run {
    source: Source,
    offset: u64,
    length: usize,
}

/// A row in unused space.
#[derive(Debug, Clone)]
pub(in super::super) struct Find {
    pub place: Place,
    pub rowid: Option<i64>,
    local: Run,
    payload_length: u64,
    /// Page and bytes of each overflow page.
    chain: Vec<(u32, Run)>,
    recovered: Arc<Recovered>,
}

impl Find {
    pub(super) fn new(image: &Image<'_>, view: View, cell: Candidate<'_>, attribution: Attribution) -> Find {
        let at = |within: usize| image.offset.saturating_add(wide(within));
        let Candidate { start, end, rowid, local, payload_length, chain, method, .. } = cell;
        let Candidate { inferred, unknown, header, rowid_length, .. } = cell;
        let rowid_lost = rowid.is_none() && rowid_length > 0;
        let run = |segment: &Segment<'_>| {
            let Segment { page, source, offset, bytes } = segment;
            (*page, Run { source: *source, offset: offset.saturating_add(4), length: bytes.len() })
        };
        Find {
            place: Place {
                view,
                source: image.source,
                page: image.number,
                offset: at(start),
                length: wide(end.saturating_sub(start)),
            },
            rowid,
            local: Run { source: image.source, offset: at(local.start), length: local.len() },
            payload_length,
            chain: chain.segments.iter().map(run).collect(),
            recovered: Arc::new(Recovered { method, attribution, inferred, unknown, rowid_lost, header }),
        }
    }

    /// Overflow pages, and where on each of them the payload ends.
    pub(super) fn overflow_ends(&self) -> impl Iterator<Item = (u32, usize)> {
        self.chain.iter().map(|(page, run)| (*page, run.length.saturating_add(4)))
    }

    /// Reads the row.
    pub(in super::super) fn row<'a>(&self, snapshot: &Snapshot<'a>) -> Row<'a> {
        let bytes = |run: &Run| {
            let file = snapshot.file(run.source).get(narrow(run.offset)..).unwrap_or(&[]);
            file.get(..run.length).unwrap_or(file)
        };
        let segment = |(page, run): &(u32, Run)| Segment {
            page: *page,
            source: run.source,
            offset: run.offset.saturating_sub(4),
            bytes: bytes(run),
        };
        Row::residue(Residue {
            rowid: self.rowid,
            place: self.place,
            local: bytes(&self.local),
            payload_length: self.payload_length,
            chain: Chain { segments: self.chain.iter().map(segment).collect(), finding: None },
            encoding: snapshot.geometry.encoding,
            recovered: Arc::clone(&self.recovered),
        })
    }
}
