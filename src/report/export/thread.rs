//! Which conversation a message belongs to, when it stands there, and who wrote it: for formats that show conversations.

use super::Item;
use super::reading::{json, member, shown};
use serde_json::Value;

/// The thread of a message: its conversation in its file, else its parties. Nothing tells threads of two files to be the same.
pub(super) fn thread(item: &Item<'_>) -> String {
    thread_of(item, "conversation")
}

/// The thread that this member of a record names.
pub(super) fn thread_of(item: &Item<'_>, name: &str) -> String {
    let record = item.record;
    // Quoted, so that no identifier can look like a list of parties.
    let within = match &record[name] {
        Value::Null => format!("with {}", parties(record).join(", ")),
        Value::String(identifier) if identifier.is_empty() => format!("with {}", parties(record).join(", ")),
        identifier => json(identifier),
    };
    let file = &record["provenance"]["rows"][0]["file"];
    format!("{} {within} (file {file})", member(record, "service"))
}

/// The addresses of all parties, sorted.
fn parties(record: &Value) -> Vec<String> {
    let lists =
        ["recipients", "participants"].iter().flat_map(|name| record[*name].as_array().into_iter().flatten());
    let all = lists.chain(record.get("sender")).map(|party| member(party, "address").into_owned());
    let mut addresses: Vec<String> = all.filter(|address| !address.is_empty()).collect();
    addresses.sort();
    addresses.dedup();
    addresses
}

/// The first of the times of a message that is known, in UTC.
pub(super) fn time(record: &Value) -> Option<&str> {
    ["sent_at", "received_at", "stored_at"].iter().find_map(|name| record[*name]["utc"].as_str())
}

/// Who wrote it: the sender; of an outgoing message without one the owner of the handset.
pub(super) fn sender(record: &Value) -> Option<String> {
    match record.get("sender") {
        Some(sender) if !sender.is_null() => Some(shown(sender)),
        _ => (record["direction"] == "outgoing").then(|| "owner of the handset".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_stands_at_the_first_time_that_is_known() {
        let record =
            json!({"sent_at": {"utc": null}, "received_at": {"utc": "b"}, "stored_at": {"utc": "c"}});
        assert_eq!(time(&record), Some("b"));
        assert_eq!(time(&json!({})), None);
    }

    #[test]
    fn an_outgoing_message_without_sender_is_the_owner_s() {
        assert_eq!(sender(&json!({"direction": "outgoing"})).unwrap(), "owner of the handset");
        assert_eq!(sender(&json!({"direction": "incoming"})), None);
        assert_eq!(sender(&json!({"sender": {"address": "+1", "name": "A"}})).unwrap(), "+1 (A)");
    }
}
