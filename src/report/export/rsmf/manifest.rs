//! `rsmf_manifest.json` of one file: participants, one conversation, its events (Relativity, *RSMF manifest schema 2.0.0*).

use super::super::ids::uuid;
use super::super::reading::{member, text};
use super::super::thread::time;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Members of a record that have a place of their own in an event.
const PLACED: &[&str] = &["body", "sender", "direction", "reactions", "provenance", "raw", "extra"];
/// Bytes of a value that a viewer shows when one points at an event; the record in the report has the whole.
const CUSTOM: usize = 4_096;

/// One file in the making.
#[derive(Debug, Default)]
pub(super) struct Slice {
    pub(super) thread: String,
    platform: String,
    name: String,
    is_group: bool,
    participants: Vec<Value>,
    /// Address and kind of a party → its place among the participants.
    known: BTreeMap<(String, String), usize>,
    events: Vec<Value>,
    /// Native id of a message → id of its event.
    natives: BTreeMap<String, String>,
    bytes: usize,
    pub(super) begins: Option<String>,
    pub(super) ends: Option<String>,
}

impl Slice {
    pub(super) fn of(thread: String) -> Self {
        Slice { thread, ..Slice::default() }
    }

    /// The next file of the same conversation.
    pub(super) fn next(&mut self) {
        let whole = std::mem::take(self);
        *self = Slice {
            thread: whole.thread,
            platform: whole.platform,
            name: whole.name,
            is_group: whole.is_group,
            ..Slice::default()
        };
    }

    pub(super) fn events(&self) -> usize {
        self.events.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn platform(&self) -> &str {
        &self.platform
    }

    /// Names of the participants, for people.
    pub(super) fn names(&self) -> Vec<String> {
        self.participants.iter().map(|party| member(party, "display").into_owned()).collect()
    }

    /// What holds the files of a conversation together.
    pub(super) fn collection(&self) -> String {
        uuid(&format!("thread {}", self.thread)).to_string()
    }

    /// Takes what the source says of the conversation itself.
    pub(super) fn conversation(&mut self, held: &Value) {
        let record = &held["record"];
        self.name = member(record, "name").into_owned();
        self.is_group = record["type"] == "group";
    }

    pub(super) fn message(&mut self, held: &Value, bytes: usize) {
        let record = &held["record"];
        self.bytes += bytes;
        self.platform = member(record, "service").into_owned();
        let sender = self.sender(record);
        let others: Vec<usize> = addressed(record).filter_map(|party| self.party(party)).collect();
        let mut event = Map::new();
        event.insert("id".to_owned(), record["id"].clone());
        event.insert("type".to_owned(), "message".into());
        event.insert("conversation".to_owned(), "C1".into());
        event.extend(sender.map(|at| ("participant".to_owned(), id(at))));
        event.extend(text(&record["body"]).map(|(body, _)| ("body".to_owned(), body.into())));
        if let Some(direction @ ("incoming" | "outgoing")) = record["direction"].as_str() {
            event.insert("direction".to_owned(), direction.into());
        }
        let is_deleted = record["state"] == "deleted" || !record["deleted_at"].is_null();
        event.insert("deleted".to_owned(), is_deleted.into());
        self.moment(record, &mut event);
        self.parent(record, &mut event);
        self.reactions(record, &mut event);
        let receipts = receipts(record, self.owner(record), &others);
        if !receipts.is_empty() {
            event.insert("read_receipts".to_owned(), receipts.into());
        }
        event.insert("custom".to_owned(), custom(held).into());
        self.events.push(Value::Object(event));
    }

    fn moment(&mut self, record: &Value, event: &mut Map<String, Value>) {
        let Some(utc) = time(record) else { return };
        event.insert("timestamp".to_owned(), utc.into());
        self.begins.get_or_insert_with(|| utc.to_owned());
        self.ends = Some(utc.to_owned());
    }

    /// The place of a party among the participants.
    fn party(&mut self, party: &Value) -> Option<usize> {
        let (address, kind, name) = (member(party, "address"), member(party, "kind"), member(party, "name"));
        let key = if address.is_empty() { name.clone() } else { address.clone() };
        if key.is_empty() {
            return None;
        }
        let next = self.participants.len();
        let at = *self.known.entry((key.to_string(), kind.to_string())).or_insert(next);
        if at == next {
            let display =
                if name.is_empty() || name == key { key.to_string() } else { format!("{key} ({name})") };
            let mut said = json!({"id": id(at), "display": display, "account_id": address});
            let source = [("kind of address", kind), ("source of the name", member(party, "name_source"))];
            let source: Vec<Value> = source
                .iter()
                .filter(|(_, said)| !said.is_empty())
                .map(|(name, said)| pair(name, said))
                .collect();
            if let Some(said) = said.as_object_mut().filter(|_| !source.is_empty()) {
                said.insert("custom".to_owned(), source.into());
            }
            self.participants.push(said);
        }
        Some(at)
    }

    fn sender(&mut self, record: &Value) -> Option<usize> {
        self.party(&record["sender"])
            .or_else(|| if record["direction"] == "outgoing" { self.handset() } else { None })
    }

    /// The owner, where no address of theirs is known.
    fn handset(&mut self) -> Option<usize> {
        self.party(&json!({"name": "owner of the handset"}))
    }

    /// The participant who is the owner, as far as this message tells.
    fn owner(&mut self, record: &Value) -> Option<usize> {
        let own = |party: &&Value| party["self"] == true;
        let party = std::iter::once(&record["sender"]).chain(addressed(record)).find(own);
        match party {
            Some(party) => self.party(party),
            None => (record["direction"] == "outgoing").then(|| self.sender(record)).flatten(),
        }
    }

    /// The message that this one answers, where it stands in the same file.
    fn parent(&mut self, record: &Value, event: &mut Map<String, Value>) {
        let answered = member(record, "reply_to");
        event.extend(
            self.natives
                .get(answered.as_ref())
                .map(|parent| ("parent".to_owned(), Value::from(parent.as_str()))),
        );
        let native = member(record, "native_id");
        if !native.is_empty() {
            self.natives.insert(native.into_owned(), member(record, "id").into_owned());
        }
    }

    fn reactions(&mut self, record: &Value, event: &mut Map<String, Value>) {
        let mut reactions = Vec::new();
        for reaction in record["reactions"].as_array().into_iter().flatten() {
            let value = member(reaction, "value");
            if !value.is_empty() {
                let who: Vec<Value> = self.party(&reaction["sender"]).map(id).into_iter().collect();
                reactions.push(json!({"value": value, "count": 1, "participants": who}));
            }
        }
        if !reactions.is_empty() {
            event.insert("reactions".to_owned(), reactions.into());
        }
    }

    /// The whole manifest.
    pub(super) fn manifest(&self) -> Value {
        let all: Vec<Value> = (0..self.participants.len()).map(id).collect();
        let kind = if self.is_group || all.len() > 2 { "channel" } else { "direct" };
        let display = if self.name.is_empty() { self.thread.as_str() } else { self.name.as_str() };
        // The schema wants a name of at least one character.
        let platform = if self.platform.is_empty() { "unknown" } else { self.platform.as_str() };
        json!({
            "version": "2.0.0",
            "participants": self.participants,
            "conversations": [{"id": "C1", "display": display, "platform": platform, "type": kind, "participants": all,
                "custom": [pair("thread", &self.thread)]}],
            "events": self.events,
            "eventcollectionid": self.collection(),
        })
    }
}

/// The parties beside the sender.
fn addressed(record: &Value) -> impl Iterator<Item = &Value> {
    ["recipients", "participants"].into_iter().flat_map(|name| record[name].as_array().into_iter().flatten())
}

fn id(at: usize) -> Value {
    Value::from(format!("P{}", at + 1))
}

fn pair(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

/// Who got or read the message, where one party alone can have been it.
fn receipts(record: &Value, owner: Option<usize>, others: &[usize]) -> Vec<Value> {
    let reader = match (record["direction"].as_str(), others) {
        (Some("outgoing"), [one]) => Some(*one),
        (Some("incoming"), _) => owner,
        _ => None,
    };
    let Some(reader) = reader else { return Vec::new() };
    let actions = [("delivered_at", "delivered"), ("read_at", "read")];
    let known = actions.iter().filter_map(|(name, action)| Some((record[*name]["utc"].as_str()?, action)));
    known
        .map(|(utc, action)| json!({"participant": id(reader), "timestamp": utc, "action": action}))
        .collect()
}

/// Where the record is from, and all of it that has no place in an event, as names and values.
fn custom(held: &Value) -> Vec<Value> {
    let record = &held["record"];
    let base = &record["provenance"]["rows"][0];
    let mut custom = vec![("source path", member(held, "path")), ("source sha256", member(held, "sha256"))];
    for name in ["table", "path", "cell", "rowid", "view", "source", "page", "offset", "length"] {
        let told = match name {
            "path" => "node",
            "source" => "companion",
            name => name,
        };
        custom.push((told, member(base, name)));
    }
    let mut pairs: Vec<Value> =
        custom.iter().filter(|(_, said)| !said.is_empty()).map(|(name, said)| pair(name, said)).collect();
    for (name, value) in record.as_object().into_iter().flatten() {
        let is_placed = PLACED.contains(&name.as_str()) && !(name == "body" && value.is_object());
        if is_placed || value.is_null() || value.as_array().is_some_and(Vec::is_empty) || *value == "" {
            continue;
        }
        let said = match value {
            Value::Object(time) if time.contains_key("unit") => {
                format!("{} ({} {})", member(value, "utc"), member(value, "raw"), member(value, "unit"))
            }
            Value::String(said) => said.clone(),
            value => value.to_string(),
        };
        pairs.push(pair(if name == "id" { "record" } else { name }, &shortened(&said)));
    }
    pairs
}

fn shortened(text: &str) -> String {
    if text.len() <= CUSTOM {
        return text.to_owned();
    }
    let mut end = CUSTOM;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}… ({} bytes in the report)", text.get(..end).unwrap_or(""), text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, more: &Value) -> Value {
        let mut record = json!({"id": id, "service": "sms", "state": "live", "body": "b",
            "provenance": {"rows": [{"file": 0, "view": "live", "offset": 7}]}});
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"record": record, "path": "p", "sha256": "s"})
    }

    #[test]
    fn an_answer_names_its_parent_only_in_the_same_file() {
        let mut slice = Slice::of("t".into());
        slice.message(&message("m1", &json!({"native_id": "n1"})), 1);
        slice.message(&message("m2", &json!({"reply_to": "n1"})), 1);
        slice.message(&message("m3", &json!({"reply_to": "elsewhere"})), 1);
        let events = &slice.manifest()["events"];
        assert_eq!((&events[1]["parent"], &events[2]["parent"]), (&json!("m1"), &Value::Null));
    }

    #[test]
    fn a_receipt_is_given_to_nobody_where_several_could_have_read() {
        let read = json!({"utc": "2023-11-14T22:13:20Z", "raw": 1, "unit": "unix_s"});
        let to = |parties: Value| json!({"direction": "outgoing", "recipients": parties, "read_at": read});
        let mut slice = Slice::of("t".into());
        slice.message(&message("m1", &to(json!([{"address": "a"}]))), 1);
        slice.message(&message("m2", &to(json!([{"address": "a"}, {"address": "b"}]))), 1);
        let events = &slice.manifest()["events"];
        assert_eq!(
            events[0]["read_receipts"][0]["participant"],
            events[0]["participant"].as_str().map_or("", |own| if own == "P1" { "P2" } else { "P1" })
        );
        assert_eq!(events[1]["read_receipts"], Value::Null);
    }
}
