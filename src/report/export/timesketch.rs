//! Timesketch: JSON Lines, one event for each time of each record, as *Import timeline data* of its documentation asks: `message`,
//! `datetime` (ISO 8601 with its offset), `timestamp_desc`, `timestamp` in microseconds, and further fields.

use super::columns::{Form, Layout};
use super::reading::{member, shown, shown_all, text};
use super::row::{Cell, Row};
use super::{Export, Item, Tally, count};
use crate::record::parse_utc;
use serde_json::{Map, Value};
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

const NAME: &str = "timesketch.jsonl";
/// Characters of the line that people read; the body stands whole beside it.
const LINE: usize = 1_000;
const LOCAL: &str = "a local time whose zone is not known: it has no moment, so no event";

/// The file.
pub(super) struct Timesketch {
    out: BufWriter<File>,
    layouts: Vec<Layout>,
    tally: Tally,
}

impl Timesketch {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let out = BufWriter::with_capacity(1 << 18, File::create_new(folder.join(NAME))?);
        Ok(Timesketch {
            out,
            layouts: Vec::new(),
            tally: Tally { files: vec![NAME.into()], ..Tally::default() },
        })
    }
}

impl Timesketch {
    /// Writes an event; nothing for a time that has no moment.
    fn event(&mut self, item: &Item<'_>, (path, time): (&str, &Value), said: &Said) -> io::Result<()> {
        let Some((moment, _)) = time["utc"].as_str().and_then(parse_utc) else {
            if member(time, "unit").ends_with("_local") {
                count(&mut self.tally.lost, LOCAL);
            }
            return Ok(());
        };
        let utc = moment.to_string();
        let micros = moment.seconds * 1_000_000 + i64::from(moment.nanos / 1_000);
        let own: [(&str, Value); 9] = [
            ("message", said.line.as_str().into()),
            ("datetime", format!("{}+00:00", utc.trim_end_matches('Z')).into()),
            ("timestamp_desc", described(item, path).into()),
            ("timestamp", micros.into()),
            ("data_type", format!("affiant:{}", item.kind.name).into()),
            ("timestamp_field", path.into()),
            ("timestamp_raw", member(time, "raw").into()),
            ("timestamp_unit", member(time, "unit").into()),
            ("report_sha256", item.source.sha256.as_str().into()),
        ];
        let mut event: Map<String, Value> =
            own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        event.extend(said.fields.clone());
        serde_json::to_writer(&mut self.out, &event)?;
        self.out.write_all(b"\n")?;
        count(&mut self.tally.written, "events".to_owned());
        Ok(())
    }
}

/// What all events of a record say.
struct Said {
    line: String,
    fields: Map<String, Value>,
}

impl Export for Timesketch {
    fn record(&mut self, item: &Item<'_>) -> io::Result<()> {
        let mut times = Vec::new();
        for (name, value) in item.record.as_object().into_iter().flatten() {
            if !matches!(name.as_str(), "raw" | "provenance") {
                find(name.trim_start_matches("extra"), value, &mut times);
            }
        }
        if times.is_empty() {
            return Ok(());
        }
        if !self.layouts.iter().any(|layout| layout.kind == item.kind) {
            self.layouts.push(Layout::of(item.kind));
        }
        let layout = self.layouts.iter().find(|layout| layout.kind == item.kind);
        let fields = layout.map_or_else(Map::new, |layout| fields(layout, item));
        let said = Said { line: summary(item), fields };
        times.iter().try_for_each(|(path, time)| self.event(item, (path, time), &said))
    }

    fn end(mut self: Box<Self>) -> io::Result<Tally> {
        self.out.flush()?;
        Ok(self.tally)
    }
}

/// Every time in a value, with its path.
fn find<'v>(path: &str, value: &'v Value, times: &mut Vec<(String, &'v Value)>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(members) if members.contains_key("utc") && members.contains_key("unit") => {
            times.push((path.to_owned(), value));
        }
        Value::Object(members) => members.iter().for_each(|(name, value)| find(&below(name), value, times)),
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(at, value)| find(&below(&at.to_string()), value, times));
        }
        _ => {}
    }
}

/// The cells that hold something, but for those whose JSON no timeline shows. One name has one type in every kind.
fn fields(layout: &Layout, item: &Item<'_>) -> Map<String, Value> {
    let row = Row::of(layout, item);
    let mut fields = Map::new();
    for (column, cell) in layout.columns.iter().zip(row.cells(layout)) {
        let left_out = matches!(column.name.as_str(), "provenance" | "extra" | "raw");
        let value = match (&cell, column.form()) {
            _ if left_out => continue,
            (Cell::Bool(value), _) => Value::from(*value),
            (Cell::Integer(value), _) => Value::from(*value),
            (Cell::Number(value), _) => Value::from(*value),
            // A text that looks like a date may decide the type of its field in the index.
            (_, Form::Moment) => continue,
            (cell, _) => match cell.text() {
                Some(text) => Value::from(text.into_owned()),
                None => continue,
            },
        };
        let name = if column.name == "id" { "record_id" } else { column.name.as_str() };
        fields.insert(name.to_owned(), value);
    }
    fields
}

/// `Message sent`, `Call started`, `Message reactions.0.at`.
fn described(item: &Item<'_>, path: &str) -> String {
    let kind = super::xlsx::title(item.kind.name);
    format!("{kind} {}", path.trim_end_matches("_at").replace('_', " "))
}

/// One line for people.
fn summary(item: &Item<'_>) -> String {
    let record = item.record;
    let service = member(record, "service");
    let kind = item.kind.name.replace('_', " ");
    let mut line = if service.is_empty() { kind } else { format!("{service} {kind}") };
    if record["state"] != "live" {
        line.push_str(&format!(" [{}]", member(record, "state")));
    }
    if !record["certainty"].is_null() {
        line.push_str(&format!(" [{}]", member(record, "certainty")));
    }
    for name in ["direction", "type", "status"] {
        line.extend(text(&record[name]).map(|(text, _)| format!(" {text}")));
    }
    match item.kind.name {
        "message" => {
            line.push_str(&format!(
                " from {} to {}: ",
                shown(&record["sender"]),
                shown_all(&record["recipients"])
            ));
            line.push_str(&member(record, "body"));
        }
        "call" => line.push_str(&format!(" with {}", shown(&record["counterparty"]))),
        _ => {
            let names =
                ["field", "kind", "value", "name", "display_name", "identifier", "native_id", "ssid", "body"];
            let said = names.iter().map(|name| member(record, name)).filter(|text| !text.is_empty());
            line.push_str(&format!(": {}", said.collect::<Vec<_>>().join(" ")));
        }
    }
    if line.chars().count() > LINE {
        line = line.chars().take(LINE).chain(['…']).collect();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::kinds::KINDS;
    use std::collections::BTreeMap;

    #[test]
    fn a_name_has_one_type_in_every_kind() {
        let mut forms: BTreeMap<String, Form> = BTreeMap::new();
        let text = |form| if form == Form::Json { Form::Text } else { form };
        for column in KINDS.iter().flat_map(|kind| Layout::of(kind).columns) {
            let form = text(column.form());
            assert_eq!(*forms.entry(column.name.clone()).or_insert(form), form, "{}", column.name);
        }
    }

    #[test]
    fn every_time_is_found_where_it_stands() {
        let value = serde_json::json!([{"at": {"utc": "x", "raw": 1, "unit": "unix_s"}}, {"at": null}]);
        let mut times = Vec::new();
        find("reactions", &value, &mut times);
        assert_eq!(times.len(), 1);
        assert_eq!(times[0].0, "reactions.0.at");
    }
}
