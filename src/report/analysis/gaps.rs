//! Gaps: spans in which a thread is silent against its own rhythm, numbers that are missing, threads of one side.

use super::Entries;
use super::rules::{LISTED, ONE_SIDED, RHYTHM_MESSAGES, SILENT_MS, SILENT_TIMES};
use super::seen::{Seen, key, sortable, unsorted, written};
use crate::report::sorter::Sorter;
use serde_json::{Value, json};
use std::io;
use std::path::Path;

/// Gathers messages by thread and device, and native identifiers by sheet.
pub(super) struct Gaps {
    threads: Sorter,
    numbers: Sorter,
    out: Entries,
}

impl Gaps {
    pub(super) fn new(folder: &Path) -> Self {
        Gaps { threads: Sorter::new(folder), numbers: Sorter::new(folder), out: Entries(Sorter::new(folder)) }
    }

    pub(super) fn see(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        if seen.is_older_version() {
            return Ok(());
        }
        let row = seen.row();
        let number = seen.native_id.text().and_then(|text| text.parse::<i64>().ok());
        if let (Some(number), None) = (number, row.page) {
            let first = row.path.as_deref().and_then(|path| path.split('/').nth(1));
            let sheet = row.table.as_deref().or(first).unwrap_or("");
            let about = json!([seen.id, seen.artifact, row.file, sheet, seen.place]);
            let place = key(&[&seen.artifact, &row.file.to_string(), sheet]);
            self.numbers.push(format!("{place}\u{1f}{}\u{1f}{about}", sortable(number)).into_bytes())?;
        }
        self.thread(seen)
    }

    fn thread(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let addresses = seen.addresses();
        let thread = match seen.conversation.text() {
            Some(conversation) => json!({"conversation": conversation}),
            None if addresses.is_empty() => return Ok(()),
            None => json!({"parties": addresses}),
        };
        let (device, direction) = (seen.device(), seen.direction.text().unwrap_or(""));
        let group =
            key(&[seen.service(), &device.to_string(), &seen.row().file.to_string(), &thread.to_string()]);
        let about = json!([seen.id, seen.service(), device, thread, direction, seen.place]);
        let moment = seen.moment().map_or_else(|| "-".to_owned(), sortable);
        self.threads.push(format!("{group}\u{1f}{moment}\u{1f}{about}").into_bytes())
    }

    pub(super) fn entries(self) -> io::Result<Entries> {
        let Gaps { threads, numbers, mut out } = self;
        let mut thread = Thread::default();
        threads.sorted(&mut |line| {
            let Some((group, moment, about)) = parts(line) else { return Ok(()) };
            if group != thread.group {
                std::mem::take(&mut thread).tell(&mut out)?;
                group.clone_into(&mut thread.group);
            }
            thread.see(unsorted(moment), about);
            Ok(())
        })?;
        thread.tell(&mut out)?;
        let mut sheet = Sheet::default();
        numbers.sorted(&mut |line| {
            let Some((group, number, about)) = parts(line) else { return Ok(()) };
            if group != sheet.group {
                std::mem::take(&mut sheet).tell(&mut out)?;
                group.clone_into(&mut sheet.group);
            }
            if let Some(number) = unsorted(number) {
                sheet.see(number, about);
            }
            Ok(())
        })?;
        sheet.tell(&mut out)?;
        Ok(out)
    }
}

fn parts(line: &[u8]) -> Option<(&str, &str, Value)> {
    let mut parts = std::str::from_utf8(line).ok()?.splitn(3, '\u{1f}');
    Some((parts.next()?, parts.next()?, serde_json::from_str(parts.next()?).ok()?))
}

/// A message of a thread.
#[derive(Debug, Clone, Default)]
struct Mark {
    moment: i64,
    id: String,
    place: u64,
}

/// One thread on one device, seen message by message in the order of their times.
#[derive(Default)]
struct Thread {
    group: String,
    about: Value,
    messages: u64,
    first: Option<Mark>,
    last: Option<Mark>,
    /// The direction that all have; `None` once two differ.
    direction: Option<String>,
    mixed: bool,
    spans: Spans,
    longest: Vec<(i64, Mark, Mark)>,
}

impl Thread {
    fn see(&mut self, moment: Option<i64>, about: Value) {
        let text = |at: usize| about.get(at).and_then(Value::as_str).unwrap_or("").to_owned();
        let place = about.get(5).and_then(Value::as_u64).unwrap_or(0);
        let direction = text(4);
        self.mixed |=
            direction.is_empty() || self.direction.as_ref().is_some_and(|known| *known != direction);
        self.direction = Some(direction);
        self.messages += 1;
        let mark = Mark { moment: moment.unwrap_or(i64::MIN), id: text(0), place };
        self.about = about;
        if self.first.is_none() {
            self.first = Some(mark.clone());
        }
        if let (Some(now), Some(before)) = (moment, self.last.clone().filter(|last| last.moment != i64::MIN))
        {
            let span = now.saturating_sub(before.moment);
            self.spans.add(span);
            self.keep(span, before, mark.clone());
        }
        self.last = Some(mark);
    }

    /// Keeps the longest spans.
    fn keep(&mut self, span: i64, before: Mark, after: Mark) {
        if span <= SILENT_MS {
            return;
        }
        self.longest.push((span, before, after));
        if self.longest.len() > 2 * LISTED {
            self.longest.sort_by(|a, b| (b.0, a.1.place).cmp(&(a.0, b.1.place)));
            self.longest.truncate(LISTED);
        }
    }

    fn tell(mut self, out: &mut Entries) -> io::Result<()> {
        let about = |name: usize| self.about.get(name).cloned().unwrap_or(Value::Null);
        let (service, device, thread) = (about(1), about(2), about(3));
        if let (Some(first), Some(last)) = (&self.first, &self.last)
            && !self.mixed
            && self.messages >= ONE_SIDED
        {
            let entry = json!({"rule": "one-sided", "service": service, "device": device, "thread": thread,
                "direction": self.direction, "messages": self.messages, "records": [first.id, last.id]});
            out.push(first.place, &entry)?;
        }
        let Some(usual) = self.spans.nine_in_ten().filter(|_| self.messages >= RHYTHM_MESSAGES) else {
            return Ok(());
        };
        self.longest.sort_by(|a, b| (b.0, a.1.place).cmp(&(a.0, b.1.place)));
        let silent = self.longest.iter().filter(|(span, ..)| *span > usual.saturating_mul(SILENT_TIMES));
        for (span, before, after) in silent.take(LISTED) {
            let entry = json!({"rule": "silent-span", "service": service, "device": device, "thread": thread,
                "from": written(before.moment), "to": written(after.moment), "seconds": span / 1_000,
                "nine_in_ten_below_s": usual / 1_000, "messages": self.messages, "records": [before.id, after.id]});
            out.push(before.place, &entry)?;
        }
        Ok(())
    }
}

/// How many spans there are of each length, in steps of an eighth of an octave: as exact as a rhythm needs, in fixed memory.
#[derive(Default)]
struct Spans {
    steps: std::collections::BTreeMap<u32, u64>,
    count: u64,
}

impl Spans {
    fn add(&mut self, span: i64) {
        *self.steps.entry(step(span)).or_insert(0) += 1;
        self.count += 1;
    }

    /// A length that nine in ten spans stay below.
    fn nine_in_ten(&self) -> Option<i64> {
        let wanted = self.count.saturating_mul(9).div_ceil(10);
        let mut sum = 0;
        for (step, count) in &self.steps {
            sum += count;
            if sum >= wanted && sum > 0 {
                return Some(upper(*step));
            }
        }
        None
    }
}

fn step(span: i64) -> u32 {
    let span = u64::try_from(span).unwrap_or(0);
    let octave = span.checked_ilog2().unwrap_or(0);
    let eighth = if octave >= 3 { (span >> (octave - 3)) & 7 } else { 0 };
    octave * 8 + u32::try_from(eighth).unwrap_or(0)
}

/// The length that the spans of a step stay below.
fn upper(step: u32) -> i64 {
    let (octave, eighth) = (step / 8, u128::from(step % 8));
    let upper = if octave >= 3 { (eighth + 9) << (octave - 3) } else { 2_u128 << octave };
    i64::try_from(upper).unwrap_or(i64::MAX)
}

/// The native identifiers of one sheet, seen in order.
#[derive(Default)]
struct Sheet {
    group: String,
    about: Value,
    last: Option<(i64, String, u64)>,
    /// Identifiers that differ from the one before, and those of them that follow it directly.
    steps: u64,
    direct: u64,
    holes: Vec<(i64, i64, [String; 2], u64)>,
    more: u64,
}

impl Sheet {
    fn see(&mut self, number: i64, about: Value) {
        let id = about.get(0).and_then(Value::as_str).unwrap_or("").to_owned();
        let place = about.get(4).and_then(Value::as_u64).unwrap_or(0);
        if let Some((before, before_id, before_place)) = &self.last {
            let missing = number.abs_diff(*before).saturating_sub(1);
            self.steps += u64::from(number != *before);
            self.direct += u64::from(number.abs_diff(*before) == 1);
            if missing > 0 {
                let hole = (before + 1, number - 1, [before_id.clone(), id.clone()], *before_place);
                if self.holes.len() < LISTED { self.holes.push(hole) } else { self.more += 1 }
            }
        }
        self.last = Some((number, id, place));
        self.about = about;
    }

    fn tell(self, out: &mut Entries) -> io::Result<()> {
        // Identifiers that mostly do not follow each other were not counted one by one.
        if self.direct.saturating_mul(2) < self.steps {
            return Ok(());
        }
        let about = |name: usize| self.about.get(name).cloned().unwrap_or(Value::Null);
        for (from, to, records, place) in &self.holes {
            let entry = json!({"rule": "sequence-hole", "artifact": about(1), "file": about(2), "sheet": about(3),
                "first_missing": from, "last_missing": to, "missing": to.abs_diff(*from) + 1, "records": records});
            out.push(*place, &entry)?;
        }
        if let (true, Some((_, _, _, place))) = (self.more > 0, self.holes.last()) {
            let entry = json!({"rule": "sequence-hole", "artifact": about(1), "file": about(2), "sheet": about(3),
                "more": self.more, "records": []});
            out.push(*place, &entry)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_in_ten_spans_stay_below_what_is_said() {
        let mut spans = Spans::default();
        (1..=1_000).for_each(|span| spans.add(span * 1_000));
        let usual = spans.nine_in_ten().unwrap();
        assert!((900_000..=1_024_000).contains(&usual), "{usual}");
        for span in [0, 1, 7, 8, 9, 1_000, 86_400_000, i64::MAX / 2] {
            assert!(upper(step(span)) > span, "{span}");
        }
    }
}
