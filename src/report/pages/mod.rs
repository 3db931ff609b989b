//! `report.html`: the report for people, offline. The page holds the records as data and a small script shows them; no value of the
//! evidence ever stands in markup.
//!
//! ```text
//! report.json ─ one pass ─► records by kind ────────────────► parts ─┐   part: some hundred records as JSON
//!                  │        messages ─ sorted by thread, time ► parts ├─► report.html                    few records
//!                  │                                         ► index ─┤   report.html + report-parts/*.js  many
//!                  │                                         ► threads┤
//!                  └► entries of the analysis ───────────────► parts ─┘
//! ```
//!
//! Threads are put together by sorting on disk and parts wait in a nameless file, so memory does not grow with the messages.

mod assemble;
mod encode;
mod index;
mod numbering;
mod row;
mod spool;
mod threads;

use super::read;
use super::seal::Hashed;
use assemble::Layout;
use numbering::Numbering;
use serde_json::Value;
use std::io::{self, Read};
use std::path::Path;
use threads::Threads;

/// How a page is written.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Records that stand in one file; of more, the data lies beside it, in `report-parts/`.
    pub single_up_to: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options { single_up_to: 150_000 }
    }
}

/// Bytes of data that stand in one file, however few records they are: a browser holds the whole of a page.
const SINGLE_BYTES: u64 = 400 << 20;

/// Writes `report.html` into a folder, and `report-parts/` where there is much; gives their lines of the hash list.
///
/// # Errors
/// Where the report cannot be read, or the page exists or cannot be written.
pub fn write(report: impl Read, folder: &Path, options: &Options) -> io::Result<Vec<String>> {
    let mut report = Hashed::new(report);
    let spool = spool::PartSpool::new(folder)?;
    let (mut numbering, mut entries) = (Numbering::new(spool), spool::Lists::new(folder)?);
    let mut threads = Threads::new(folder);
    let mut failed = Ok(());
    let mut entries_failed = Ok(());
    let head = read::everything(
        &mut report,
        &mut |plural, record| {
            if failed.is_ok() {
                failed = keep(&mut numbering, &mut threads, plural, &record);
            }
            failed.is_ok()
        },
        &mut |list, entry| {
            if entries_failed.is_ok() {
                entries_failed = entries.push(list, entry);
            }
        },
    );
    failed?;
    entries_failed?;
    let head = head?;
    threads.number(&mut numbering)?;
    let sha256 = report.sha256();
    let numbered = numbering.end()?;
    let is_single = numbered.records() <= options.single_up_to && numbered.bytes() <= SINGLE_BYTES;
    Layout { head: &head, sha256: &sha256, is_single }.write(numbered, entries.end()?, folder)
}

/// Messages wait for the conversations, which come behind them; all other records are numbered as they come.
fn keep(numbering: &mut Numbering, threads: &mut Threads, plural: &str, record: &Value) -> io::Result<()> {
    match plural {
        "messages" => threads.message(record),
        _ => {
            if plural == "conversations" {
                threads.conversation(record)?;
            }
            numbering.record(plural, record, &row::Row::of(plural, record))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SPLIT: Options = Options { single_up_to: 1 };

    fn message(id: &str, conversation: &str, utc: Option<&str>) -> Value {
        json!({"id": id, "service": "s", "state": "live", "conversation": conversation, "sent_at": {"utc": utc},
            "provenance": {"rows": [{"file": 0}]}})
    }

    fn report(analysis: &str) -> String {
        let messages = json!([
            message("later", "b", Some("2023-01-02T00:00:00Z")),
            message("unknown", "b", None),
            message("other", "a", Some("2024-01-01T00:00:00Z")),
            message("before", "b", Some("1969-01-01T00:00:00Z"))
        ]);
        let named = json!({"id": "named", "native_id": "b", "name": "Bee", "state": "live", "provenance": {"rows": [{"file": 0}]}});
        format!(
            r#"{{"format": {{"name": "affiant-report"}}, "messages": {messages}, "conversations": [{named}], "analysis": {analysis}}}"#
        )
    }

    fn written(report: &str, options: &Options) -> (tempfile::TempDir, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let lines = write(report.as_bytes(), folder.path(), options).unwrap();
        let names = lines.iter().map(|line| line.trim_end().split_once("  ").unwrap().1.to_owned()).collect();
        (folder, names)
    }

    #[test]
    fn messages_lie_by_thread_and_time_and_a_conversation_names_its_thread() {
        let (folder, names) = written(&report("{}"), &SPLIT);
        assert_eq!(names[0], "report.html");
        let records = std::fs::read_to_string(folder.path().join("report-parts/records-00000.js")).unwrap();
        let places =
            ["other", "before", "later", "unknown"].map(|id| records.find(&format!("\\\"{id}\\\"")).unwrap());
        assert!(places.is_sorted(), "{places:?}");
        let threads = std::fs::read_to_string(folder.path().join("report-parts/threads-00000.js")).unwrap();
        assert!(threads.contains("Bee"), "{threads}");
    }

    #[test]
    fn the_name_of_a_list_cannot_lead_out_of_the_folder() {
        let (folder, names) = written(&report(r#"{"../../Out\"><script>": [1]}"#), &SPLIT);
        assert!(names.contains(&"report-parts/analysis-utscript-00000.js".to_owned()), "{names:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_page_is_never_written_over_another() {
        let (folder, names) = written(&report("{}"), &Options::default());
        assert_eq!(names, ["report.html"]);
        assert!(write(report("{}").as_bytes(), folder.path(), &Options::default()).is_err());
    }

    #[test]
    fn what_is_no_report_makes_no_page() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "{}", r#"{"messages": [7]}"#] {
            assert!(write(text.as_bytes(), folder.path(), &Options::default()).is_err(), "{text}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
