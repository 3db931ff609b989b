//! Times as an acquisition gives them: some are UTC, those of a zip are the wall clock of the machine that wrote it.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::parse::zip::Modified;

/// A time of a source file, with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceTime {
    /// A moment.
    Utc {
        /// Unix seconds.
        seconds: i64,
        /// Nanoseconds after them.
        nanos: u32,
        /// Where it stands: `file system`, `tar`, `zip extended timestamp`, `zip NTFS time`.
        source: &'static str,
    },
    /// A wall clock without a zone: no moment can be made of it.
    Local {
        /// `YYYY-MM-DDTHH:MM:SS`, or as the report of a tool writes it.
        text: String,
        /// Where it stands: `zip DOS time`.
        source: &'static str,
    },
}

/// The times of a source file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Times {
    /// Last change of the content.
    pub modified: Option<SourceTime>,
}

/// Seconds from 1601-01-01 to 1970-01-01.
const FILETIME_EPOCH: i64 = 11_644_473_600;

impl Times {
    pub(super) fn of_file(modified: std::io::Result<SystemTime>) -> Self {
        Times { modified: modified.ok().and_then(file_system) }
    }

    pub(super) fn of_tar(modified: Option<(i64, u32)>) -> Self {
        Times { modified: modified.map(|(seconds, nanos)| utc(seconds, nanos, "tar")) }
    }

    /// Of a file system inside an image.
    pub(super) fn of_image(seconds: i64, nanos: u32) -> Self {
        Times { modified: Some(utc(seconds, nanos, "file system of the image")) }
    }

    /// Of FAT, by the clock of the handset; exFAT has how far that was ahead of UTC, in minutes.
    pub(super) fn of_fat(text: &str, ahead: Option<i32>) -> Self {
        let zoned = ahead.and_then(|ahead| Some((zoned(&format!("{text}Z"))?.0 - i64::from(ahead) * 60, 0)));
        let modified = match zoned {
            Some((seconds, nanos)) => utc(seconds, nanos, "file system of the image"),
            None => SourceTime::Local { text: text.to_owned(), source: "FAT" },
        };
        Times { modified: Some(modified) }
    }

    /// As a report of UFED writes it: a moment where it has a zone, else a wall clock; `None` where it writes none.
    pub(super) fn of_report(text: Option<String>) -> Option<Self> {
        const SOURCE: &str = "UFDR report";
        let text = text?;
        let modified = match zoned(&text) {
            Some((seconds, nanos)) => utc(seconds, nanos, SOURCE),
            None => SourceTime::Local { text, source: SOURCE },
        };
        Some(Times { modified: Some(modified) })
    }

    pub(super) fn of_member(modified: &Modified) -> Self {
        let modified = match modified {
            Modified::Unix(seconds) => Some(utc((*seconds).into(), 0, "zip extended timestamp")),
            Modified::Filetime(ticks) => filetime(*ticks),
            Modified::Local(text) => Some(SourceTime::Local { text: text.clone(), source: "zip DOS time" }),
            Modified::None => None,
        };
        Times { modified }
    }
}

fn utc(seconds: i64, nanos: u32, source: &'static str) -> SourceTime {
    SourceTime::Utc { seconds, nanos, source }
}

/// `YYYY-MM-DDTHH:MM:SS[.fraction](Z|±HH:MM)`.
fn zoned(text: &str) -> Option<(i64, u32)> {
    let (date, time) = text.split_once('T')?;
    let at = time.rfind(['Z', '+', '-'])?;
    let (clock, zone) = time.split_at_checked(at)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let numbers = |text: &str, separator| -> Option<Vec<i64>> {
        text.split(separator).map(|part| part.parse().ok().filter(|number| *number >= 0)).collect()
    };
    let (date, clock) = (numbers(date, '-')?, numbers(clock, ':')?);
    let ([year, month, day], [hour, minute, second]) = (date.as_slice(), clock.as_slice()) else {
        return None;
    };
    if !(1..=12).contains(month)
        || !(1..=31).contains(day)
        || *hour > 23
        || *minute > 59
        || *second > 60
        || *year > 9999
    {
        return None;
    }
    let offset = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        (sign, zone) => {
            let [hours, minutes] = numbers(zone, ':')?[..] else { return None };
            (hours.min(99) * 3600 + minutes.min(99) * 60) * if sign == "-" { -1 } else { 1 }
        }
    };
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let seconds = days(*year, *month, *day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    Some((seconds, digits.parse().ok()?))
}

/// Days from 1970-01-01 to a day of the Gregorian calendar, by counting years from March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

fn filetime(ticks: u64) -> Option<SourceTime> {
    let nanos = u32::try_from(ticks % 10_000_000).ok()?.checked_mul(100)?;
    let seconds = i64::try_from(ticks / 10_000_000).ok()?.checked_sub(FILETIME_EPOCH)?;
    Some(utc(seconds, nanos, "zip NTFS time"))
}

/// A time before 1970 counts its nanoseconds forward too.
fn file_system(time: SystemTime) -> Option<SourceTime> {
    let (seconds, nanos) = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => (i64::try_from(after.as_secs()).ok()?, after.subsec_nanos()),
        Err(before) => {
            let before = before.duration();
            let nanos = before.subsec_nanos();
            let whole = -i64::try_from(before.as_secs()).ok()?;
            if nanos == 0 { (whole, 0) } else { (whole - 1, 1_000_000_000 - nanos) }
        }
    };
    Some(utc(seconds, nanos, "file system"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn filetime_counts_from_1601() {
        // 2023-11-14T22:13:20Z = Unix 1700000000
        let ticks = (1_700_000_000 + 11_644_473_600) * 10_000_000 + 1;
        assert_eq!(filetime(ticks), Some(utc(1_700_000_000, 100, "zip NTFS time")));
    }

    #[test]
    fn a_time_of_a_report_is_a_moment_only_with_its_zone() {
        let read = |text: &str| Times::of_report(Some(text.to_owned())).and_then(|times| times.modified);
        let expected = Some(utc(1_700_000_000, 250_000_000, "UFDR report"));
        assert_eq!(read("2023-11-14T22:13:20.25+00:00"), expected);
        assert_eq!(read("2023-11-15T03:43:20.25+05:30"), expected);
        assert_eq!(read("2000-02-29T00:00:00Z"), Some(utc(951_782_400, 0, "UFDR report")));
        let local = |text: &str| Some(SourceTime::Local { text: text.to_owned(), source: "UFDR report" });
        for text in ["2023-11-14T22:13:20", "14/11/2023 22:13:20(UTC+0)", "2023-13-01T00:00:00Z"] {
            assert_eq!(read(text), local(text));
        }
    }

    #[test]
    fn a_time_before_1970_keeps_its_order() {
        let time = UNIX_EPOCH - Duration::from_millis(1_250);
        assert_eq!(file_system(time), Some(utc(-2, 750_000_000, "file system")));
    }
}
