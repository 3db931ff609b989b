//! Version 2 (iOS 17 and later, macOS).

use nom::Parser;
use nom::number::complete::{le_f64, le_i32};

use super::entry::{Entry, Members, members};
use crate::parse::tree::Findings;
use crate::parse::{Parsed, Span};

const HEADER: usize = 32;
const ENTRY_HEADER: usize = 8;
/// Bytes of the trailer for each entry.
const TRAILER: usize = 16;
const ALIGNMENT: usize = 4;

/// What the trailer says of an entry.
struct Standing {
    /// Where the trailer says it.
    offset: usize,
    /// Counted from the end of the header.
    end: usize,
    state: i32,
    time: f64,
}

/// Reads the entries that the trailer lists, in the order in which they lie.
pub(super) fn stream<'a>(input: &'a [u8], findings: &mut Findings) -> Members<'a> {
    let head = Span::between(0, HEADER.min(input.len()));
    let claimed = input.get(4..8).and_then(<[u8]>::first_chunk).map_or(0, |bytes| i32::from_le_bytes(*bytes));
    let created = input.get(8..16).and_then(<[u8]>::first_chunk).map(|bytes| f64::from_le_bytes(*bytes));
    let room = input.len().saturating_sub(HEADER) / TRAILER;
    let mut count = usize::try_from(claimed).unwrap_or(0);
    if count > room || claimed < 0 {
        findings.loss(
            "segb-cut",
            4,
            format!("the header claims {claimed} entries, there is room for {room}"),
        );
        count = count.min(room);
    }
    let trailer = input.len().saturating_sub(count.saturating_mul(TRAILER));
    let mut standings = Vec::new();
    for index in 0..count {
        let offset = trailer.saturating_add(index.saturating_mul(TRAILER));
        match input.get(offset..).map(standing) {
            Some(Ok((_, (end, state, time)))) if usize::try_from(end).is_ok() => {
                let end = usize::try_from(end).unwrap_or(0);
                standings.push(Standing { offset, end, state, time });
            }
            _ => findings.loss("segb-entry", offset, "the trailer gives no end of an entry"),
        }
    }
    standings.sort_by_key(|standing| (standing.end, standing.offset));
    members(2, head, created, entries(input, trailer, &standings, findings))
}

fn standing(input: &[u8]) -> Parsed<'_, (i32, i32, f64)> {
    (le_i32, le_i32, le_f64).parse(input)
}

fn entries<'a>(
    input: &'a [u8],
    trailer: usize,
    standings: &[Standing],
    findings: &mut Findings,
) -> Vec<crate::parse::Node<'a>> {
    let (mut entries, mut start) = (Vec::new(), HEADER);
    for standing in standings {
        let end = standing.end.saturating_add(HEADER);
        let Some(entry) = entry(input, (start, end.min(trailer)), standing) else {
            let message = format!("the trailer ends an entry at {end:#x}, which begins at {start:#x}");
            findings.loss("segb-entry", standing.offset, message);
            continue;
        };
        if end > trailer {
            findings.loss(
                "segb-cut",
                start,
                format!("an entry ends at {end:#x}, the entries at {trailer:#x}"),
            );
        }
        entries.push(entry.node(findings));
        start = standing.end.next_multiple_of(ALIGNMENT).saturating_add(HEADER);
    }
    entries
}

fn entry<'a>(input: &'a [u8], (start, end): (usize, usize), standing: &Standing) -> Option<Entry<'a>> {
    let bytes = input.get(start..end)?;
    let (crc32, _) = bytes.split_first_chunk::<4>()?;
    let payload = bytes.get(ENTRY_HEADER..)?;
    Some(Entry {
        start,
        payload_start: start.checked_add(ENTRY_HEADER)?,
        payload,
        state: standing.state,
        crc32: u32::from_le_bytes(*crc32),
        time: standing.time,
        time_2: None,
    })
}
