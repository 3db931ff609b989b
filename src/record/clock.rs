//! Times that people wrote into a table: a pattern, and the zone of the clock that they were read from. The machine's zone has no say;
//! a local time that its zone has twice, or not at all, is told and never guessed.

use super::convert::{Converted, Problem};
use super::time::{Moment, RawTime, Time, TimeUnit};
use super::value::{FieldValue, Scalar};
use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use std::borrow::Cow;

/// How a time is written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Written {
    /// As `strftime` writes it.
    Pattern(String),
    /// Days since 1899-12-30, a fraction for the time of day (ECMA-376 part 1, 18.17.4.1).
    ExcelDays,
    /// Days since 1904-01-01.
    ExcelDays1904,
}

/// The clock that a written time was read from.
#[derive(Debug, Clone)]
enum Zone {
    Known(TimeZone),
    /// The text names its offset itself.
    InText,
    /// Nobody says: no moment can be told.
    Unknown,
}

/// How the times of a column are read.
#[derive(Debug, Clone)]
pub struct Clock {
    written: Written,
    zone: Zone,
    zone_name: Option<String>,
}

impl Clock {
    /// A clock by the pattern of its times (`%d-%m-%Y %H:%M:%S`, `excel`, `excel_1904`) and its zone: a name of the IANA database, or
    /// `unknown`; none where the pattern holds the offset (`%z`).
    ///
    /// # Errors
    /// What is wrong with the one or the other.
    pub fn new(pattern: &str, zone: Option<&str>) -> Result<Self, String> {
        let written = match pattern {
            "excel" => Written::ExcelDays,
            "excel_1904" => Written::ExcelDays1904,
            pattern => Written::Pattern(checked(pattern)?),
        };
        let holds_offset = matches!(&written, Written::Pattern(pattern) if pattern.contains("%z") || pattern.contains("%:z"));
        let known = match (zone, holds_offset) {
            (None, true) => Zone::InText,
            (Some(_), true) => return Err("the pattern holds the offset: no zone beside it".to_owned()),
            (Some("unknown"), false) => Zone::Unknown,
            (Some(name), false) => Zone::Known(zone_of(name)?),
            (None, false) => {
                return Err(
                    "a zone is missing: a name of the IANA database (Europe/Amsterdam, UTC), or `unknown`"
                        .to_owned(),
                );
            }
        };
        let zone_name = zone.filter(|_| matches!(known, Zone::Known(_))).map(str::to_owned);
        Ok(Clock { written, zone: known, zone_name })
    }

    /// The zone of its times; a name of the IANA database.
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        self.zone_name.as_deref()
    }

    /// Reads a time. Null and blank text are no time.
    pub fn read<'a>(&self, scalar: Scalar<'a>) -> Converted<'a> {
        let raw = match &scalar {
            Scalar::Null => return good(FieldValue::Null),
            Scalar::Text(text) if text.trim().is_empty() => return good(FieldValue::Null),
            Scalar::Text(text) => RawTime::Text(text.clone()),
            Scalar::Integer(number) => RawTime::Integer(*number),
            Scalar::Real(number) => RawTime::Real(*number),
            other => {
                let problem = self.problem("value-not-convertible", other.type_name().to_owned());
                return Converted { value: scalar.into(), party_kind: None, problem: Some(problem) };
            }
        };
        let unit = if self.is_days() { TimeUnit::ExcelDays } else { TimeUnit::Written };
        let zone = self.zone_name.clone().map(Cow::Owned);
        let (utc, problem) = match self.moment(&scalar) {
            Ok(moment) => (moment, None),
            Err(problem) => (None, Some(problem)),
        };
        Converted { value: FieldValue::Time(Time { utc, raw, unit, zone }), party_kind: None, problem }
    }

    fn is_days(&self) -> bool {
        self.written != Written::Pattern(String::new()) && !matches!(self.written, Written::Pattern(_))
    }

    fn moment(&self, scalar: &Scalar<'_>) -> Result<Option<Moment>, Problem> {
        let unreadable = || {
            self.problem("time-not-readable", format!("{} that the pattern does not fit", scalar.type_name()))
        };
        let (local, digits) = match &self.written {
            Written::ExcelDays => (days(scalar, (1899, 12, 30)).ok_or_else(unreadable)?, 3),
            Written::ExcelDays1904 => (days(scalar, (1904, 1, 1)).ok_or_else(unreadable)?, 3),
            Written::Pattern(pattern) => {
                let Scalar::Text(text) = scalar else { return Err(unreadable()) };
                let parsed = BrokenDownTime::parse(pattern, text.trim()).map_err(|_| unreadable())?;
                if matches!(self.zone, Zone::InText) {
                    let moment = parsed.to_timestamp().map_err(|_| unreadable())?;
                    return Ok(moment_of(moment, fraction_digits(pattern)));
                }
                (parsed.to_datetime().map_err(|_| unreadable())?, fraction_digits(pattern))
            }
        };
        self.placed(local, digits)
    }

    /// The moment of a local time in the zone.
    fn placed(&self, local: DateTime, digits: u8) -> Result<Option<Moment>, Problem> {
        let Zone::Known(zone) = &self.zone else { return Ok(None) };
        let name = self.zone_name.as_deref().unwrap_or("");
        let at = |offset: jiff::tz::Offset| {
            let moment = offset.to_timestamp(local).ok().and_then(|moment| moment_of(moment, digits));
            moment.map_or_else(|| "no year that can be written".to_owned(), |moment| moment.to_string())
        };
        match zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => {
                let moment = offset.to_timestamp(local).ok().and_then(|moment| moment_of(moment, digits));
                moment.map(Some).ok_or_else(|| {
                    self.problem("time-out-of-range", "a value outside the years 1 to 9999".to_owned())
                })
            }
            AmbiguousOffset::Fold { before, after } => {
                let found = format!("a local time that {name} has twice: {} or {}", at(before), at(after));
                Err(self.problem("time-ambiguous", found))
            }
            AmbiguousOffset::Gap { .. } => Err(self.problem(
                "time-not-in-zone",
                format!("a local time that {name} does not have: its clocks skip it"),
            )),
        }
    }

    fn problem(&self, code: &'static str, found: String) -> Problem {
        let expected = if self.is_days() { "a number of days" } else { "a time written as the mapping says" };
        Problem { code, expected, found }
    }
}

fn good(value: FieldValue<'_>) -> Converted<'_> {
    Converted { value, party_kind: None, problem: None }
}

/// A zone of the IANA database that is compiled in.
fn zone_of(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name)
        .map_err(|_| format!("`{name}` is no zone of the IANA database (Europe/Amsterdam, UTC)"))
}

/// A pattern that holds a whole date: what it writes of a moment, it reads again.
fn checked(pattern: &str) -> Result<String, String> {
    let moment = jiff::civil::date(2021, 11, 23).at(14, 35, 7, 0);
    let mut written = BrokenDownTime::from(moment);
    written.set_offset(Some(jiff::tz::Offset::UTC));
    let fault = |error: jiff::Error| format!("`{pattern}` is no pattern of times: {error}");
    let text = written.to_string(pattern).map_err(fault)?;
    let again = BrokenDownTime::parse(pattern, &text).and_then(|read| read.to_datetime()).map_err(fault)?;
    let holds = again.date() == moment.date() && (again.hour(), again.minute()) == (14, 35);
    match holds {
        true => Ok(pattern.to_owned()),
        false => {
            Err(format!("`{pattern}` does not hold a whole date, hour and minute (an hour of 12 needs %p)"))
        }
    }
}

fn fraction_digits(pattern: &str) -> u8 {
    let has_fraction =
        ["%f", "%.f", "%3f", "%.3f", "%6f", "%.6f", "%9f", "%N"].iter().any(|part| pattern.contains(part));
    if has_fraction { 3 } else { 0 }
}

fn moment_of(moment: jiff::Timestamp, digits: u8) -> Option<Moment> {
    let nanos = moment.as_nanosecond();
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    let nanos = u32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?;
    let finer = if nanos % 1_000 != 0 {
        9
    } else if nanos % 1_000_000 != 0 {
        6
    } else {
        digits
    };
    Moment::new(seconds, nanos, finer)
}

/// A local time by a number of days; a double holds it to the millisecond.
fn days(scalar: &Scalar<'_>, (year, month, day): (i16, i8, i8)) -> Option<DateTime> {
    let days = match scalar {
        Scalar::Integer(number) => *number as f64,
        Scalar::Real(number) => *number,
        Scalar::Text(text) => text.trim().parse::<f64>().ok()?,
        _ => return None,
    };
    if !days.is_finite() || !(0.0..3_000_000.0).contains(&days) {
        return None;
    }
    let millis = (days * 86_400_000.0).round() as i64;
    let span = jiff::Span::new().try_milliseconds(millis).ok()?;
    jiff::civil::date(year, month, day).at(0, 0, 0, 0).checked_add(span).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: &str, zone: Option<&str>, text: &str) -> (Option<String>, Option<&'static str>) {
        let converted = Clock::new(pattern, zone).unwrap().read(Scalar::Text(text.into()));
        let FieldValue::Time(time) = converted.value else { panic!("no time") };
        (time.utc.map(|utc| utc.to_string()), converted.problem.map(|problem| problem.code))
    }

    #[test]
    fn a_local_time_is_moved_to_utc_by_its_zone_and_not_by_the_machine_s() {
        let pattern = "%d-%m-%Y %H:%M:%S";
        let read = |text| read(pattern, Some("Europe/Amsterdam"), text);
        assert_eq!(read("01-04-2020 10:00:00"), (Some("2020-04-01T08:00:00Z".into()), None));
        assert_eq!(read("01-01-2020 10:00:00"), (Some("2020-01-01T09:00:00Z".into()), None));
    }

    #[test]
    fn a_local_time_that_is_there_twice_or_never_has_no_moment() {
        let read = |text| read("%Y-%m-%d %H:%M", Some("Europe/Amsterdam"), text);
        assert_eq!(read("2020-10-25 02:30"), (None, Some("time-ambiguous")));
        assert_eq!(read("2020-03-29 02:30"), (None, Some("time-not-in-zone")));
        assert_eq!(read("2020-13-29 02:30"), (None, Some("time-not-readable")));
    }

    #[test]
    fn an_offset_in_the_text_needs_no_zone_and_an_unknown_zone_gives_no_moment() {
        assert_eq!(
            read("%Y-%m-%d %H:%M %z", None, "2020-04-01 10:00 +0200").0.as_deref(),
            Some("2020-04-01T08:00:00Z")
        );
        assert_eq!(read("%Y-%m-%d %H:%M", Some("unknown"), "2020-04-01 10:00"), (None, None));
    }

    #[test]
    fn days_of_a_spreadsheet_are_local_times() {
        let clock = Clock::new("excel", Some("Europe/Amsterdam")).unwrap();
        let time = |scalar| match clock.read(scalar).value {
            FieldValue::Time(time) => time.utc.map(|utc| utc.to_string()),
            _ => None,
        };
        // 2020-04-01 is day 43,922 by LibreOffice and Excel.
        assert_eq!(time(Scalar::Real(43_922.5)).as_deref(), Some("2020-04-01T10:00:00.000Z"));
        assert_eq!(time(Scalar::Integer(43_922)).as_deref(), Some("2020-03-31T22:00:00.000Z"));
        assert_eq!(time(Scalar::Real(-1.0)), None);
    }

    #[test]
    fn a_pattern_that_holds_no_whole_date_and_a_zone_that_is_none_are_refused() {
        for (pattern, zone) in [
            ("%d-%m", Some("UTC")),
            ("%d-%m-%Y %I:%M", Some("UTC")),
            ("%Y-%m-%d %H:%M", Some("Amsterdam")),
            ("%Y-%m-%d %H:%M", None),
            ("%Y-%m-%d %H:%M %z", Some("UTC")),
            ("%Y-%m-%d %!", Some("UTC")),
        ] {
            assert!(Clock::new(pattern, zone).is_err(), "{pattern} {zone:?}");
        }
    }
}
