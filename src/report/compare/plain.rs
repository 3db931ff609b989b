//! Values as plain text: what a sheet, another tool and a report can all say of a record.

use crate::record::kinds::{Field, Holds, KINDS};
use serde_json::{Map, Value};

/// All addresses of a record's other sides: what a source calls "the contact" without saying which role it has.
pub(super) const PARTY: &str = "party";
/// All times of a record: what a source calls "the time" without saying which.
pub(super) const TIME: &str = "time";
/// Between the entries of a list.
pub(super) const BETWEEN: &str = " ; ";

/// A record of a report as plain texts. What it withholds is not stated.
pub(super) fn facts(kind: &str, record: &Map<String, Value>) -> Map<String, Value> {
    let mut facts = Map::new();
    for name in ["service", "state"] {
        insert(&mut facts, name, record.get(name).and_then(text));
    }
    let fields = KINDS.iter().find(|known| known.name == kind).map_or(&[][..], |kind| kind.fields);
    let (mut parties, mut times) = (Vec::new(), Vec::new());
    for field in fields {
        let Some(value) = record.get(field.name) else { continue };
        insert(&mut facts, field.name, of_field(field, value));
        match field.holds {
            Holds::Time => times.extend(text(value)),
            Holds::Object(inner) | Holds::Objects(inner) if inner == crate::record::kinds::PARTY => {
                parties.extend(entries(value).iter().filter_map(|party| member(party, &["address"])));
            }
            _ => {}
        }
    }
    insert(&mut facts, PARTY, joined(parties));
    insert(&mut facts, TIME, joined(times));
    facts
}

fn insert(facts: &mut Map<String, Value>, name: &str, value: Option<String>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        facts.insert(name.to_owned(), value.into());
    }
}

/// A list as one text, in a fixed order.
pub(super) fn joined(mut entries: Vec<String>) -> Option<String> {
    entries.sort();
    entries.dedup();
    (!entries.is_empty()).then(|| entries.join(BETWEEN))
}

/// A field of a report as plain text.
pub(super) fn of_field(field: &Field, value: &Value) -> Option<String> {
    let list =
        |members: &[&str]| joined(entries(value).iter().filter_map(|entry| member(entry, members)).collect());
    match field.holds {
        Holds::Object(_) | Holds::Objects(_) => list(&["address", "value", "name", "native_id", "body"]),
        Holds::Texts => joined(entries(value).iter().filter_map(text).collect()),
        _ => text(value),
    }
}

fn entries(value: &Value) -> &[Value] {
    match value {
        Value::Array(list) => list,
        other => std::slice::from_ref(other),
    }
}

/// The first of these members that says something.
fn member(value: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| value.get(*name).and_then(text))
}

/// One value: a text, or the reading of one; a time to the second, for others seldom tell more.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.replace("\r\n", "\n")),
        Value::Number(number) => Some(
            number.as_f64().filter(|n| n.fract() == 0.0).map_or(number.to_string(), |n| format!("{n:.0}")),
        ),
        Value::Object(members) if members.contains_key("utc") => members["utc"].as_str().map(to_second),
        Value::Object(members) => members.get("text").and_then(text),
        other => Some(other.to_string()),
    }
}

fn to_second(utc: &str) -> String {
    utc.split(['.', 'Z']).next().map_or_else(String::new, |second| format!("{second}Z"))
}

/// Whether two plain texts of a field say the same. `time` and `party` of one side name one of several that the other knows.
pub(super) fn same(field: &str, a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    match field {
        TIME => shares(a, b, str::to_owned),
        PARTY => shares(a, b, address),
        "sender" | "recipients" | "participants" | "counterparty" | "phones" | "phone" | "emails"
        | "email" | "identifier" | "handles" => set(a) == set(b),
        _ => a.trim() == b.trim(),
    }
}

fn shares(a: &str, b: &str, form: impl Fn(&str) -> String) -> bool {
    let mut known = a.split(BETWEEN).map(&form);
    known.any(|one| b.split(BETWEEN).any(|other| form(other) == one))
}

fn set(list: &str) -> Vec<String> {
    let mut all: Vec<String> = list.split(BETWEEN).map(address).collect();
    all.sort();
    all.dedup();
    all
}

/// An address without what people put between digits, and in small letters: `+1 (555) 010-0` is `+15550100`.
pub(super) fn address(text: &str) -> String {
    let text = text.trim();
    let is_number = text.chars().any(|c| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}'));
    if is_number {
        text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect()
    } else {
        text.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_of_a_report_becomes_what_others_can_say_of_it() {
        let record = json!({"service": "sms", "state": "live", "body": {"text": "a\r\nb", "bytes": "61"}, "direction": "incoming",
            "sender": {"address": "+15550100", "name": "Bo"}, "recipients": [], "read": true, "subject": {"sha256": "00"},
            "sent_at": {"utc": "2023-11-14T22:13:20.123Z", "raw": 1, "unit": "unix_ms"}, "received_at": {"utc": null, "raw": 0, "unit": "unix_ms"}});
        let told = facts("message", record.as_object().unwrap());
        let expected = json!({"service": "sms", "state": "live", "direction": "incoming", "sender": "+15550100", "body": "a\nb",
            "read": "true", "sent_at": "2023-11-14T22:13:20Z", "party": "+15550100", "time": "2023-11-14T22:13:20Z"});
        assert_eq!(Value::Object(told), expected);
    }

    #[test]
    fn addresses_are_the_same_however_they_are_written_and_bodies_are_not() {
        assert!(same("sender", "+1 (555) 010-0", "+15550100") && same("phones", "A@b.c ; 1", "1 ; a@B.c"));
        assert!(same(PARTY, "1 ; 2", "2") && same(TIME, "x ; y", "y") && !same(TIME, "x", "y"));
        assert!(!same("body", "1 2", "12") && !same("sender", "1", "2") && same("body", "a ", "a"));
    }
}
