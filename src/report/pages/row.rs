//! What the page knows of a record without reading it: time, parties, a line of text. Enough for lists, filters and pictures.

use crate::record::kinds::{Holds, KINDS, Kind};
use crate::record::parse_utc;
use serde_json::Value;

/// Characters of the line of text.
const LINE: usize = 160;

/// One record in the index.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// Milliseconds since 1970 and the name of the field that says so: the first time that is known.
    pub(super) time: Option<(i64, &'static str)>,
    /// 0: not known, 1: incoming, 2: outgoing.
    pub(super) direction: u8,
    /// Who sent or called.
    pub(super) from: Option<Party>,
    /// Everybody else.
    pub(super) to: Vec<Party>,
    /// A line that tells what it is.
    pub(super) text: String,
    /// Latitude and longitude, where it has both.
    pub(super) place: Option<(f64, f64)>,
}

/// A party as the lists tell it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Party {
    pub(super) address: String,
    pub(super) name: String,
    pub(super) is_owner: bool,
}

impl Row {
    pub(super) fn of(plural: &str, record: &Value) -> Row {
        let Some(kind) = KINDS.iter().find(|kind| kind.plural == plural) else { return Row::default() };
        let direction = match record["direction"].as_str() {
            Some("incoming") => 1,
            Some("outgoing") => 2,
            _ => 0,
        };
        let mut row = Row { time: time(kind, record), direction, place: place(record), ..Row::default() };
        row.parties(record);
        row.text = shortened(&line(kind, record));
        row
    }

    fn parties(&mut self, record: &Value) {
        self.from = party(&record["sender"]);
        if let Some(other) = party(&record["counterparty"]) {
            if self.direction == 2 { self.to.push(other) } else { self.from = Some(other) }
        }
        for list in ["recipients", "participants"] {
            self.to.extend(record[list].as_array().into_iter().flatten().filter_map(party));
        }
        let name = [&record["display_name"], &record["given_name"], &record["organization"]];
        let name = name.into_iter().map(text).find(|name| !name.is_empty()).unwrap_or_default();
        let entries = ["phones", "emails", "handles"].into_iter();
        let entries = entries.flat_map(|list| record[list].as_array().into_iter().flatten());
        let own = ["identifier", "phone", "email"].into_iter().map(|field| &record[field]);
        for address in entries.flat_map(|entry| [&entry["value"], &entry["normalized"]]).chain(own).map(text)
        {
            let party = Party { address, name: name.clone(), is_owner: false };
            if !party.address.is_empty() && !self.to.contains(&party) {
                self.to.push(party);
            }
        }
    }
}

fn party(value: &Value) -> Option<Party> {
    let party = Party {
        address: text(&value["address"]),
        name: text(&value["name"]),
        is_owner: value["self"].as_bool().unwrap_or(false),
    };
    (party.is_owner || !party.address.is_empty() || !party.name.is_empty()).then_some(party)
}

/// A text however it is held: of one that is not valid its reading, of one that was withheld its hash.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Object(members) => match (members.get("text"), members.get("sha256")) {
            (Some(Value::String(reading)), _) => reading.clone(),
            (_, Some(Value::String(hash))) => format!("(withheld; SHA-256 {hash})"),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// The moment of a time field, in milliseconds since 1970.
fn milliseconds(value: &Value) -> Option<i64> {
    let (moment, _) = parse_utc(value["utc"].as_str()?)?;
    Some(moment.seconds.saturating_mul(1_000).saturating_add(i64::from(moment.nanos / 1_000_000)))
}

/// The first time that is known, in the order of the kind's table: of a message when it was sent, of a call when it began.
fn time(kind: &'static Kind, record: &Value) -> Option<(i64, &'static str)> {
    // A message is stored when it comes or goes; read, delivered and edited are later.
    const FIRST: &[&str] = &["sent_at", "received_at", "stored_at"];
    let named = FIRST.iter().filter_map(|name| kind.fields.iter().find(|field| field.name == *name));
    let times = kind.fields.iter().filter(|field| matches!(field.holds, Holds::Time));
    named.chain(times).find_map(|field| Some((milliseconds(&record[field.name])?, field.name)))
}

fn place(record: &Value) -> Option<(f64, f64)> {
    let place = &record["location"];
    Some((place["latitude"].as_f64()?, place["longitude"].as_f64()?))
}

fn line(kind: &Kind, record: &Value) -> String {
    match kind.name {
        "message" => message(record),
        "call" => {
            let words = ["type", "status"].map(|field| text(&record[field]));
            let lasted = text(&record["duration_s"]);
            let lasted = if lasted.is_empty() { lasted } else { format!("{lasted} s") };
            joined(words.into_iter().chain([lasted]), ", ")
        }
        name => {
            let about = (record, name == "installed_app");
            joined(kind.fields.iter().filter_map(|field| told(field.name, &field.holds, about)), " · ")
        }
    }
}

fn message(record: &Value) -> String {
    let attachments = record["attachments"].as_array().into_iter().flatten();
    let files = attachments.map(|file| {
        let name = ["name", "path", "caption", "mime_type"].into_iter().map(|field| text(&file[field]));
        let name = name.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        format!("[attachment: {name}]")
    });
    let line =
        joined([text(&record["subject"]), text(&record["body"])].into_iter().chain(files.take(4)), " ");
    if line.is_empty() { text(&record["type"]) } else { line }
}

fn told(name: &str, holds: &Holds, (record, is_app): (&Value, bool)) -> Option<String> {
    let value = &record[name];
    let of_list = |field: &str| {
        let list = value.as_array().into_iter().flatten();
        joined(list.take(4).map(|one| text(if field.is_empty() { one } else { &one[field] })), ", ")
    };
    let told = match holds {
        // Of an app it is the package; elsewhere a number that tells nobody anything.
        _ if name == "native_id" && !is_app => return None,
        Holds::Text | Holds::Code(_) => text(value),
        Holds::Texts => of_list(""),
        Holds::Objects(fields) => {
            let field = ["value", "name", "address"].into_iter();
            let mut field = field.filter(|wanted| fields.iter().any(|field| field.name == *wanted));
            of_list(field.next()?)
        }
        _ => return None,
    };
    (!told.is_empty()).then_some(told)
}

fn joined(parts: impl IntoIterator<Item = String>, between: &str) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_stands_at_the_first_time_that_is_known() {
        let record = json!({"received_at": {"utc": null}, "read_at": {"utc": "1970-01-01T00:00:09Z"},
            "stored_at": {"utc": "1969-12-31T23:59:59.500Z"}});
        assert_eq!(Row::of("messages", &record).time, Some((-500, "stored_at")));
    }

    #[test]
    fn whoever_is_called_is_no_caller() {
        let record = json!({"direction": "outgoing", "counterparty": {"address": "+1"}, "duration_s": 63});
        let row = Row::of("calls", &record);
        assert_eq!((row.from, row.to.len(), row.text.as_str()), (None, 1, "63 s"));
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let row = Row::of("messages", &json!({"body": "é".repeat(1_000_000)}));
        assert_eq!(row.text.chars().count(), LINE + 1);
    }
}
