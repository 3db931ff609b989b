//! Version 1 (iOS 15 and 16, and some streams of 17).

use nom::Parser;
use nom::number::complete::{le_f64, le_i32, le_u32};

use super::entry::{Entry, Members, members};
use crate::parse::error::small_hex;
use crate::parse::tree::Findings;
use crate::parse::{Parsed, Span, located};

/// Bytes of the header, of which the last four are the signature.
pub(super) const HEADER: usize = 56;
const ENTRY_HEADER: usize = 32;
const ALIGNMENT: usize = 8;

/// Reads the entries up to the end that the header gives. Space behind it was written ahead and is zeros.
pub(super) fn stream<'a>(input: &'a [u8], findings: &mut Findings) -> Members<'a> {
    let head = Span::between(0, HEADER);
    let claimed = input.first_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let mut end = usize::try_from(claimed).unwrap_or(usize::MAX);
    if end > input.len() {
        let message = format!("the header puts the end of the entries at {end:#x}, the file ends before");
        findings.loss("segb-cut", 0, message);
        end = input.len();
    }
    let (mut entries, mut start) = (Vec::new(), HEADER);
    while let Some(rest) = input.get(start..end).filter(|rest| !rest.is_empty()) {
        let Some(entry) = entry(input, start, findings) else {
            findings.loss("segb-entry", start, format!("no whole entry here: {}", small_hex(rest)));
            break;
        };
        let after = entry.payload_start.saturating_add(entry.payload.len());
        entries.push(entry.node(findings));
        start = after.next_multiple_of(ALIGNMENT);
    }
    members(1, head, None, entries)
}

struct Header {
    length: i32,
    state: i32,
    time: f64,
    time_2: f64,
    crc32: u32,
}

fn header(input: &[u8]) -> Parsed<'_, Header> {
    let (rest, (length, state, time, time_2, crc32, _)) =
        (le_i32, le_i32, le_f64, le_f64, le_u32, le_i32).parse(input)?;
    Ok((rest, Header { length, state, time, time_2, crc32 }))
}

fn entry<'a>(input: &'a [u8], start: usize, findings: &mut Findings) -> Option<Entry<'a>> {
    let bytes = input.get(start..)?;
    let (_, header) = located(bytes, 0, header(bytes)).ok()?;
    let payload_start = start.checked_add(ENTRY_HEADER)?;
    let length = usize::try_from(header.length).ok()?;
    let left = input.get(payload_start..)?;
    let payload = left.get(..length).unwrap_or(left);
    if payload.len() < length {
        let message = format!("an entry claims {length} bytes, {} are left", left.len());
        findings.loss("segb-cut", start, message);
    }
    let Header { state, time, time_2, crc32, .. } = header;
    Some(Entry { start, payload_start, payload, state, crc32, time, time_2: Some(time_2) })
}
