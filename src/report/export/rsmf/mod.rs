//! RSMF 2.0, Relativity's short message format, for legal review: mails (RFC 5322) with one attachment, `rsmf.zip`, that holds
//! `rsmf_manifest.json`. The messages are sorted on disk by conversation and time; a conversation is one file, or several where it is long.
//!
//! ```text
//! rsmf/000001-001.rsmf   first conversation, first part
//!      000001-002.rsmf   its next part: same X-RSMF-EventCollectionID
//!      000002-001.rsmf
//! ```

mod mail;
mod manifest;

use super::thread::{thread, thread_of, time};
use super::{Export, Item, Source, Tally, count};
use crate::record::parse_utc;
use crate::report::analysis::sorter::Sorter;
use manifest::Slice;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// Events of a file, and bytes of their records: a viewer opens a file as a whole.
const EVENTS: usize = 10_000;
const BYTES: usize = 16 << 20;

/// The mails, once all messages are known.
pub(super) struct Rsmf {
    folder: PathBuf,
    sorter: Sorter,
    said: mail::Said,
    place: u64,
    /// Number of the conversation whose files are written, and of its next file.
    conversation: u32,
    part: u32,
    tally: Tally,
}

impl Rsmf {
    pub(super) fn new(source: &Source, folder: &Path) -> io::Result<Self> {
        fs::create_dir(folder.join("rsmf"))?;
        Ok(Rsmf {
            folder: folder.to_owned(),
            sorter: Sorter::new(folder),
            said: mail::Said::of(source),
            place: 0,
            conversation: 0,
            part: 1,
            tally: Tally::default(),
        })
    }

    /// Writes a file; nothing for a conversation without messages.
    fn close(&mut self, slice: &Slice) -> io::Result<()> {
        if slice.events() == 0 {
            return Ok(());
        }
        self.conversation += u32::from(self.part == 1);
        let name = format!("{:06}-{:03}.rsmf", self.conversation, self.part);
        self.part += 1;
        let path = Path::new("rsmf").join(name);
        let mut out = BufWriter::new(File::create_new(self.folder.join(&path))?);
        mail::write(&mut out, slice, &self.said)?;
        out.flush()?;
        self.tally.files.push(path);
        Ok(())
    }
}

/// Stands for the moment of a conversation's own record: before every other.
const CONVERSATION: &str = "!";

/// A line that sorts by conversation, its own record first, then by time; messages without one last, in the order of the report.
fn line(thread: &str, moment: &str, place: u64, held: &Value) -> Vec<u8> {
    // A line holds no line end: JSON escapes it, within the name of the thread too.
    format!("{}\u{1f}{moment}\u{1f}{place:020}\u{1f}{held}", Value::from(thread)).into_bytes()
}

/// Text that sorts as the moments do.
fn sortable(utc: &str) -> Option<String> {
    let (moment, _) = parse_utc(utc)?;
    // Seconds since the year 1.
    Some(format!("{:020}.{:09}", moment.seconds + 62_135_596_800, moment.nanos))
}

impl Export for Rsmf {
    fn record(&mut self, item: &Item<'_>) -> io::Result<()> {
        let record = item.record;
        let file = item.source.file(&record["provenance"]["rows"][0]["file"]);
        let held = json!({"record": record, "path": file["path"], "sha256": file["sha256"]});
        self.place += 1;
        match item.kind.name {
            "message" => {
                let moment = time(record).and_then(sortable).unwrap_or_else(|| "~".to_owned());
                self.sorter.push(line(&thread(item), &moment, self.place, &held))?;
                count(&mut self.tally.written, item.kind.plural.to_owned());
            }
            "conversation" => {
                self.sorter.push(line(&thread_of(item, "native_id"), CONVERSATION, self.place, &held))?
            }
            _ => {}
        }
        Ok(())
    }

    fn end(mut self: Box<Self>) -> io::Result<Tally> {
        let sorter = std::mem::replace(&mut self.sorter, Sorter::new(&self.folder));
        let mut slice = Slice::default();
        sorter.sorted(&mut |line| {
            let sorted = Sorted::of(line)?;
            if slice.thread != sorted.thread {
                self.close(&slice)?;
                self.part = 1;
                slice = Slice::of(sorted.thread);
            } else if slice.events() >= EVENTS || slice.bytes() + line.len() > BYTES {
                self.close(&slice)?;
                slice.next();
            }
            if sorted.is_conversation {
                slice.conversation(&sorted.held)
            } else {
                slice.message(&sorted.held, line.len())
            }
            Ok(())
        })?;
        self.close(&slice)?;
        Ok(self.tally)
    }
}

/// A line of the sorter, read back.
struct Sorted {
    thread: String,
    is_conversation: bool,
    held: Value,
}

impl Sorted {
    fn of(line: &[u8]) -> io::Result<Self> {
        let mut parts = line.splitn(4, |byte| *byte == 0x1f);
        let (Some(thread), Some(moment), Some(_), Some(held)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(io::Error::other("a spool of messages was changed"));
        };
        Ok(Sorted {
            thread: serde_json::from_slice(thread)?,
            is_conversation: moment == CONVERSATION.as_bytes(),
            held: serde_json::from_slice(held)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_sort_whatever_their_digits() {
        let moments = [
            "0900-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "2023-11-14T22:13:20Z",
            "2023-11-14T22:13:20.5Z",
        ];
        let sortable: Vec<String> = moments.iter().map(|utc| sortable(utc).unwrap()).collect();
        assert!(sortable.is_sorted(), "{sortable:?}");
        assert!(sortable[3].as_str() < "~" && "!" < sortable[0].as_str());
    }

    #[test]
    fn a_hostile_thread_stays_one_line() {
        let line = line("a\n\u{1f}b", "~", 7, &json!({"body": "x\ny\u{1f}"}));
        assert!(!line.contains(&b'\n'));
        assert_eq!(line.split(|byte| *byte == 0x1f).count(), 4);
    }
}
