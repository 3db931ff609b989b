//! Moments: UTC only, the raw number beside them, the unit named. The machine's clock and zone have no say.

use std::borrow::Cow;
use std::fmt;

/// Seconds from 1970-01-01 to 2001-01-01, the epoch of Apple's reference dates.
const COCOA_EPOCH: i64 = 978_307_200;
/// Seconds from 1601-01-01 to 1970-01-01, the epoch of WebKit and of Windows.
const WEBKIT_EPOCH: i64 = 11_644_473_600;
/// `NSDate.distantFuture` and `distantPast`, in seconds since 2001: Apple's "never" and "not yet".
const DISTANT: [i64; 2] = [63_113_904_000, -63_114_076_800];
/// Years that RFC 3339 can write.
const YEARS: std::ops::RangeInclusive<i64> = 1..=9999;

/// The unit and epoch in which a source holds a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// Seconds since 1970.
    UnixS,
    /// Milliseconds since 1970.
    UnixMs,
    /// Microseconds since 1970.
    UnixUs,
    /// Nanoseconds since 1970.
    UnixNs,
    /// Seconds since 2001.
    CocoaS,
    /// Nanoseconds since 2001.
    CocoaNs,
    /// Microseconds since 1601.
    WebkitUs,
    /// Milliseconds since 1970 in hexadecimal text.
    HexMs,
    /// A property-list date.
    PlistDate,
    /// ISO 8601 text with its offset.
    Iso8601,
    /// ISO 8601 text without one: local time of an unknown zone.
    Iso8601Local,
    /// Text in a pattern that a mapping names.
    Written,
    /// Days of a spreadsheet.
    ExcelDays,
}

impl TimeUnit {
    /// The name that stands under `unit` in the report.
    pub fn name(self) -> &'static str {
        match self {
            TimeUnit::UnixS => "unix_s",
            TimeUnit::UnixMs => "unix_ms",
            TimeUnit::UnixUs => "unix_us",
            TimeUnit::UnixNs => "unix_ns",
            TimeUnit::CocoaS => "cocoa_s",
            TimeUnit::CocoaNs => "cocoa_ns",
            TimeUnit::WebkitUs => "webkit_us",
            TimeUnit::HexMs => "hex_ms",
            TimeUnit::PlistDate => "plist_date",
            TimeUnit::Iso8601 => "iso8601",
            TimeUnit::Iso8601Local => "iso8601_local",
            TimeUnit::Written => "written",
            TimeUnit::ExcelDays => "excel_days",
        }
    }

    fn ticks_per_second(self) -> i64 {
        match self {
            TimeUnit::UnixMs | TimeUnit::HexMs => 1_000,
            TimeUnit::UnixUs | TimeUnit::WebkitUs => 1_000_000,
            TimeUnit::UnixNs | TimeUnit::CocoaNs => 1_000_000_000,
            _ => 1,
        }
    }

    fn epoch(self) -> i64 {
        match self {
            TimeUnit::CocoaS | TimeUnit::CocoaNs | TimeUnit::PlistDate => COCOA_EPOCH,
            TimeUnit::WebkitUs => -WEBKIT_EPOCH,
            _ => 0,
        }
    }

    fn digits(self) -> u8 {
        match self.ticks_per_second() {
            1_000 => 3,
            1_000_000 => 6,
            1_000_000_000 => 9,
            _ => 0,
        }
    }
}

/// A moment in UTC, with as many decimals as its source can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Nanoseconds within the second.
    pub nanos: u32,
    /// Decimals that are written.
    pub digits: u8,
}

/// The number or text as the source holds it.
#[derive(Debug, Clone, PartialEq)]
pub enum RawTime<'a> {
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Text.
    Text(Cow<'a, str>),
}

/// A time field: `{utc, raw, unit}`; `utc` is null where it cannot be known.
#[derive(Debug, Clone, PartialEq)]
pub struct Time<'a> {
    /// The moment; `None` where the raw value is not set or is out of range.
    pub utc: Option<Moment>,
    /// As the source holds it.
    pub raw: RawTime<'a>,
    /// What the raw value counts.
    pub unit: TimeUnit,
    /// The zone by which a local time was moved to UTC; a name of the IANA database.
    pub zone: Option<Cow<'a, str>>,
}

/// The raw value lies outside the years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfRange;

impl<'a> Time<'a> {
    /// A time from a whole number. 0, -1 and Apple's distant dates stand for "not set".
    pub fn from_integer(ticks: i64, unit: TimeUnit, raw: RawTime<'a>) -> (Self, Option<OutOfRange>) {
        if ticks == 0 || ticks == -1 || is_distant(ticks, unit) {
            return (Time { utc: None, raw, unit, zone: None }, None);
        }
        let per_second = unit.ticks_per_second();
        let nanos_per_tick = 1_000_000_000 / per_second;
        let nanos = ticks.rem_euclid(per_second).saturating_mul(nanos_per_tick);
        let moment = ticks
            .div_euclid(per_second)
            .checked_add(unit.epoch())
            .and_then(|seconds| Moment::new(seconds, u32::try_from(nanos).ok()?, unit.digits()));
        (Time { utc: moment, raw, unit, zone: None }, moment.is_none().then_some(OutOfRange))
    }

    /// A time from a number with a fraction; written with six decimals where it has one.
    pub fn from_real(ticks: f64, unit: TimeUnit, raw: RawTime<'a>) -> (Self, Option<OutOfRange>) {
        let whole = (ticks.fract() == 0.0 && ticks.abs() < 9e15).then_some(ticks as i64);
        if whole.is_some_and(|whole| whole == 0 || whole == -1 || is_distant(whole, unit)) {
            return (Time { utc: None, raw, unit, zone: None }, None);
        }
        let moment = real_moment(ticks, unit);
        (Time { utc: moment, raw, unit, zone: None }, moment.is_none().then_some(OutOfRange))
    }

    /// A property-list date; years that cannot be written give no moment.
    pub fn plist_date(seconds: f64) -> Self {
        Time::from_real(seconds, TimeUnit::PlistDate, RawTime::Real(seconds)).0
    }
}

fn is_distant(ticks: i64, unit: TimeUnit) -> bool {
    unit.epoch() == COCOA_EPOCH && unit.ticks_per_second() == 1 && DISTANT.contains(&ticks)
}

/// Splits a double into whole seconds and microseconds (a double of this size holds no finer ones for certain).
fn real_moment(ticks: f64, unit: TimeUnit) -> Option<Moment> {
    let seconds = ticks / real_from(unit.ticks_per_second());
    if !seconds.is_finite() || seconds.abs() > 1e12 {
        return None;
    }
    let micros = ((seconds - seconds.floor()) * 1e6).round();
    let (whole, micros) =
        if micros >= 1e6 { (seconds.floor() + 1.0, 0.0) } else { (seconds.floor(), micros) };
    let digits = if micros > 0.0 { unit.digits().max(6) } else { unit.digits() };
    Moment::new((whole as i64).checked_add(unit.epoch())?, (micros as u32).checked_mul(1_000)?, digits)
}

fn real_from(ticks: i64) -> f64 {
    ticks as f64
}

impl Moment {
    /// A moment, if RFC 3339 can write its year.
    pub fn new(seconds: i64, nanos: u32, digits: u8) -> Option<Self> {
        let (year, _, _) = civil(seconds.div_euclid(86_400))?;
        YEARS.contains(&year).then_some(Moment { seconds, nanos, digits })
    }
}

/// Year, month and day of a day count since 1970-01-01 (Howard Hinnant, *chrono-Compatible Low-Level Date Algorithms*,
/// `civil_from_days`).
fn civil(days: i64) -> Option<(i64, i64, i64)> {
    if days.abs() > 1_000_000_000 {
        return None;
    }
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Some((year, month, day))
}

/// The day count of a date (`days_from_civil` of the same source).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

impl fmt::Display for Moment {
    /// RFC 3339 in UTC, with a `Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.seconds.div_euclid(86_400)).ok_or(fmt::Error)?;
        let second = self.seconds.rem_euclid(86_400);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match self.digits {
            0 => {}
            1..=3 => write!(f, ".{:03}", self.nanos / 1_000_000)?,
            4..=6 => write!(f, ".{:06}", self.nanos / 1_000)?,
            _ => write!(f, ".{:09}", self.nanos)?,
        }
        f.write_str("Z")
    }
}

/// Reads a date (`2023-11-14`) or a date and time (`2023-11-14T22:13:20.5Z`, `+01:00`, a blank for the `T`), ISO 8601.
/// The second value says whether the text names an offset; without one the moment is taken as UTC.
pub fn parse_utc(text: &str) -> Option<(Moment, bool)> {
    let date = text.get(..10)?;
    let mut parts = date.splitn(3, '-').map(number);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
        || civil(days(year, month, day))? != (year, month, day)
    {
        return None;
    }
    let start = days(year, month, day) * 86_400;
    let rest = text.get(10..)?;
    if rest.is_empty() {
        return Some((Moment::new(start, 0, 0)?, false));
    }
    let rest = rest.strip_prefix(['T', ' '])?;
    let (clock, offset) = split_offset(rest)?;
    let (second, nanos, digits) = clock_time(clock)?;
    let moment = Moment::new(start + second - offset.unwrap_or(0), nanos, digits)?;
    Some((moment, offset.is_some()))
}

fn number(text: &str) -> Option<i64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Splits `22:13:20.5+01:00` into the clock and the offset in seconds.
fn split_offset(text: &str) -> Option<(&str, Option<i64>)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, Some(0)));
    }
    let Some(at) = text.rfind(['+', '-']) else { return Some((text, None)) };
    let digits: String = text.get(at + 1..)?.chars().filter(|c| *c != ':').collect();
    let (hours, minutes) =
        (number(digits.get(..2)?)?, number(digits.get(2..).filter(|m| !m.is_empty()).unwrap_or("0"))?);
    let offset = hours * 3_600 + minutes * 60;
    Some((
        text.get(..at)?.trim_end(),
        Some(if text.as_bytes().get(at) == Some(&b'-') { -offset } else { offset }),
    ))
}

/// Reads `22:13`, `22:13:20` or `22:13:20.123456`: seconds of the day, nanoseconds, decimals.
fn clock_time(clock: &str) -> Option<(i64, u32, u8)> {
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = whole.split(':').map(number);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    if hour > 23 || minute > 59 || second > 60 || parts.next().is_some() {
        return None;
    }
    let padded: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanos = u32::try_from(number(&padded)?).ok()?;
    let digits = match fraction.len() {
        0 => 0,
        1..=3 => 3,
        4..=6 => 6,
        _ => 9,
    };
    Some((hour * 3_600 + minute * 60 + second, nanos, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(ticks: i64, unit: TimeUnit) -> String {
        Time::from_integer(ticks, unit, RawTime::Integer(ticks)).0.utc.unwrap().to_string()
    }

    #[test]
    fn each_unit_counts_from_its_own_epoch() {
        assert_eq!(utc(1_700_000_000, TimeUnit::UnixS), "2023-11-14T22:13:20Z");
        assert_eq!(utc(1_700_000_000_123, TimeUnit::UnixMs), "2023-11-14T22:13:20.123Z");
        assert_eq!(utc(1_700_000_000_123_456, TimeUnit::UnixUs), "2023-11-14T22:13:20.123456Z");
        assert_eq!(utc(1_700_000_000_123_456_789, TimeUnit::UnixNs), "2023-11-14T22:13:20.123456789Z");
        assert_eq!(utc(721_692_800, TimeUnit::CocoaS), "2023-11-14T22:13:20Z");
        assert_eq!(utc(721_692_800_000_000_001, TimeUnit::CocoaNs), "2023-11-14T22:13:20.000000001Z");
        assert_eq!(utc(13_344_473_600_000_000, TimeUnit::WebkitUs), "2023-11-14T22:13:20.000000Z");
    }

    #[test]
    fn a_moment_before_1970_is_written_as_one() {
        assert_eq!(utc(-86_401_000, TimeUnit::UnixMs), "1969-12-30T23:59:59.000Z");
        assert_eq!(utc(-1_500, TimeUnit::UnixMs), "1969-12-31T23:59:58.500Z");
    }

    #[test]
    fn leap_days_are_days() {
        assert_eq!(utc(951_782_400, TimeUnit::UnixS), "2000-02-29T00:00:00Z");
        assert_eq!(parse_utc("2023-02-29"), None);
        assert_eq!(parse_utc("2024-02-29").unwrap().0.to_string(), "2024-02-29T00:00:00Z");
    }

    #[test]
    fn zero_minus_one_and_the_distant_dates_are_not_set() {
        let distant = DISTANT.map(|ticks| (ticks, TimeUnit::CocoaS));
        for (ticks, unit) in [(0, TimeUnit::UnixMs), (-1, TimeUnit::UnixMs)].into_iter().chain(distant) {
            let (time, problem) = Time::from_integer(ticks, unit, RawTime::Integer(ticks));
            assert_eq!((time.utc, problem), (None, None), "{ticks}");
        }
    }

    #[test]
    fn a_year_that_rfc_3339_cannot_write_has_no_utc_and_is_a_problem() {
        let ticks = 9_223_372_036_854_775;
        let (time, problem) = Time::from_integer(ticks, TimeUnit::UnixMs, RawTime::Integer(ticks));
        assert_eq!((time.utc, problem), (None, Some(OutOfRange)));
        assert!(Moment::new(253_402_300_799, 0, 0).is_some());
        assert!(Moment::new(253_402_300_800, 0, 0).is_none());
        assert_eq!(Time::from_real(f64::NAN, TimeUnit::CocoaS, RawTime::Real(f64::NAN)).1, Some(OutOfRange));
    }

    #[test]
    fn a_fraction_of_a_double_is_kept_to_the_microsecond() {
        let time = Time::plist_date(721_692_800.25);
        assert_eq!(time.utc.unwrap().to_string(), "2023-11-14T22:13:20.250000Z");
    }

    #[test]
    fn iso_text_with_an_offset_is_moved_to_utc() {
        for text in ["2023-11-14T22:13:20Z", "2023-11-14T23:13:20+01:00", "2023-11-14 17:13:20-0500"] {
            assert_eq!(
                parse_utc(text).map(|(m, zoned)| (m.to_string(), zoned)),
                Some(("2023-11-14T22:13:20Z".into(), true))
            );
        }
        assert_eq!(parse_utc("2023-11-14T22:13:20").map(|(_, zoned)| zoned), Some(false));
        assert_eq!(parse_utc("2023-11-14T25:13:20Z"), None);
        assert_eq!(parse_utc("yesterday"), None);
    }
}
