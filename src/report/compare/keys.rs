//! By what two records are taken for the same one: from the surest key to the weakest.

use super::item::{Form, Item};
use super::plain::{self, BETWEEN, PARTY, TIME};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// A part of a key.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// The id of a record.
    Id,
    /// All that is compared.
    Everything,
    /// A field as it is.
    Is(&'static str),
    /// Addresses, however they are written.
    At(&'static str),
    /// A moment to the second; of a source that has one time without a name, that one.
    When(&'static str),
    /// The other side.
    Party,
}

use Part::{At, Everything, Id, Is, Party, When};

/// A key: what it is called, and its parts. A record that lacks one part has no such key.
type Key = (&'static str, &'static [Part]);

/// Between two reports, before anything else.
const OF_REPORTS: &[Key] = &[
    ("id", &[Id]),
    ("everything", &[Everything]),
    ("native_id", &[Is("service"), Is("native_id"), Is("conversation"), Is("state")]),
];

const MESSAGE: &[Key] = &[
    ("sent_at, body, party", &[When("sent_at"), Is("body"), Party]),
    ("received_at, body, party", &[When("received_at"), Is("body"), Party]),
    ("stored_at, body, party", &[When("stored_at"), Is("body"), Party]),
    ("sent_at, body", &[When("sent_at"), Is("body")]),
    ("received_at, body", &[When("received_at"), Is("body")]),
    ("stored_at, body", &[When("stored_at"), Is("body")]),
    ("sent_at, party", &[When("sent_at"), Party]),
    ("received_at, party", &[When("received_at"), Party]),
    ("stored_at, party", &[When("stored_at"), Party]),
    ("body, party", &[Is("body"), Party]),
];
const CALL: &[Key] = &[
    ("started_at, party, direction", &[When("started_at"), Party, Is("direction")]),
    ("started_at, party", &[When("started_at"), Party]),
    ("started_at", &[When("started_at")]),
    ("party, duration_s", &[Party, Is("duration_s")]),
];
const CONTACT: &[Key] = &[
    ("display_name, phones", &[Is("display_name"), At("phones")]),
    ("display_name, emails", &[Is("display_name"), At("emails")]),
    ("phones", &[At("phones")]),
    ("emails", &[At("emails")]),
    ("display_name", &[Is("display_name")]),
];
const ACCOUNT: &[Key] = &[
    ("service, identifier", &[Is("service"), At("identifier")]),
    ("identifier", &[At("identifier")]),
    ("phone", &[At("phone")]),
    ("email", &[At("email")]),
    ("display_name", &[Is("display_name")]),
];
const IDENTIFIER: &[Key] =
    &[("kind, value", &[Is("kind"), Is("value")]), ("value", &[Is("value")]), ("kind", &[Is("kind")])];
const CONVERSATION: &[Key] = &[
    ("name, participants", &[Is("name"), At("participants")]),
    ("participants", &[At("participants")]),
    ("name", &[Is("name")]),
];
const DEVICE: &[Key] = &[("there is one device", &[])];
const OTHER: &[Key] = &[
    ("native_id", &[Is("native_id")]),
    ("ssid, bssid", &[Is("ssid"), Is("bssid")]),
    ("ssid", &[Is("ssid")]),
    ("name", &[Is("name")]),
];

/// With a sheet or another tool, after everything else.
const LAST: &[Key] =
    &[("service, native_id", &[Is("service"), Is("native_id")]), ("everything", &[Everything])];

fn of_kind(kind: &str) -> &'static [Key] {
    match kind {
        "message" => MESSAGE,
        "call" => CALL,
        "contact" => CONTACT,
        "account" => ACCOUNT,
        "device_identifier" => IDENTIFIER,
        "conversation" => CONVERSATION,
        "device" => DEVICE,
        _ => OTHER,
    }
}

/// How many rounds there are.
pub(super) fn rounds(form: Form) -> usize {
    let longest = [MESSAGE, CALL, CONTACT, ACCOUNT, IDENTIFIER, CONVERSATION, OTHER]
        .iter()
        .map(|keys| keys.len())
        .max()
        .unwrap_or(0);
    longest.saturating_add(if form == Form::Whole { OF_REPORTS.len() } else { LAST.len() })
}

/// What the key of a kind in a round is called.
pub(super) fn name(kind: &str, form: Form, round: usize) -> &'static str {
    key_of(kind, form, round).map_or("", |(name, _)| name)
}

fn key_of(kind: &str, form: Form, round: usize) -> Option<&'static Key> {
    match form {
        Form::Plain => {
            let keys = of_kind(kind);
            keys.get(round).or_else(|| LAST.get(round.checked_sub(keys.len())?))
        }
        Form::Whole => {
            OF_REPORTS.get(round).or_else(|| of_kind(kind).get(round.checked_sub(OF_REPORTS.len())?))
        }
    }
}

/// The key of an item in a round; nothing where it has none.
pub(super) fn key(item: &Item, form: Form, round: usize) -> Option<String> {
    let (_, parts) = key_of(&item.kind, form, round)?;
    let plain;
    let is_whole = parts.iter().all(|part| matches!(part, Id | Everything));
    let facts = match form {
        Form::Plain => &item.facts,
        Form::Whole if is_whole => &item.facts,
        Form::Whole => {
            plain = plain::facts(&item.kind, &item.facts);
            &plain
        }
    };
    let mut hasher = Sha256::new();
    hasher.update(&item.kind);
    for part in *parts {
        let text = of_part(item, facts, *part).filter(|text| !text.is_empty())?;
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    }
    // Half of the digest: no two keys of a report will ever share it.
    let digest = hasher.finalize();
    Some(hex::encode(digest.get(..16).unwrap_or(&digest)))
}

fn of_part(item: &Item, facts: &Map<String, Value>, part: Part) -> Option<String> {
    let fact = |name: &str| facts.get(name).and_then(Value::as_str).map(str::to_owned);
    // One alone: a list of several does not say which.
    let only = |name: &str| fact(name).filter(|text| !text.contains(BETWEEN));
    match part {
        Id => Some(item.place.clone()),
        Everything => Some(everything(&item.facts)),
        // Some fields are no plain text: what the app holds under a label, say.
        Is(name) => fact(name)
            .or_else(|| item.facts.get(name).map(Value::to_string))
            .map(|text| text.trim().to_owned()),
        At(name) => fact(name).map(|text| addresses(&text)),
        When(name) => fact(name).or_else(|| only(TIME)),
        Party => party(facts).or_else(|| only(PARTY)).map(|text| addresses(&text)),
    }
}

/// All facts, but for those that only some sources can state.
fn everything(facts: &Map<String, Value>) -> String {
    let mut stated: Vec<_> =
        facts.iter().filter(|(name, _)| !matches!(name.as_str(), PARTY | TIME)).collect();
    stated.sort_by_key(|(name, _)| *name);
    stated.iter().map(|(name, value)| format!("{name}={value}\n")).collect()
}

/// The other side of a message or call, as far as its direction tells it.
fn party(facts: &Map<String, Value>) -> Option<String> {
    let fact = |name: &str| facts.get(name).and_then(Value::as_str).map(str::to_owned);
    let side = if fact("direction").as_deref() == Some("outgoing") { "recipients" } else { "sender" };
    fact("counterparty").or_else(|| fact(side))
}

fn addresses(list: &str) -> String {
    let all: Vec<String> = list.split(BETWEEN).map(plain::address).collect();
    plain::joined(all).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn item(facts: Value) -> Item {
        Item {
            ordinal: 0,
            kind: "message".into(),
            place: "x".into(),
            facts: facts.as_object().unwrap().clone(),
        }
    }

    #[test]
    fn a_report_and_a_sheet_give_a_message_the_same_key() {
        let report = item(
            json!({"direction": "outgoing", "recipients": "+15550100", "body": "x", "sent_at": "2023-11-14T22:13:20Z",
            "time": "2023-11-14T22:13:20Z ; 2023-11-14T22:13:21Z", "party": "+15550100 ; me"}),
        );
        let sheet = item(json!({"body": "x", "party": "+1 555 0100", "time": "2023-11-14T22:13:20Z"}));
        assert_eq!(key(&report, Form::Plain, 0), key(&sheet, Form::Plain, 0));
        assert!(key(&report, Form::Plain, 0).is_some() && key(&report, Form::Plain, 1).is_none());
        assert_eq!(key(&item(json!({"body": "x"})), Form::Plain, 0), None);
    }
}
