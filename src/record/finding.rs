//! Findings: everything odd or unreadable, with a place.

use serde::Serialize;
use std::collections::BTreeMap;

/// Something odd or unreadable that the run met and went on from.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, Default)]
pub struct Finding {
    /// Stable kebab-case name.
    pub code: String,
    /// `true`: some evidence could not be read (exit status 1); `false`: an observation.
    pub loss: bool,
    /// One sentence: what was read, what was expected, what was found.
    pub message: String,
    /// Id of the file in `files`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<usize>,
    /// Device path or member name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The definition that was being run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact: Option<String>,
    /// The table, or the path of the element, that was being read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rowid: Option<i64>,
    /// Field or column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// `main`, `wal`, `journal`: the file that page and offset count in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'static str>,
    /// Page, for formats that have pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Bytes from the start of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How many more of the same code stand in this file and table, not listed one by one.
    #[serde(skip_serializing_if = "is_zero")]
    pub more: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Findings of one file, in the order in which they were met. Of one code in one table the first are listed and the rest are
/// counted, so that a file of a million broken rows does not make a report of a million findings.
#[derive(Debug, Default)]
pub struct Findings {
    list: Vec<Finding>,
    seen: BTreeMap<Group, (usize, u64)>,
}

/// Code, definition and table.
type Group = (String, Option<String>, Option<String>);

/// How many findings of one code in one table are listed.
const LISTED: u64 = 50;

impl Findings {
    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        let key = (finding.code.clone(), finding.artifact.clone(), finding.table.clone());
        let (last, count) = self.seen.entry(key).or_insert((self.list.len(), 0));
        *count += 1;
        if *count > LISTED {
            if let Some(listed) = self.list.get_mut(*last) {
                listed.more += 1;
            }
            return;
        }
        *last = self.list.len();
        self.list.push(finding);
    }

    /// All of them.
    pub fn into_vec(self) -> Vec<Finding> {
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_one_code_is_counted_and_not_listed() {
        let mut findings = Findings::default();
        for rowid in 0..60 {
            findings.push(Finding { code: "x".into(), rowid: Some(rowid), ..Finding::default() });
        }
        findings.push(Finding { code: "y".into(), ..Finding::default() });
        let list = findings.into_vec();
        assert_eq!(list.len(), 51);
        assert_eq!(list[49].more, 10);
        assert_eq!(list[50].code, "y");
    }
}
