//! Modification times of members: MS-DOS time (4.4.6) is wall clock without a zone, the extra fields are UTC.
//!
//! ```text
//! date: year - 1980 (7 bits) │ month (4) │ day (5)      time: hour (5) │ minute (6) │ second / 2 (5)
//! ```

use super::extra::Extras;

/// When a member was last modified, as its header gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Modified {
    /// Unix seconds, UTC (extra field 0x5455).
    Unix(i32),
    /// 100 ns since 1601-01-01 UTC (extra field 0x000a).
    Filetime(u64),
    /// `YYYY-MM-DDTHH:MM:SS`, wall clock of the machine that wrote the archive, no zone.
    Local(String),
    /// MS-DOS fields that are no date: month, day, hour, minute or second out of range.
    None,
}

/// The best that a header has: UTC where there is one.
pub(super) fn modified(extras: &Extras<'_>, date: u16, time: u16) -> Modified {
    match (extras.modified_filetime, extras.modified_unix) {
        (Some(filetime), _) => Modified::Filetime(filetime),
        (None, Some(seconds)) => Modified::Unix(seconds),
        (None, None) => dos(date, time),
    }
}

fn dos(date: u16, time: u16) -> Modified {
    dos_time(date, time).map_or(Modified::None, Modified::Local)
}

/// `YYYY-MM-DDTHH:MM:SS` of an MS-DOS date and time; `None` where they are no date.
pub(in crate::parse) fn dos_time(date: u16, time: u16) -> Option<String> {
    let year = (date >> 9).saturating_add(1980);
    let (month, day) = ((date >> 5) & 15, date & 31);
    let (hour, minute, second) = (time >> 11, (time >> 5) & 63, (time & 31).saturating_mul(2));
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_date || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dos_time_is_wall_clock() {
        // 2023-11-14 22:13:20
        let found = dos((43 << 9) | (11 << 5) | 14, (22 << 11) | (13 << 5) | 10);
        assert_eq!(found, Modified::Local("2023-11-14T22:13:20".to_owned()));
    }

    #[test]
    fn a_month_of_zero_is_no_date() {
        assert_eq!(dos(0, 0), Modified::None);
    }

    #[test]
    fn utc_is_preferred_to_wall_clock() {
        let extras = Extras { modified_unix: Some(5), ..Extras::default() };
        assert_eq!(modified(&extras, 33, 0), Modified::Unix(5));
    }
}
