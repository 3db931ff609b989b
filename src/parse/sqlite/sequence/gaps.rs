//! Rowids that are missing between the live ones.
//!
//! ```text
//! 1 2 3 · · 6 7 · 9 │ sqlite_sequence 12       runs of missing rowids: 4–5, 8, and 10–12, which were given and are gone
//! ```
//!
//! SQLite gives rowids from 1 up ("ROWIDs and the INTEGER PRIMARY KEY"; "SQLite Autoincrement"), so only positive ones can be missing.

use super::super::super::Finding;
use super::super::spot::Spot;
use std::fmt::Write as _;

/// How many runs of a table are kept.
const KEPT: usize = 32;
/// How many of them a message tells.
const TOLD: usize = 16;

/// A run of rowids that no live row has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowidGap {
    /// The live row before it; nothing where the run begins with rowid 1.
    pub before: Option<i64>,
    /// The live row behind it; nothing where the run ends with the last rowid that `sqlite_sequence` says was given.
    pub after: Option<i64>,
    /// How many rowids it has.
    pub missing: u64,
}

/// The rowids that are missing in one table of the live view.
#[derive(Debug, Clone)]
pub struct RowidGaps {
    /// The table.
    pub table: String,
    /// Live rows.
    pub rows: u64,
    /// Runs of missing rowids.
    pub runs: u64,
    /// Rowids that are missing.
    pub missing: u64,
    /// The greatest runs, at most 32, in rowid order.
    pub greatest: Vec<RowidGap>,
    /// AUTOINCREMENT: no rowid is given twice.
    pub autoincrement: bool,
    /// A virtual table keeps its index in it (a shadow table), or SQLite itself does: its rowids are no sequence of an app.
    pub internal: bool,
    /// The cell behind the greatest run, or the row of `sqlite_sequence`.
    pub(super) spot: Spot,
    /// The greatest rowid.
    pub(super) last: Option<i64>,
}

impl RowidGaps {
    /// Whether rowids are missing, and the table is the app's own.
    pub fn any(&self) -> bool {
        self.missing > 0 && !self.internal
    }

    /// Whether the rowids are so far from consecutive that single runs tell nothing: nine in ten are missing, and either more of them than a
    /// phone ever gives (Android's own profile begins at 2^63 - 2^31), or most rows stand alone and no AUTOINCREMENT counts.
    pub fn is_sparse(&self) -> bool {
        let alone = self.runs.saturating_mul(2) > self.rows && !self.autoincrement;
        let chosen = self.missing > u64::from(u32::MAX);
        self.rows > 0 && self.missing / 9 >= self.rows && (alone || chosen)
    }

    /// The observation, if there is one to make; `beside` tells of a live row what a reader knows of it (a time).
    pub fn finding(&self, beside: &mut dyn FnMut(i64) -> Option<String>) -> Option<Finding> {
        if !self.any() {
            return None;
        }
        let last = self.last.unwrap_or(0);
        if self.is_sparse() {
            let message = format!(
                "rows of {}: {}, with rowids up to {last}, of which {} are missing: the app chose the rowids, or most rows are gone",
                self.table, self.rows, self.missing
            );
            return Some(self.spot.note("sqlite-rowid-sparse", message));
        }
        let mut message =
            format!("rowids missing in {}: {} ({}): ", self.table, self.missing, self.runs_counted());
        message.push_str(&self.runs_told(beside).join("; "));
        let _ = write!(message, ". {}", self.meaning());
        Some(self.spot.note("sqlite-rowid-gaps", message))
    }

    fn runs_counted(&self) -> String {
        if self.runs == 1 { "one run".to_owned() } else { format!("{} runs", self.runs) }
    }

    fn runs_told(&self, beside: &mut dyn FnMut(i64) -> Option<String>) -> Vec<String> {
        let mut told: Vec<&RowidGap> = self.greatest.iter().collect();
        told.sort_by_key(|gap| std::cmp::Reverse(gap.missing));
        told.truncate(TOLD);
        told.sort_by_key(|gap| gap.after.unwrap_or(i64::MAX));
        let more = self.runs.saturating_sub(u64::try_from(told.len()).unwrap_or(u64::MAX));
        let mut row = |rowid: i64| match beside(rowid) {
            Some(known) => format!("{rowid} ({known})"),
            None => rowid.to_string(),
        };
        let mut texts: Vec<String> = told
            .into_iter()
            .map(|gap| match (gap.before, gap.after) {
                (Some(before), Some(after)) => {
                    format!("{} between {} and {}", gap.missing, row(before), row(after))
                }
                (None, Some(after)) => format!("{} before {}, the first", gap.missing, row(after)),
                (Some(before), None) => {
                    format!("{} given after {}, the last (sqlite_sequence)", gap.missing, row(before))
                }
                (None, None) => format!("all {} that were given (sqlite_sequence)", gap.missing),
            })
            .collect();
        if more > 0 {
            texts.push(format!("and {more} smaller or equal runs"));
        }
        texts
    }

    /// What a missing rowid can mean, and what it cannot.
    fn meaning(&self) -> &'static str {
        if self.autoincrement {
            "AUTOINCREMENT gives each rowid once: a row with a missing one was removed or replaced, its insertion failed, or the app \
             chose the rowids"
        } else {
            "SQLite gives the greatest rowid + 1: a row with a missing one was removed or replaced since, or the app chose the rowids; \
             rows that were removed from the end leave no gap"
        }
    }
}

/// Takes the rowids of a table in key order; memory is bounded.
pub(super) struct Counter {
    gaps: RowidGaps,
    previous: Option<i64>,
    greatest: u64,
    /// Key order holds.
    ordered: bool,
}

impl Counter {
    pub(super) fn new(table: String, root: Spot) -> Counter {
        let gaps = RowidGaps {
            table,
            rows: 0,
            runs: 0,
            missing: 0,
            greatest: Vec::new(),
            autoincrement: false,
            internal: false,
            spot: root,
            last: None,
        };
        Counter { gaps, previous: None, greatest: 0, ordered: true }
    }

    #[inline]
    pub(super) fn rowid(&mut self, rowid: i64, spot: impl FnOnce() -> Spot) {
        self.gaps.rows = self.gaps.rows.saturating_add(1);
        self.ordered &= self.previous.is_none_or(|previous| previous < rowid);
        let before = self.previous.replace(rowid).filter(|before| *before > 0);
        let missing = rowid.saturating_sub(before.unwrap_or(0)).saturating_sub(1);
        if let Some(missing) = u64::try_from(missing).ok().filter(|missing| *missing > 0) {
            self.run(RowidGap { before, after: Some(rowid), missing }, spot);
        }
    }

    #[cold]
    fn run(&mut self, gap: RowidGap, spot: impl FnOnce() -> Spot) {
        self.gaps.runs = self.gaps.runs.saturating_add(1);
        self.gaps.missing = self.gaps.missing.saturating_add(gap.missing);
        if gap.missing > self.greatest {
            self.greatest = gap.missing;
            self.gaps.spot = spot();
        }
        let kept = &mut self.gaps.greatest;
        if kept.len() < KEPT {
            kept.push(gap);
            return;
        }
        // Of equal runs the first stays.
        let least =
            kept.iter().enumerate().min_by_key(|(index, kept)| (kept.missing, std::cmp::Reverse(*index)));
        if let Some((index, _)) = least.filter(|(_, least)| least.missing < gap.missing) {
            kept.remove(index);
            kept.push(gap);
        }
    }

    /// The gaps, with those at the end where `given` is the last rowid that AUTOINCREMENT gave, and where that stands. Nothing where the rowids are out of order.
    pub(super) fn finish(mut self, given: Option<(i64, Spot)>, autoincrement: bool) -> Option<RowidGaps> {
        self.gaps.last = self.previous;
        self.gaps.autoincrement = autoincrement;
        let before = self.previous.filter(|last| *last > 0);
        let (given, spot) = given.unwrap_or((0, self.gaps.spot));
        let beyond = given.max(0).saturating_sub(before.unwrap_or(0));
        if let Some(missing) = u64::try_from(beyond).ok().filter(|missing| *missing > 0) {
            self.run(RowidGap { before, after: None, missing }, || spot);
        }
        self.ordered.then_some(self.gaps)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::place::Source;
    use super::*;

    fn gaps(rowids: &[i64], given: Option<i64>) -> Option<RowidGaps> {
        let spot = Spot::new(Source::Main, 0);
        let mut counter = Counter::new("t".into(), spot);
        rowids.iter().for_each(|rowid| counter.rowid(*rowid, || spot));
        counter.finish(given.map(|given| (given, spot)), given.is_some())
    }

    #[test]
    fn runs_begin_at_one_and_end_with_the_last_that_was_given() {
        let found = gaps(&[-5, 3, 4, 9], Some(11)).unwrap();
        assert_eq!((found.rows, found.runs, found.missing), (4, 3, 2 + 4 + 2));
        assert_eq!(found.greatest[0], RowidGap { before: None, after: Some(3), missing: 2 });
        assert_eq!(found.greatest[2], RowidGap { before: Some(9), after: None, missing: 2 });
        assert!(!gaps(&[-9, -4, 0, 1, 2], None).unwrap().any());
        assert_eq!(gaps(&[], Some(7)).unwrap().missing, 7);
    }

    #[test]
    fn the_ends_of_the_range_do_not_overflow() {
        let found = gaps(&[i64::MIN, 0, i64::MAX], Some(i64::MAX)).unwrap();
        assert_eq!((found.runs, found.missing), (1, u64::MAX / 2 - 1));
        assert!(found.is_sparse());
        assert!(!gaps(&[i64::MIN, -1], Some(i64::MIN)).unwrap().any());
    }

    #[test]
    fn rowids_out_of_order_give_nothing() {
        assert!(gaps(&[1, 5, 3], None).is_none());
        assert!(gaps(&[1, 1], None).is_none());
    }

    #[test]
    fn of_many_runs_the_greatest_are_kept_in_order_and_all_are_counted() {
        let rowids: Vec<i64> = (1..100).map(|n| n * 3 + if n > 50 { 40 } else { 0 }).collect();
        let found = gaps(&rowids, None).unwrap();
        assert_eq!((found.runs, found.greatest.len(), found.missing), (99, 32, 99 * 2 + 40));
        assert!(found.greatest.iter().any(|gap| gap.before == Some(150) && gap.missing == 42));
        assert!(found.greatest.windows(2).all(|pair| pair[0].after < pair[1].after));
        let message = found.finding(&mut |rowid| Some(format!("time of {rowid}"))).unwrap().message;
        assert!(message.contains("42 between 150 (time of 150) and 193 (time of 193)"), "{message}");
        assert!(message.contains("83 smaller or equal runs"), "{message}");
    }
}
