//! Batches (`db/write_batch.cc`): `u64 sequence · u32 count ·` for each: `1 key value` or `0 key`, both with their lengths before them.

use std::borrow::Cow;

use super::Told;
use super::log::Record;
use super::rows::{Kind, Row};
use crate::parse::varint::size;

const HEADER: usize = 12;

/// The rows of one batch; each has the next sequence number.
pub(super) fn rows<'a>(record: Record<'a>, file: usize, rows: &mut Vec<Row<'a>>, told: &mut Told<'_, '_>) {
    let bytes = &*record.bytes;
    let header = bytes.split_first_chunk::<8>().and_then(|(s, rest)| Some((s, rest.first_chunk::<4>()?)));
    let Some((sequence, count)) = header else {
        told.broken("leveldb-batch", record.start(), "the header of a batch", bytes);
        return;
    };
    let (first, claimed) = (u64::from_le_bytes(*sequence), u32::from_le_bytes(*count));
    let (mut at, mut read) = (HEADER, 0_u32);
    while at < bytes.len() && read < claimed {
        let Some(operation) = operation(bytes, at) else { break };
        let part = |(start, end): (usize, usize)| match &record.bytes {
            Cow::Borrowed(whole) => Cow::Borrowed(whole.get(start..end).unwrap_or(&[])),
            Cow::Owned(whole) => Cow::Owned(whole.get(start..end).unwrap_or(&[]).to_vec()),
        };
        rows.push(Row {
            file,
            kind: if operation.value.is_some() { Kind::Put } else { Kind::Delete },
            sequence: first.saturating_add(read.into()),
            key: part(operation.key),
            value: operation.value.map(part),
            span: record.span(at, operation.end),
            is_valid: record.is_valid,
        });
        (at, read) = (operation.end, read.saturating_add(1));
    }
    if read < claimed || at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or(&[]);
        let offset = usize::try_from(record.span(at, at).offset).unwrap_or(0);
        let what = format!("operation {read} of {claimed} of a batch");
        told.broken("leveldb-batch", offset, &what, rest);
    }
}

/// Where the key and the value of an operation lie in a batch.
struct Operation {
    key: (usize, usize),
    value: Option<(usize, usize)>,
    end: usize,
}

fn operation(bytes: &[u8], at: usize) -> Option<Operation> {
    let key = counted(bytes, at.checked_add(1)?)?;
    match bytes.get(at)? {
        0 => Some(Operation { key, value: None, end: key.1 }),
        1 => {
            let value = counted(bytes, key.1)?;
            Some(Operation { key, value: Some(value), end: value.1 })
        }
        _ => None,
    }
}

/// Bytes with their length before them: where they begin and end.
fn counted(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let (length, width) = size(bytes.get(at..)?)?;
    let start = at.checked_add(width)?;
    let end = start.checked_add(length).filter(|end| *end <= bytes.len())?;
    Some((start, end))
}
