//! When a record was: the time it is judged and sorted by, and how a moment is shown in a zone.

use crate::record::kinds::{Holds, Kind};
use crate::record::{Moment, parse_utc};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::collections::BTreeSet;

/// The time fields of a kind, those first that a record is judged by (as `--from` and `--to` of `parse` judge it).
fn time_fields(kind: &'static Kind) -> impl Iterator<Item = &'static str> {
    let first: &[&str] = match kind.name {
        "message" => &["sent_at", "received_at", "stored_at"],
        "call" => &["started_at", "ended_at"],
        "trace" => &["at", "deleted_at"],
        _ => &[],
    };
    let rest = kind.fields.iter().filter(|field| matches!(field.holds, Holds::Time)).map(|field| field.name);
    first.iter().copied().chain(rest.filter(move |name| !first.contains(name)))
}

/// The times of a record whose moment is known or that hold anything, the one that it is judged by first.
pub(super) fn times<'r>(kind: &'static Kind, record: &'r Value) -> Vec<(&'static str, &'r Value)> {
    let mut times: Vec<(&str, &Value)> = time_fields(kind)
        .filter_map(|name| Some((name, record.get(name)?)))
        .filter(|(_, time)| !time.is_null())
        .collect();
    // A stable sort: of times that are known the order stays.
    times.sort_by_key(|(_, time)| !time["utc"].is_string());
    times
}

/// The first time of a record whose moment is known.
pub(super) fn first_time<'r>(kind: &'static Kind, record: &'r Value) -> Option<(&'static str, &'r Value)> {
    times(kind, record).into_iter().next().filter(|(_, time)| time["utc"].is_string())
}

/// The moment of a time as text.
pub(super) fn moment(time: &Value) -> Option<Moment> {
    time["utc"].as_str().and_then(parse_utc).map(|(moment, _)| moment)
}

/// Sorts as the moment does; what has none comes last.
pub(super) fn sort_key(moment: Option<Moment>) -> String {
    match moment {
        // Of the years that can be written no second is lower than this.
        Some(moment) => format!("{:014}{:09}", moment.seconds.saturating_add(100_000_000_000), moment.nanos),
        None => "~".to_owned(),
    }
}

/// The zone that times are also shown in.
#[derive(Debug, Clone)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

/// A moment in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Local {
    pub(super) day: String,
    pub(super) clock: String,
    /// `+01:00`
    pub(super) offset: String,
}

impl Zone {
    /// The zone of this name in the IANA database that the program carries.
    ///
    /// # Errors
    /// Where it has none: the nearest name.
    pub fn named(name: &str) -> Result<Self, String> {
        if let Ok(zone) = TimeZone::get(name) {
            return Ok(Zone { name: name.to_owned(), zone });
        }
        let known: Vec<String> = jiff::tz::db().available().map(|known| known.to_string()).collect();
        let nearest = known.iter().min_by_key(|known| strsim::damerau_levenshtein(name, known));
        Err(format!("no time zone `{name}`; the nearest is `{}`", nearest.map_or("UTC", String::as_str)))
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is UTC itself.
    pub(super) fn is_utc(&self) -> bool {
        self.name == "UTC"
    }

    /// A moment in this zone; nothing where the zone's calendar does not reach.
    pub(super) fn local(&self, moment: Moment) -> Option<Local> {
        let stamp = Timestamp::new(moment.seconds, i32::try_from(moment.nanos).ok()?).ok()?;
        let offset = self.zone.to_offset(stamp);
        let shifted = moment.seconds.checked_add(i64::from(offset.seconds()))?;
        let text = Moment::new(shifted, moment.nanos, moment.digits)?.to_string();
        let (day, clock) = text.trim_end_matches('Z').split_once('T')?;
        Some(Local { day: day.to_owned(), clock: clock.to_owned(), offset: offset_text(offset.seconds()) })
    }
}

fn offset_text(seconds: i32) -> String {
    let (sign, rest) =
        if seconds < 0 { ('-', seconds.unsigned_abs()) } else { ('+', seconds.unsigned_abs()) };
    let text = format!("{sign}{:02}:{:02}", rest / 3_600, rest / 60 % 60);
    // Before zones were agreed offsets had seconds.
    if rest % 60 == 0 { text } else { format!("{text}:{:02}", rest % 60) }
}

/// A zone with the offsets that were met: what stands on each page.
pub(super) fn zone_text(zone: &Zone, offsets: &BTreeSet<String>) -> String {
    if zone.is_utc() {
        return "UTC (+00:00)".to_owned();
    }
    let offsets: Vec<&str> = offsets.iter().map(String::as_str).collect();
    match offsets.as_slice() {
        [] => format!("UTC (+00:00) and {}", zone.name()),
        offsets => format!("UTC (+00:00) and {} ({})", zone.name(), offsets.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::kinds::kind;
    use serde_json::json;

    #[test]
    fn a_moment_is_shown_with_the_offset_that_its_zone_has_then() {
        let zone = Zone::named("Europe/London").unwrap();
        let shown = |text: &str| zone.local(parse_utc(text).unwrap().0).unwrap();
        assert_eq!(shown("2023-10-29T00:59:59.5Z").offset, "+01:00");
        let local = shown("2023-10-29T01:00:00Z");
        assert_eq!(
            (local.day.as_str(), local.clock.as_str(), local.offset.as_str()),
            ("2023-10-29", "01:00:00", "+00:00")
        );
        let zone = Zone::named("America/St_Johns").unwrap();
        assert_eq!(zone.local(parse_utc("2023-01-01T02:00:00Z").unwrap().0).unwrap().day, "2022-12-31");
    }

    #[test]
    fn a_wrong_zone_is_told_with_the_nearest() {
        assert_eq!(
            Zone::named("Europe/Lodnon").unwrap_err(),
            "no time zone `Europe/Lodnon`; the nearest is `Europe/London`"
        );
    }

    #[test]
    fn records_sort_by_their_first_known_time_and_those_without_come_last() {
        let record = json!({"sent_at": {"utc": null, "raw": 0}, "stored_at": {"utc": "1969-01-01T00:00:00Z", "raw": 1}});
        let (name, time) = first_time(kind("message").unwrap(), &record).unwrap();
        assert_eq!(name, "stored_at");
        let later = sort_key(parse_utc("2023-01-01").map(|(moment, _)| moment));
        assert!(sort_key(moment(time)) < later && later < sort_key(None));
    }
}
