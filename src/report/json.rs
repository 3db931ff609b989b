//! Records as JSON, formatted into one buffer.

use crate::record::{FieldValue, Moment, RawTime, Record, RowReference, Time, TimeUnit};
use serde::Serialize;
use std::io::Write as _;

/// Appends a serializable value. Writing into memory cannot fail but for a map with keys that are no text, which none of ours has.
fn append(out: &mut Vec<u8>, value: &impl Serialize) {
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.extend_from_slice(b"null");
    }
}

fn text(out: &mut Vec<u8>, value: &str) {
    append(out, &value);
}

fn key(out: &mut Vec<u8>, name: &str) {
    if !matches!(out.last(), Some(b'{' | b'[') | None) {
        out.push(b',');
    }
    text(out, name);
    out.push(b':');
}

/// What `certainty` says of records that rest on a mapping which nobody has confirmed.
pub(super) const CANDIDATE: &str = "candidate";

/// Appends a record as one JSON object.
pub(super) fn record(out: &mut Vec<u8>, record: &Record<'_>) {
    out.push(b'{');
    key(out, "id");
    text(out, &record.id);
    key(out, "artifact");
    text(out, record.artifact);
    if record.is_candidate {
        key(out, "certainty");
        text(out, CANDIDATE);
    }
    key(out, "service");
    value(out, &record.service);
    key(out, "state");
    text(out, record.state.name());
    for (field, held) in &record.fields {
        key(out, field.name);
        value(out, held);
    }
    members(out, "extra", record.extra.iter().map(|(name, value)| (*name, value)));
    members(out, "raw", record.raw.iter().map(|(name, value)| (name.as_str(), value)));
    key(out, "provenance");
    provenance(out, &record.rows, record);
    out.push(b'}');
}

fn members<'m, 'v: 'm>(
    out: &mut Vec<u8>,
    name: &str,
    members: impl ExactSizeIterator<Item = (&'m str, &'m FieldValue<'v>)>,
) {
    if members.len() == 0 {
        return;
    }
    key(out, name);
    out.push(b'{');
    for (name, held) in members {
        key(out, name);
        value(out, held);
    }
    out.push(b'}');
}

/// Appends `{"rows": …, "seen_in": …}`.
pub(super) fn provenance(out: &mut Vec<u8>, rows: &[RowReference<'_>], record: &Record<'_>) {
    out.extend_from_slice(b"{\"rows\":");
    append(out, &rows);
    out.extend_from_slice(b",\"seen_in\":");
    append(out, &record.seen_in);
    out.push(b'}');
}

/// Appends the value of a field.
pub(super) fn value(out: &mut Vec<u8>, held: &FieldValue<'_>) {
    match held {
        FieldValue::Null => out.extend_from_slice(b"null"),
        FieldValue::Text(held) => text(out, held),
        FieldValue::InvalidText { reading, bytes } => {
            out.extend_from_slice(b"{\"text\":");
            text(out, reading);
            out.extend_from_slice(b",\"bytes\":");
            text(out, &hex::encode(bytes));
            out.push(b'}');
        }
        FieldValue::Bool(held) => append(out, held),
        FieldValue::Integer(held) => append(out, held),
        FieldValue::Unsigned(held) => append(out, held),
        FieldValue::Number(held) => number(out, *held),
        FieldValue::Bytes(bytes) => wrapped(out, "blob", &hex::encode(bytes)),
        FieldValue::Hashed(digest) => wrapped(out, "sha256", digest),
        FieldValue::Time(held) => time(out, held),
        FieldValue::Object(held) => {
            out.push(b'{');
            for (name, member) in held {
                key(out, name);
                value(out, member);
            }
            out.push(b'}');
        }
        FieldValue::List(held) => {
            out.push(b'[');
            for (index, element) in held.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                value(out, element);
            }
            out.push(b']');
        }
    }
}

fn wrapped(out: &mut Vec<u8>, name: &str, held: &str) {
    out.push(b'{');
    key(out, name);
    text(out, held);
    out.push(b'}');
}

/// A number; JSON has no infinities, so they are text.
fn number(out: &mut Vec<u8>, held: f64) {
    if held.is_finite() { append(out, &held) } else { text(out, &held.to_string()) }
}

fn time(out: &mut Vec<u8>, held: &Time<'_>) {
    out.extend_from_slice(b"{\"utc\":");
    moment(out, held.utc);
    out.extend_from_slice(b",\"raw\":");
    match &held.raw {
        RawTime::Integer(raw) => append(out, raw),
        RawTime::Real(raw) => number(out, *raw),
        RawTime::Text(raw) => text(out, raw),
    }
    out.extend_from_slice(b",\"unit\":");
    text(out, held.unit.name());
    match &held.zone {
        Some(zone) => {
            key(out, "zone");
            text(out, zone);
        }
        None if held.unit == TimeUnit::Iso8601Local => out.extend_from_slice(b",\"zone\":null"),
        None => {}
    }
    out.push(b'}');
}

fn moment(out: &mut Vec<u8>, held: Option<Moment>) {
    match held {
        None => out.extend_from_slice(b"null"),
        Some(moment) => {
            out.push(b'"');
            // Writing into memory cannot fail; a moment holds only years that can be written.
            let _ = write!(out, "{moment}");
            out.push(b'"');
        }
    }
}

/// A record as a JSON value, for comparing.
pub fn record_value(held: &Record<'_>) -> serde_json::Value {
    let mut out = Vec::new();
    record(&mut out, held);
    serde_json::from_slice(&out).unwrap_or(serde_json::Value::Null)
}
