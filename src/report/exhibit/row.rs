//! A record as a row of the schedule: everything that is said of it, as runs of plain text.

use super::moment::{Zone, first_time, moment, times};
use super::plain::{Plain, is_right_to_left, stored};
use super::select::Candidate;
use crate::record::Redacted;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Fields that have columns of their own.
const ELSEWHERE: &[&str] = &[
    "id",
    "artifact",
    "service",
    "state",
    "certainty",
    "extra",
    "raw",
    "provenance",
    "sender",
    "recipients",
    "participants",
    "counterparty",
    "direction",
    "native_id",
    "conversation",
];

/// Lines of a row that is kept on one page: a page holds some 45.
const LINES: usize = 36;
/// The cells of a row, and characters that a line of each holds for certain.
const CELLS: &[(&str, usize)] = &[("times", 30), ("from", 18), ("to", 18), ("content", 36), ("source", 22)];

/// Makes rows.
#[derive(Debug)]
pub(super) struct Rows<'r> {
    pub(super) zone: &'r Zone,
    /// The offsets of the zone that were met.
    pub(super) offsets: BTreeSet<String>,
    pub(super) plain: Plain<'r>,
}

impl Rows<'_> {
    /// A row: `number` counts in the exhibit, `digits` of the id tell it from all others there.
    pub(super) fn row(&mut self, candidate: Candidate<'_>, number: u64, digits: usize) -> Value {
        let Candidate { kind, record, file } = candidate;
        let id = record["id"].as_str().unwrap_or("");
        let hex = id.rsplit('-').next().unwrap_or("");
        let day = first_time(kind, record).and_then(|(_, time)| self.zone.local(moment(time)?));
        let (from, to) = self.parties(kind.name, record);
        let is_of_nobody = !matches!(kind.name, "message" | "call" | "trace");
        let mut row = json!({
            "number": number,
            "id": hex.get(..digits).unwrap_or(hex),
            "kind": kind.name,
            "day": day.map_or_else(|| "Time not known".to_owned(), |local| local.day),
            "times": self.times(candidate),
            "from": from,
            "to": to,
            "content": self.content(candidate),
            "state": record["state"],
            "service": self.plain.runs(&record["service"]),
            "direction": self.plain.runs(&record["direction"]),
            "conversation": self.plain.runs(&record["conversation"]),
            "source": self.source(record, file),
            "parties": !is_of_nobody,
        });
        row["short"] = is_short(&row).into();
        row
    }

    fn times(&mut self, candidate: Candidate<'_>) -> Vec<Value> {
        let mut shown = Vec::new();
        for (name, time) in times(candidate.kind, candidate.record) {
            if Redacted::of(time).is_some() {
                shown.push(json!({"label": label(name), "withheld": self.plain.runs(time)}));
                continue;
            }
            let known = moment(time);
            // A time that is not set, beside one that is, tells nothing.
            if known.is_none() && !shown.is_empty() {
                continue;
            }
            let utc = time["utc"].as_str().map(|utc| utc.trim_end_matches('Z').replace('T', " "));
            let local = known.filter(|_| !self.zone.is_utc()).and_then(|known| self.zone.local(known));
            self.offsets.extend(local.as_ref().map(|local| local.offset.clone()));
            shown.push(json!({
                "label": label(name),
                "utc": utc.unwrap_or_else(|| "not known".to_owned()),
                "local": local.map(|local| format!("{} {} {}", local.day, local.clock, local.offset)),
                "stored": self.plain.text(&stored(time)),
            }));
        }
        shown
    }

    /// Who it is from, and to whom. The side that the source does not name is the handset itself.
    fn parties(&mut self, kind: &str, record: &Value) -> (Vec<Value>, Vec<Value>) {
        let direction = record["direction"].as_str();
        let handset = || vec![json!({"handset": true})];
        let others = |this: &mut Self| {
            let mut others = this.list(&record["counterparty"]);
            others.extend(this.list(&record["participants"]));
            others
        };
        let mut from = self.list(&record["sender"]);
        let mut to = self.list(&record["recipients"]);
        match direction {
            Some("outgoing") if from.is_empty() => {
                from = handset();
                to.extend(others(self));
            }
            Some("incoming") => {
                if from.is_empty() {
                    from = others(self);
                } else {
                    to.extend(others(self));
                }
                if to.is_empty() && (kind == "message" || kind == "call") {
                    to = handset();
                }
            }
            _ => to.extend(others(self)),
        }
        (from, to)
    }

    /// One party or several.
    fn list(&mut self, parties: &Value) -> Vec<Value> {
        match parties {
            Value::Null => Vec::new(),
            Value::Array(entries) => entries.iter().map(|party| self.party(party)).collect(),
            party => vec![self.party(party)],
        }
    }

    fn party(&mut self, party: &Value) -> Value {
        if Redacted::of(party).is_some() {
            return json!({"address": self.plain.runs(party)});
        }
        let name = self.plain.runs(&party["name"]);
        let mut shown = Map::new();
        shown.insert("address".into(), self.plain.runs(&party["address"]).into());
        if !name.is_empty() {
            shown.insert("name".into(), name.into());
            let source = self.plain.runs(&party["name_source"]);
            let source = if source.is_empty() { vec!["its own row".into()] } else { source };
            shown.insert("source".into(), source.into());
        }
        if party["self"] == true {
            shown.insert("handset".into(), true.into());
        }
        shown.into()
    }

    /// What it says: the text first, then every other field with its name.
    fn content(&mut self, Candidate { kind, record, .. }: Candidate<'_>) -> Vec<Value> {
        let mut content = Vec::new();
        let times: Vec<&str> = times(kind, record).into_iter().map(|(name, _)| name).collect();
        let fields = kind.fields.iter().map(|field| field.name);
        let fields = fields.filter(|name| !ELSEWHERE.contains(name) && !times.contains(name));
        let mut names: Vec<&str> = fields.collect();
        names.sort_by_key(|name| *name != "body");
        for name in names {
            let shown = if name == "body" { String::new() } else { label(name) };
            self.flat(&shown, &record[name], &mut content);
        }
        content
    }

    /// A value as lines with names; what is empty says nothing.
    fn flat(&mut self, label_so_far: &str, value: &Value, content: &mut Vec<Value>) {
        let is_leaf = |members: &Map<String, Value>| {
            ["blob", "bytes", "utc", "redacted"].iter().any(|name| members.contains_key(*name))
                || (members.len() == 1 && members.contains_key("sha256"))
        };
        match value {
            Value::Null => {}
            Value::Array(entries) => {
                for (index, entry) in entries.iter().enumerate() {
                    let numbered = if entries.len() == 1 {
                        label_so_far.to_owned()
                    } else {
                        format!("{label_so_far} {}", index + 1)
                    };
                    self.flat(&numbered, entry, content);
                }
            }
            Value::Object(members) if !is_leaf(members) => {
                for (name, member) in members {
                    self.flat(&format!("{label_so_far} {}", label(name)), member, content);
                }
            }
            leaf => {
                let runs = self.plain.runs(leaf);
                let first = runs.iter().find_map(Value::as_str).unwrap_or("");
                content.push(
                    json!({"label": label_so_far.trim(), "rtl": is_right_to_left(first), "text": runs}),
                );
            }
        }
    }

    fn source(&mut self, record: &Value, file: &str) -> Value {
        let rows = &record["provenance"]["rows"];
        let base = &rows[0];
        let place = ["table", "path", "cell"].iter().find(|name| !base[**name].is_null());
        let name = file.rsplit('/').next().unwrap_or(file);
        json!({
            "file": base["file"],
            "name": self.plain.text(name),
            "place": place.map_or(Vec::new(), |name| self.plain.runs(&base[*name])),
            "rowid": base["rowid"],
            "view": base["view"],
            "source": base["source"],
            "offset": base["offset"],
            "length": base["length"],
            "complete": base["complete"],
            "others": rows.as_array().map_or(0, |rows| rows.len().saturating_sub(1)),
            "artifact": record["artifact"],
            "candidate": record["certainty"] == "candidate",
        })
    }
}

/// A name of a field for people.
fn label(name: &str) -> String {
    name.replace('_', " ")
}

/// How many lines a cell takes at the most, where a line holds so many characters: one that no font has takes ten.
fn height(cell: &Value, width: usize) -> usize {
    let line =
        |line: &str| line.chars().map(|c| if c.is_ascii() { 1 } else { 10 }).sum::<usize>() / width + 1;
    match cell {
        Value::String(text) => text.split('\n').map(line).sum(),
        Value::Array(entries) => entries.iter().map(|entry| height(entry, width)).sum(),
        Value::Object(members) => members.values().map(|member| height(member, width)).sum(),
        _ => 0,
    }
}

/// Whether a row fits a page for certain, and so can be kept on one.
fn is_short(row: &Value) -> bool {
    CELLS.iter().all(|(name, width)| height(&row[*name], *width) <= LINES)
}

/// How much a row weighs: characters that are set.
pub(super) fn weight(row: &Value) -> usize {
    match row {
        Value::String(text) => text.len(),
        Value::Array(entries) => entries.iter().map(weight).sum(),
        Value::Object(members) => members.values().map(weight).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::redact::Rules;
    use super::*;
    use crate::record::kinds::kind;
    use std::collections::BTreeMap;

    fn row(name: &str, record: &Value) -> Value {
        let (zone, rules) = (Zone::named("Asia/Kolkata").unwrap(), Rules::default());
        let plain = Plain { rules: &rules, shown_as_code: BTreeMap::new() };
        let mut rows = Rows { zone: &zone, offsets: BTreeSet::new(), plain };
        let candidate = Candidate { kind: kind(name).unwrap(), record, file: "/data/mmssms.db" };
        rows.row(candidate, 1, 8)
    }

    #[test]
    fn a_row_says_who_when_what_and_where_from() {
        let row = row(
            "message",
            &json!({
            "id": "message-0123456789abcdef", "service": "sms", "state": "live", "direction": "incoming",
            "sender": {"address": "+1", "name": "Bob", "name_source": "contacts.raw"}, "body": "x", "read": true,
            "attachments": [{"name": "a"}, {"name": "b"}], "delivered_at": {"utc": null, "raw": 0, "unit": "unix_ms"},
            "sent_at": {"utc": "2023-11-14T22:13:20.000Z", "raw": 1, "unit": "unix_ms"},
            "provenance": {"rows": [{"file": 4, "table": "sms", "rowid": 1, "offset": 9}, {}]}}),
        );
        assert_eq!((row["id"].as_str(), row["day"].as_str()), (Some("01234567"), Some("2023-11-15")));
        assert_eq!(
            row["times"],
            json!([{"label": "sent at", "utc": "2023-11-14 22:13:20.000",
            "local": "2023-11-15 03:43:20.000 +05:30", "stored": "1 unix_ms"}])
        );
        assert_eq!(row["from"], json!([{"address": ["+1"], "name": ["Bob"], "source": ["contacts.raw"]}]));
        assert_eq!(row["to"], json!([{"handset": true}]));
        let labels: Vec<&str> =
            row["content"].as_array().unwrap().iter().filter_map(|line| line["label"].as_str()).collect();
        assert_eq!(labels, ["", "read", "attachments 1 name", "attachments 2 name"]);
        assert_eq!((&row["source"]["name"], &row["source"]["others"]), (&json!("mmssms.db"), &json!(1)));
    }

    #[test]
    fn only_a_row_that_fits_a_page_for_certain_is_kept_on_one() {
        let is_short = |body: &str| {
            row("message", &json!({"id": "message-0123456789abcdef", "body": body, "direction": "incoming"}))
                ["short"]
                == true
        };
        assert!(is_short("Where do we meet?") && is_short(&"word ".repeat(150)));
        assert!(
            !is_short(&"word ".repeat(400)) && !is_short(&"\n".repeat(60)) && !is_short(&"😀".repeat(150))
        );
    }

    #[test]
    fn a_call_names_its_other_side_on_the_side_where_it_stood() {
        let call = |direction: &str| {
            row(
                "call",
                &json!({"id": "call-0123456789abcdef", "direction": direction, "counterparty": {"address": "+2"}}),
            )
        };
        assert_eq!(
            (&call("outgoing")["to"], &call("incoming")["from"]),
            (&json!([{"address": ["+2"]}]), &json!([{"address": ["+2"]}]))
        );
        assert_eq!(
            (&call("outgoing")["from"], &call("incoming")["to"]),
            (&json!([{"handset": true}]), &json!([{"handset": true}]))
        );
    }
}
