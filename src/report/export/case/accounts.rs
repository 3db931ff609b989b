//! Accounts of parties and contacts, and services: nodes that many records name.

use super::super::reading::member;
use super::Graph;
use super::node::{Members, Node, iri};
use serde_json::{Map, Value};
use std::io;

/// The account of a party: a telephone number, an e-mail address, or an identifier of the service. A name is not part of it: who says
/// it stands with the record.
pub(super) fn party(party: &Value, service: &str, graph: &mut Graph) -> io::Result<Option<Value>> {
    let (address, kind) = (member(party, "address"), member(party, "kind"));
    if address.is_empty() {
        return Ok(None);
    }
    let node = match kind.as_ref() {
        "phone" => telephone(&address),
        "email" => {
            let mut node = Node::new(&iri("email-account", &address));
            node.kind("uco-observable:EmailAccount");
            let address = Members::default().nodes("uco-observable:emailAddress", vec![mailbox(&address)]);
            node.facet("uco-observable:EmailAccountFacet", address.done());
            node.value()
        }
        _ => identified(&address, service),
    };
    graph.shared(&node).map(Some)
}

fn telephone(number: &str) -> Value {
    let mut node = Node::new(&iri("phone-account", number));
    node.kind("uco-observable:PhoneAccount");
    let facet = Members::default().text("uco-observable:phoneNumber", &number.into());
    node.facet("uco-observable:PhoneAccountFacet", facet.done());
    node.value()
}

fn mailbox(address: &str) -> Value {
    let mut node = Node::new(&iri("email-address", address));
    node.kind("uco-observable:EmailAddress");
    let facet = Members::default().text("uco-observable:addressValue", &address.into());
    node.facet("uco-observable:EmailAddressFacet", facet.done());
    node.value()
}

fn identified(address: &str, service: &str) -> Value {
    let mut node = Node::new(&iri("digital-account", &format!("{service} {address}")));
    node.kind("uco-observable:DigitalAccount");
    let facet = Members::default().text("uco-observable:accountIdentifier", &address.into());
    node.facet("uco-observable:AccountFacet", facet.done());
    node.value()
}

pub(super) fn parties(list: &Value, service: &str, graph: &mut Graph) -> io::Result<Vec<Value>> {
    let mut found = Vec::new();
    for one in list.as_array().into_iter().flatten() {
        found.extend(party(one, service, graph)?);
    }
    Ok(found)
}

/// The service as an object, by its name in the report.
pub(super) fn service(record: &Value, graph: &mut Graph) -> io::Result<Vec<Value>> {
    let name = member(record, "service");
    if name.is_empty() {
        return Ok(Vec::new());
    }
    let mut node = Node::new(&iri("service", &name));
    node.kind("uco-observable:ObservableObject");
    node.set("uco-core:name", name.into());
    Ok(vec![graph.shared(&node.value())?])
}

/// Numbers, mail addresses or handles of a contact.
pub(super) fn ways(record: &Value, list: &str, of: &str, graph: &mut Graph) -> io::Result<Vec<Value>> {
    let (what, kind, property) = match list {
        "phones" => ("contact-phone", "uco-observable:ContactPhone", "uco-observable:contactPhoneNumber"),
        "emails" => ("contact-email", "uco-observable:ContactEmail", "uco-observable:emailAddress"),
        _ => ("contact-messaging", "uco-observable:ContactMessaging", "uco-observable:messagingAddress"),
    };
    let mut found = Vec::new();
    for (number, entry) in record[list].as_array().into_iter().flatten().enumerate() {
        let value = member(entry, "value");
        if value.is_empty() {
            continue;
        }
        let held = match list {
            "phones" => telephone(&value),
            "emails" => mailbox(&value),
            _ => identified(&value, &member(entry, "kind")),
        };
        let held = graph.shared(&held)?;
        let mut way = Map::new();
        way.insert("@id".to_owned(), iri(what, &format!("{of} {number}")).into());
        way.insert("@type".to_owned(), kind.into());
        way.insert(property.to_owned(), held);
        let label = member(entry, "label");
        if list == "phones" && matches!(label.as_ref(), "home" | "work" | "mobile") {
            way.insert("uco-observable:contactPhoneScope".to_owned(), label.into());
        }
        found.push(Value::Object(way));
    }
    Ok(found)
}
