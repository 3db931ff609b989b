//! Time: by which clock and zone, and how the zone is known; the two sides of one message beside each other.

use super::rules::SIDES_WITHIN_MS;
use super::seen::{Seen, key, sortable, unsorted};
use super::{Entries, ZoneSources};
use crate::report::sorter::Sorter;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;

/// Definition, kind, field, unit, zone.
type Clock = (String, &'static str, String, String, Option<String>);

/// How often a clock was met, how often it gave no moment, and its first record.
#[derive(Debug, Default, Clone)]
struct Met {
    records: u64,
    without_utc: u64,
    first: (u64, String),
    last: String,
}

/// Gathers clocks and sides.
pub(super) struct Times<'z> {
    zones: &'z ZoneSources,
    clocks: BTreeMap<Clock, Met>,
    sides: Sorter,
    out: Entries,
}

/// Sides of equal messages that wait for the other one.
const WAITING: usize = 64;

impl<'z> Times<'z> {
    pub(super) fn new(folder: &Path, zones: &'z ZoneSources) -> Self {
        Times {
            zones,
            clocks: BTreeMap::new(),
            sides: Sorter::new(folder),
            out: Entries(Sorter::new(folder)),
        }
    }

    pub(super) fn see(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        for (field, value) in seen.rest.iter().filter(|(field, _)| field.ends_with("_at")) {
            let Some(unit) = value.get("unit").and_then(Value::as_str) else { continue };
            let zone = value.get("zone").and_then(Value::as_str).map(str::to_owned);
            let clock = (seen.artifact.clone(), seen.kind, field.clone(), unit.to_owned(), zone);
            let met = self.clocks.entry(clock).or_default();
            if met.records == 0 {
                met.first = (seen.place, seen.id.clone());
            }
            met.records += 1;
            met.without_utc += u64::from(value.get("utc").is_none_or(Value::is_null));
            met.last.clone_from(&seen.id);
        }
        if seen.kind == "message" && !seen.is_older_version() { self.side(seen) } else { Ok(()) }
    }

    fn side(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let (Some(text), Some(moment)) = (seen.text_key(), seen.moment()) else { return Ok(()) };
        let (Some(sender), recipients) = (seen.sender_address(), seen.recipient_addresses()) else {
            return Ok(());
        };
        let direction = seen.direction.text().unwrap_or("");
        if recipients.is_empty() || direction.is_empty() {
            return Ok(());
        }
        let group = key(&[seen.service(), &sender, &recipients.join("\n"), &text]);
        let about = json!([direction, seen.id, seen.device().to_string(), seen.place]);
        self.sides.push(format!("{group}\u{1f}{}\u{1f}{about}", sortable(moment)).into_bytes())
    }

    pub(super) fn entries(self) -> io::Result<Entries> {
        let Times { zones, clocks, sides, mut out } = self;
        for (clock, met) in &clocks {
            out.push(met.first.0, &clock_entry(clock, met, zones))?;
        }
        let (mut current, mut waiting): (String, VecDeque<Side>) = (String::new(), VecDeque::new());
        sides.sorted(&mut |line| {
            let Some((group, side)) = read(line) else { return Ok(()) };
            if group != current {
                waiting.clear();
                current = group;
            }
            waiting.retain(|known| side.moment.saturating_sub(known.moment) <= SIDES_WITHIN_MS);
            let other =
                waiting.iter().rposition(|known| known.sent != side.sent && known.device != side.device);
            match other.and_then(|at| waiting.remove(at)) {
                Some(other) => pair(&other, &side, &mut out),
                None => {
                    waiting.push_back(side);
                    if waiting.len() > WAITING {
                        waiting.pop_front();
                    }
                    Ok(())
                }
            }
        })?;
        Ok(out)
    }
}

#[derive(Debug, Clone)]
struct Side {
    moment: i64,
    sent: bool,
    id: String,
    device: String,
    place: u64,
}

fn read(line: &[u8]) -> Option<(String, Side)> {
    let mut parts = std::str::from_utf8(line).ok()?.splitn(3, '\u{1f}');
    let (group, moment) = (parts.next()?.to_owned(), unsorted(parts.next()?)?);
    let about: Value = serde_json::from_str(parts.next()?).ok()?;
    let text = |at: usize| about.get(at).and_then(Value::as_str).map(str::to_owned);
    let (sent, id, device) = (text(0)? == "outgoing", text(1)?, text(2)?);
    Some((group, Side { moment, sent, id, device, place: about.get(3)?.as_u64()? }))
}

fn pair(one: &Side, other: &Side, out: &mut Entries) -> io::Result<()> {
    let (sent, received) = if one.sent { (one, other) } else { (other, one) };
    let drift = received.moment.saturating_sub(sent.moment) as f64 / 1_000.0;
    let device = |side: &Side| serde_json::from_str(&side.device).unwrap_or(Value::Null);
    let entry = json!({"rule": "two-sides", "seconds": drift, "devices": [device(sent), device(received)],
        "records": [sent.id, received.id]});
    out.push(one.place.min(other.place), &entry)
}

fn clock_entry((artifact, kind, field, unit, zone): &Clock, met: &Met, zones: &ZoneSources) -> Value {
    let stated: Vec<&str> = zones
        .iter()
        .filter(|(known, name, _)| known == artifact && Some(name) == zone.as_ref())
        .map(|(_, _, source)| source.as_str())
        .collect();
    let known_by = match (unit.as_str(), zone) {
        ("written" | "excel_days", Some(_)) => format!("the mapping says so: {}", stated.join("; ")),
        ("written", None) => "the text itself, where it names an offset; else nobody says".to_owned(),
        ("excel_days" | "iso8601_local", None) => "nobody says: local time without a zone".to_owned(),
        ("iso8601", _) => "the text names its offset".to_owned(),
        _ => "the unit counts from a moment in UTC".to_owned(),
    };
    let zone = match (unit.as_str(), zone) {
        (_, Some(zone)) => Value::from(zone.as_str()),
        ("written" | "excel_days" | "iso8601_local", None) => Value::Null,
        _ => Value::from("UTC"),
    };
    json!({"rule": "clock", "artifact": artifact, "kind": kind, "field": field, "unit": unit, "zone": zone,
        "zone_known_by": known_by, "times": met.records, "without_utc": met.without_utc,
        "records": if met.records == 1 { vec![met.first.1.as_str()] } else { vec![met.first.1.as_str(), met.last.as_str()] }})
}
