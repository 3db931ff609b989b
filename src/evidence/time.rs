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
        /// `YYYY-MM-DDTHH:MM:SS`.
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
    fn a_time_before_1970_keeps_its_order() {
        let time = UNIX_EPOCH - Duration::from_millis(1_250);
        assert_eq!(file_system(time), Some(utc(-2, 750_000_000, "file system")));
    }
}
