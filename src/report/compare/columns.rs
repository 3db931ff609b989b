//! Columns of sheets and of other tools, by their names: which field of which kind they state, and how their cells are read.

use super::plain::{self, PARTY, TIME};
use crate::record::kinds::{Field, Holds, KINDS};
use serde_json::{Map, Value};

/// Names that people and other tools give to fields. A field's own name always holds.
const NAMES: &[(&str, &str, &[&str])] = &[
    ("message", "body", &["message", "text", "content", "message_text", "message_body"]),
    ("message", TIME, &["timestamp", "message_timestamp", "date", "datetime", "date_time", "message_date"]),
    ("message", "sent_at", &["date_sent", "sent", "sent_time", "sent_timestamp", "sent_date"]),
    (
        "message",
        "received_at",
        &["date_received", "received", "received_time", "received_timestamp", "received_date"],
    ),
    ("message", "read_at", &["date_read", "read_time", "read_timestamp"]),
    ("message", "direction", &["message_direction", "from_me", "is_from_me"]),
    ("message", "sender", &["from", "from_address"]),
    ("message", "recipients", &["to", "recipient", "to_address"]),
    (
        "message",
        PARTY,
        &[
            "address",
            "chat_contact_id",
            "phone_number",
            "number",
            "partner",
            "other_party",
            "handle",
            "contact",
        ],
    ),
    ("message", "read", &["message_read"]),
    (
        "call",
        "started_at",
        &[
            "call_date",
            "timestamp",
            "date",
            "datetime",
            "time",
            "start_time",
            "call_timestamp",
            "starting_timestamp",
        ],
    ),
    ("call", "ended_at", &["end_time", "ending_timestamp"]),
    (
        "call",
        "counterparty",
        &["phone_number", "number", "partner", "address", "party", "other_party", "contact"],
    ),
    ("call", "duration_s", &["duration", "call_duration", "duration_in_secs", "duration_seconds"]),
    ("call", "direction", &["call_direction", "call_type"]),
    ("contact", "display_name", &["name", "contact_name", "full_name"]),
    ("contact", "given_name", &["first_name"]),
    ("contact", "family_name", &["last_name", "surname"]),
    ("contact", "phones", &["phone", "phone_number", "phone_numbers", "number", "numbers", "mobile"]),
    ("contact", "emails", &["email", "email_address", "email_addresses"]),
    ("contact", "organization", &["company", "organisation"]),
    ("account", "identifier", &["account", "account_name", "username", "user_name", "user"]),
    ("account", "phone", &["phone_number"]),
    ("account", "email", &["email_address"]),
    ("device_identifier", "kind", &["identifier_kind", "identifier_type", "type"]),
    ("device_identifier", "value", &["identifier"]),
];

/// A column that states something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// The field of the record.
    pub(super) field: String,
    /// Its own name, in the form of [`written`].
    name: String,
    /// The value that means "sent", where the source tells direction so.
    pub(super) sent: Option<String>,
}

impl Column {
    pub(super) fn new(field: &str, name: &str) -> Self {
        Column { field: field.to_owned(), name: written(name), sent: None }
    }
}

/// A name of a column as it is compared: small letters, digits, single `_` between.
pub(super) fn written(name: &str) -> String {
    let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    let mut name = parts.collect::<Vec<_>>().join("_").to_lowercase();
    if let Some(shorter) = name.strip_suffix("_utc") {
        name = shorter.to_owned();
    }
    name
}

/// What a column of this name states of records of a kind; nothing where no field is known for it.
pub(super) fn column(kind: &str, name: &str) -> Option<Column> {
    let name = written(name);
    let own = field(kind, &name).is_some()
        || matches!(name.as_str(), "service" | "state")
        || name == PARTY && kind == "message";
    if own {
        return Some(Column::new(&name, &name));
    }
    // A party in a table of our own: its address is what others can state.
    let party = name.strip_suffix("_address").and_then(|stem| field(kind, stem));
    if let Some(field) = party.filter(|field| matches!(field.holds, Holds::Object(_))) {
        return Some(Column::new(field.name, &name));
    }
    let named = NAMES.iter().find(|(of, _, names)| *of == kind && names.contains(&name.as_str()));
    named.map(|(_, field, _)| Column::new(field, &name))
}

fn field(kind: &str, name: &str) -> Option<&'static Field> {
    KINDS.iter().find(|known| known.name == kind)?.fields.iter().find(|field| field.name == name)
}

/// The kind that rows with these columns are of, by what they state: a text and a time are a message.
pub(super) fn kind(names: &[String]) -> Option<&'static str> {
    let states = |kind: &str, wanted: &str| {
        names.iter().any(|name| column(kind, name).is_some_and(|c| c.field == wanted))
    };
    if states("call", "duration_s") && states("call", "started_at") {
        Some("call")
    } else if states("message", "body")
        && ["sent_at", "received_at", TIME].iter().any(|time| states("message", time))
    {
        Some("message")
    } else if states("contact", "display_name")
        && (states("contact", "phones") || states("contact", "emails"))
    {
        Some("contact")
    } else {
        None
    }
}

/// Puts what a cell states into the facts of a record. An empty cell states nothing; of two columns for one field the first counts.
pub(super) fn state(kind: &str, column: &Column, cell: &str, facts: &mut Map<String, Value>) {
    let cell = cell.replace("\r\n", "\n");
    if cell.trim().is_empty() {
        return;
    }
    let (field, value) = reading(kind, column, &cell);
    if !value.is_empty() && !facts.contains_key(&field) {
        facts.insert(field, value.into());
    }
}

fn reading(kind: &str, column: &Column, cell: &str) -> (String, String) {
    let name = column.field.as_str();
    if let Some(sent) = &column.sent {
        return (name.to_owned(), if cell.trim() == sent { "outgoing" } else { "incoming" }.to_owned());
    }
    // Others write direction, kind and fate of a call or message into one column.
    let is_mixed = matches!(kind, "message" | "call") && matches!(column.name.as_str(), "type" | "call_type");
    if name == "direction" || is_mixed {
        return direction(kind, column, cell.trim());
    }
    let holds = field(kind, name).map(|field| field.holds);
    let value = match holds {
        Some(Holds::Time) => moment(cell.trim()),
        None if name == TIME => moment(cell.trim()),
        Some(Holds::Bool) => truth(cell.trim()),
        Some(Holds::Seconds) => seconds(cell.trim()),
        Some(Holds::Object(_) | Holds::Objects(_) | Holds::Texts) => list(kind, name, cell),
        _ => cell.to_owned(),
    };
    (name.to_owned(), value)
}

fn direction(kind: &str, column: &Column, cell: &str) -> (String, String) {
    let word = cell.to_lowercase();
    // A viewer's mark can stand behind the word.
    let first = word.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    let is_flag = column.name.ends_with("from_me");
    match (first, kind) {
        ("incoming" | "received" | "in" | "inbox", _) => ("direction".into(), "incoming".into()),
        ("outgoing" | "sent" | "out" | "outbox", _) => ("direction".into(), "outgoing".into()),
        ("1" | "true" | "yes", _) if is_flag => ("direction".into(), "outgoing".into()),
        ("0" | "false" | "no", _) if is_flag => ("direction".into(), "incoming".into()),
        ("missed" | "rejected" | "blocked" | "voicemail", "call") => ("status".into(), first.into()),
        ("voice" | "video", "call") => ("type".into(), first.into()),
        _ => (column.field.clone(), cell.to_owned()),
    }
}

fn truth(cell: &str) -> String {
    match cell.to_lowercase().as_str() {
        "1" | "yes" | "true" | "y" => "true".to_owned(),
        "0" | "no" | "false" | "n" => "false".to_owned(),
        other => other.to_owned(),
    }
}

/// Seconds, or hours, minutes and seconds with colons.
fn seconds(cell: &str) -> String {
    let parts: Option<Vec<f64>> = cell.split(':').map(|part| part.trim().parse().ok()).collect();
    match parts {
        Some(parts) if parts.len() <= 3 => {
            let total = parts.iter().fold(0.0, |sum, part| sum * 60.0 + part);
            if total.fract() == 0.0 { format!("{total:.0}") } else { total.to_string() }
        }
        _ => cell.to_owned(),
    }
}

fn list(kind: &str, name: &str, cell: &str) -> String {
    let is_json = cell.starts_with(['[', '{']);
    if let (true, Some(field), Ok(value)) = (is_json, field(kind, name), serde_json::from_str::<Value>(cell))
    {
        return plain::of_field(field, &value).unwrap_or_default();
    }
    let is_listed =
        matches!(field(kind, name).map(|field| field.holds), Some(Holds::Objects(_) | Holds::Texts));
    if !is_listed {
        return cell.trim().to_owned();
    }
    let entries = cell.split([';', ',', '\n', '|']).map(str::trim).filter(|entry| !entry.is_empty());
    plain::joined(entries.map(str::to_owned).collect()).unwrap_or_default()
}

/// A moment to the second in UTC: RFC 3339 with its offset, `2023-11-14 22:13:20` in UTC, or seconds or milliseconds since 1970.
/// What is none of them stays as it is, and so differs.
pub(super) fn moment(cell: &str) -> String {
    let instant = |instant: jiff::Timestamp| {
        let text = instant.to_string();
        format!("{}Z", text.split(['.', 'Z']).next().unwrap_or(&text))
    };
    if let Ok(number) = cell.parse::<i64>() {
        // Ten digits are seconds until the year 2286, thirteen are milliseconds since 2001.
        let found = if cell.len() >= 12 {
            jiff::Timestamp::from_millisecond(number)
        } else {
            jiff::Timestamp::from_second(number)
        };
        return found.map_or_else(|_| cell.to_owned(), instant);
    }
    if let Some(number) = cell.contains('.').then(|| cell.parse::<f64>().ok()).flatten() {
        let found =
            jiff::SignedDuration::try_from_secs_f64(number.floor()).and_then(jiff::Timestamp::from_duration);
        return found.map_or_else(|_| cell.to_owned(), instant);
    }
    if let Ok(found) = cell.parse::<jiff::Timestamp>() {
        return instant(found);
    }
    let local = cell.trim_end_matches(" UTC").parse::<jiff::civil::DateTime>();
    let found = local.and_then(|local| jiff::tz::Offset::UTC.to_timestamp(local));
    found.map_or_else(|_| cell.to_owned(), instant)
}

#[cfg(test)]
mod tests {
    use super::super::plain::BETWEEN;
    use super::*;

    fn stated(kind: &str, cells: &[(&str, &str)]) -> Value {
        let mut facts = Map::new();
        for (name, cell) in cells {
            state(kind, &column(kind, name).unwrap(), cell, &mut facts);
        }
        Value::Object(facts)
    }

    #[test]
    fn times_are_read_to_the_second_in_utc() {
        for cell in [
            "2023-11-14T22:13:20Z",
            "2023-11-14T23:13:20.9+01:00",
            "2023-11-14 22:13:20",
            "1700000000",
            "1700000000123",
            "1700000000.9",
        ] {
            assert_eq!(moment(cell), "2023-11-14T22:13:20Z", "{cell}");
        }
        assert_eq!(moment("yesterday"), "yesterday");
    }

    #[test]
    fn cells_state_what_their_columns_are_called() {
        let call = stated(
            "call",
            &[
                ("Call Date", "2023-11-14 22:13:20"),
                ("Partner", "+1 555"),
                ("Type", "Missed <i>"),
                ("Call Duration", "00:01:05"),
            ],
        );
        assert_eq!(
            call,
            serde_json::json!({"started_at": "2023-11-14T22:13:20Z", "counterparty": "+1 555", "status": "missed", "duration_s": "65"})
        );
        let message = stated(
            "message",
            &[
                ("Message Direction", "Outgoing"),
                ("From Me", "0"),
                ("Body", ""),
                ("To", "2, 1"),
                ("Read", "Yes"),
            ],
        );
        assert_eq!(
            message,
            serde_json::json!({"direction": "outgoing", "recipients": format!("1{BETWEEN}2"), "read": "true"})
        );
        let contact = stated("contact", &[("Name", "Bo"), ("Phones", r#"[{"value":"2"},{"value":"1"}]"#)]);
        assert_eq!(contact, serde_json::json!({"display_name": "Bo", "phones": format!("1{BETWEEN}2")}));
        assert_eq!(column("message", "Colour"), None);
    }

    #[test]
    fn the_kind_of_a_table_follows_from_what_it_states() {
        let kind_of = |names: &[&str]| kind(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(kind_of(&["Call Date", "Partner", "Duration in Secs"]), Some("call"));
        assert_eq!(kind_of(&["Message Timestamp", "Message"]), Some("message"));
        assert_eq!(kind_of(&["Name", "Phone Number"]), Some("contact"));
        assert_eq!(kind_of(&["Timestamp", "Battery level"]), None);
    }
}
