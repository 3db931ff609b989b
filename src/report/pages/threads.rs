//! Messages by thread and time. A thread is a conversation of one file, by its native identifier; where a message names none, its
//! parties stand for it.

use super::numbering::Numbering;
use super::row::{Party, Row, text};
use crate::report::sorter::Sorter;
use serde_json::{Map, Value, json};
use std::io;
use std::path::Path;

/// Bytes that are sorted in memory.
const IN_MEMORY: usize = 32 << 20;
/// Parties of a thread that its line names.
const NAMED: usize = 12;

/// Gathers messages, and the conversations that name their threads.
pub(super) struct Threads {
    lines: Sorter,
    place: u64,
}

impl Threads {
    pub(super) fn new(folder: &Path) -> Self {
        Threads { lines: Sorter::with_limit(folder, IN_MEMORY), place: 0 }
    }

    pub(super) fn message(&mut self, record: &Value) -> io::Result<()> {
        let row = Row::of("messages", record);
        let key = match text(&record["conversation"]) {
            conversation if !conversation.is_empty() => json!({"conversation": conversation}),
            _ => json!({"service": text(&record["service"]), "parties": addresses(&row)}),
        };
        // What has no time stands behind what has one.
        let moment =
            row.time.map_or_else(|| "~".to_owned(), |(moment, _)| format!("{:020}", shifted(moment)));
        self.push(record, &key, ('m', &moment), &record.to_string())
    }

    pub(super) fn conversation(&mut self, record: &Value) -> io::Result<()> {
        let key = json!({"conversation": text(&record["native_id"])});
        let parties = record["participants"].as_array().into_iter().flatten().take(NAMED);
        let about = json!({
            "id": record["id"], "name": text(&record["name"]), "type": text(&record["type"]),
            "parties": parties.map(|party| [text(&party["address"]), text(&party["name"])]).collect::<Vec<_>>(),
        });
        // Of several versions the live one names the thread.
        let order = if record["state"] == "live" { "0" } else { "1" };
        self.push(record, &key, ('c', order), &about.to_string())
    }

    fn push(
        &mut self,
        record: &Value,
        key: &Value,
        (kind, order): (char, &str),
        value: &str,
    ) -> io::Result<()> {
        self.place += 1;
        let file = record["provenance"]["rows"][0]["file"].as_u64().unwrap_or(u64::MAX);
        // JSON holds no raw control character, so the separator stands in no part.
        let line =
            format!("{file:020}\u{1f}{key}\u{1f}{kind}\u{1f}{order}\u{1f}{:020}\u{1f}{value}", self.place);
        self.lines.push(line.into_bytes())
    }

    /// Numbers all messages, thread by thread.
    pub(super) fn number(self, numbering: &mut Numbering) -> io::Result<()> {
        let mut thread = Thread::default();
        self.lines.sorted(&mut |line| {
            let Some((group, kind, value)) = parts(line) else {
                return Err(io::Error::other("a line of a thread cannot be read back"));
            };
            if group != thread.group {
                std::mem::take(&mut thread).tell(numbering)?;
                thread = Thread::new(group);
            }
            match kind {
                "c" => thread.conversations.push(value),
                _ => thread.see(numbering, &value)?,
            }
            Ok(())
        })?;
        thread.tell(numbering)
    }
}

/// A moment as a number that sorts as text: moments before 1970 too.
fn shifted(moment: i64) -> i128 {
    i128::from(moment) - i128::from(i64::MIN)
}

/// The addresses of the parties but the owner's, sorted.
fn addresses(row: &Row) -> Vec<&str> {
    let mut addresses: Vec<&str> = row
        .from
        .iter()
        .chain(&row.to)
        .filter(|party| !party.is_owner)
        .map(|party| if party.address.is_empty() { party.name.as_str() } else { party.address.as_str() })
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

fn parts(line: &[u8]) -> Option<(String, &str, Value)> {
    let mut parts = std::str::from_utf8(line).ok()?.splitn(6, '\u{1f}');
    let group = format!("{}\u{1f}{}", parts.next()?, parts.next()?);
    let kind = parts.next()?;
    Some((group, kind, serde_json::from_str(parts.nth(2)?).ok()?))
}

/// One thread while its messages go by.
#[derive(Default)]
struct Thread {
    group: String,
    /// Conversation records that name it, the live one first.
    conversations: Vec<Value>,
    first: Option<u64>,
    messages: u64,
    from: Option<i64>,
    to: Option<i64>,
    services: Map<String, Value>,
    states: Map<String, Value>,
    parties: Vec<Party>,
    more_parties: bool,
}

impl Thread {
    fn new(group: String) -> Self {
        Thread { group, ..Thread::default() }
    }

    fn see(&mut self, numbering: &mut Numbering, record: &Value) -> io::Result<()> {
        self.first.get_or_insert(numbering.next());
        self.messages += 1;
        let row = Row::of("messages", record);
        if let Some((moment, _)) = row.time {
            self.from = Some(self.from.map_or(moment, |from| from.min(moment)));
            self.to = Some(self.to.map_or(moment, |to| to.max(moment)));
        }
        for (counts, name) in [(&mut self.services, "service"), (&mut self.states, "state")] {
            let count = counts.entry(text(&record[name])).or_insert(json!(0));
            *count = (count.as_u64().unwrap_or(0) + 1).into();
        }
        for party in row.from.iter().chain(&row.to).filter(|party| !party.is_owner) {
            self.name(party);
        }
        numbering.record("messages", record, &row)
    }

    fn name(&mut self, party: &Party) {
        let is_full = self.parties.len() >= NAMED;
        match self.parties.iter_mut().find(|known| known.address == party.address) {
            Some(known) if known.name.is_empty() => known.name.clone_from(&party.name),
            Some(_) => {}
            None if is_full => self.more_parties = true,
            None => self.parties.push(party.clone()),
        }
    }

    fn tell(self, numbering: &mut Numbering) -> io::Result<()> {
        // A conversation without a message is a record of its own, and no thread.
        let Some(first) = self.first else { return Ok(()) };
        let (file, key) = self.group.split_once('\u{1f}').unwrap_or(("", ""));
        let key: Value = serde_json::from_str(key).unwrap_or(Value::Null);
        let parties: Vec<_> = self.parties.iter().map(|party| [&party.address, &party.name]).collect();
        numbering.thread(&json!({
            "first": first, "count": self.messages, "from": self.from, "to": self.to,
            "file": file.parse::<u64>().ok(), "conversation": key["conversation"],
            "named_by": self.conversations.first(), "services": self.services, "states": self.states,
            "parties": parties, "more_parties": self.more_parties,
        }))
    }
}
