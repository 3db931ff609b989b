//! Duplicates: every occurrence stays a record of its own; here they are grouped, with the reason why they count as the same.

use super::Entries;
use super::rules::{LISTED, SAME_WITHIN_MS};
use super::seen::{Seen, key, sortable, unsorted};
use crate::report::sorter::Sorter;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// One occurrence, as it is sorted: `rule US key US order US place US native id US row US id US detail`.
#[derive(Debug, Clone)]
struct Occurrence {
    order: i64,
    place: u64,
    native_id: String,
    row: String,
    id: String,
    detail: String,
}

/// Gathers messages and groups those that count as the same.
pub(super) struct Duplicates {
    by_key: Sorter,
    out: Entries,
}

const SAME_ID: &str = "same-native-id";
const SAME_TEXT: &str = "same-text-parties-time";
const OTHER_CONTENT: &str = "same-native-id-other-content";

impl Duplicates {
    pub(super) fn new(folder: &Path) -> Self {
        Duplicates { by_key: Sorter::new(folder), out: Entries(Sorter::new(folder)) }
    }

    pub(super) fn see(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        if seen.is_older_version() {
            return Ok(());
        }
        let (sender, recipients) =
            (seen.sender_address().unwrap_or_default(), seen.recipient_addresses().join("\n"));
        let direction = seen.direction.text().unwrap_or("");
        let others = seen.addresses().join("\n");
        let parties = [seen.service(), &sender, &recipients, &others, direction];
        let native_id = seen.native_id.text().unwrap_or("");
        let text = seen.text_key();
        let content = key(&[&parties[..], &[text.as_deref().unwrap_or("")]].concat());
        if !native_id.is_empty() && text.is_some() {
            self.push(seen, (SAME_ID, key(&[&content, native_id])), (0, native_id, ""))?;
        }
        let row = seen.row();
        let sheet = row.path.as_deref().and_then(|path| path.split('/').nth(1)).unwrap_or("");
        if !native_id.is_empty() && row.rowid.is_none() && row.table.is_none() {
            let place = key(&[&seen.artifact, &row.file.to_string(), sheet, native_id]);
            self.push(seen, (OTHER_CONTENT, place), (0, native_id, &content))?;
        }
        match (text, seen.moment()) {
            (Some(_), Some(moment)) if !others.is_empty() => {
                self.push(seen, (SAME_TEXT, content), (moment, native_id, ""))
            }
            _ => Ok(()),
        }
    }

    fn push(
        &mut self,
        seen: &Seen<'_>,
        (rule, key): (&str, String),
        (order, native_id, detail): (i64, &str, &str),
    ) -> io::Result<()> {
        let fields = json!([native_id, seen.row_identity(), seen.id, detail]);
        let line =
            format!("{rule}\u{1f}{key}\u{1f}{}\u{1f}{:020}\u{1f}{fields}", sortable(order), seen.place);
        self.by_key.push(line.into_bytes())
    }

    pub(super) fn entries(self) -> io::Result<Entries> {
        let Duplicates { by_key, mut out } = self;
        let (mut current, mut group): (String, Vec<Occurrence>) = (String::new(), Vec::new());
        let mut total = 0_u64;
        by_key.sorted(&mut |line| {
            let Some((group_key, occurrence)) = read(line) else { return Ok(()) };
            let near =
                group.last().is_none_or(|last| occurrence.order.saturating_sub(last.order) <= SAME_WITHIN_MS);
            if group_key != current || !near {
                tell(&current, &group, total, &mut out)?;
                group.clear();
                total = 0;
                current = group_key;
            }
            total += 1;
            // The bound keeps one text that was sent a million times from filling memory; the last is kept for its time.
            if group.len() > LISTED {
                group.pop();
            }
            group.push(occurrence);
            Ok(())
        })?;
        tell(&current, &group, total, &mut out)?;
        Ok(out)
    }
}

fn read(line: &[u8]) -> Option<(String, Occurrence)> {
    let line = std::str::from_utf8(line).ok()?;
    let mut parts = line.splitn(5, '\u{1f}');
    let key = format!("{}\u{1f}{}", parts.next()?, parts.next()?);
    let (order, place) = (unsorted(parts.next()?)?, parts.next()?.parse().ok()?);
    let [native_id, row, id, detail]: [String; 4] = serde_json::from_str(parts.next()?).ok()?;
    Some((key, Occurrence { order, place, native_id, row, id, detail }))
}

/// Tells a group, if it is one.
fn tell(key: &str, group: &[Occurrence], total: u64, out: &mut Entries) -> io::Result<()> {
    let (rule, _) = key.split_once('\u{1f}').unwrap_or((key, ""));
    let mut rows = BTreeSet::new();
    let listed: Vec<&Occurrence> = group.iter().filter(|one| rows.insert(one.row.as_str())).collect();
    let Some(first) = listed.iter().map(|one| one.place).min().filter(|_| listed.len() > 1) else {
        return Ok(());
    };
    let differ =
        |of: fn(&Occurrence) -> &str| listed.iter().map(|one| of(one)).collect::<BTreeSet<_>>().len() > 1;
    let tells = match rule {
        // One identifier for all is the other rule's.
        SAME_TEXT => differ(|one| &one.native_id) || listed.iter().all(|one| one.native_id.is_empty()),
        OTHER_CONTENT => differ(|one| &one.detail),
        _ => true,
    };
    if !tells {
        return Ok(());
    }
    let mut records: Vec<(u64, &str)> = listed.iter().map(|one| (one.place, one.id.as_str())).collect();
    records.sort_unstable();
    let ids: Vec<&str> = records.iter().take(LISTED).map(|(_, id)| *id).collect();
    let more = total.saturating_sub(group.len() as u64) + records.len().saturating_sub(LISTED) as u64;
    out.push(first, &entry(rule, (&ids, more), &listed))
}

fn entry(rule: &str, (ids, more): (&[&str], u64), listed: &[&Occurrence]) -> Value {
    let mut entry =
        json!({"rule": rule, "kind": "message", "occurrences": ids.len() as u64 + more, "records": ids});
    let Some(members) = entry.as_object_mut() else { return entry };
    if let Some(first) = listed.first().filter(|_| rule != SAME_TEXT) {
        members.insert("native_id".to_owned(), first.native_id.clone().into());
    }
    if let (SAME_TEXT, Some(first), Some(last)) = (rule, listed.first(), listed.last()) {
        let span = last.order.saturating_sub(first.order);
        members.insert("span_s".to_owned(), (span as f64 / 1_000.0).into());
    }
    if more > 0 {
        members.insert("more".to_owned(), more.into());
    }
    entry
}
