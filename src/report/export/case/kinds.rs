//! What each kind of record is in UCO. The properties and how often each may stand are those of `case-1.5.0.ttl`.

use super::super::reading::member;
use super::super::{Item, Source};
use super::Graph;
use super::accounts::{parties, party, service, ways};
use super::node::{Members, Node, iri, link};
use super::origin::{attachment, location};
use serde_json::{Map, Value, json};
use std::io;

/// Types and facets of a record; the members that they say.
pub(super) fn describe(
    item: &Item<'_>,
    node: &mut Node,
    graph: &mut Graph,
) -> io::Result<&'static [&'static str]> {
    match item.kind.name {
        "message" => message(item, node, graph),
        "call" => call(item, node, graph),
        "contact" => contact(item, node, graph),
        "conversation" => conversation(item, node, graph),
        "account" => Ok(account(item, node)),
        "device_identifier" => Ok(identifier(item.record, node)),
        "installed_app" => Ok(application(item.record, node)),
        "wifi_network" => network(item, node, graph),
        _ => {
            node.kind("uco-observable:ObservableObject");
            Ok(&[])
        }
    }
}

fn message(item: &Item<'_>, node: &mut Node, graph: &mut Graph) -> io::Result<&'static [&'static str]> {
    let record = item.record;
    let name = member(record, "service");
    let is_sms = name == "sms";
    node.kind(if is_sms { "uco-observable:SMSMessage" } else { "uco-observable:Message" });
    let facet = Members::default()
        .text("uco-observable:messageID", &record["native_id"])
        .text("uco-observable:messageText", &record["body"])
        .text("uco-observable:messageType", &record["type"])
        .text("uco-observable:sessionID", &record["conversation"])
        .time("uco-observable:sentTime", &record["sent_at"])
        .nodes("uco-observable:from", party(&record["sender"], &name, graph)?.into_iter().collect())
        .nodes("uco-observable:to", parties(&record["recipients"], &name, graph)?)
        .nodes("uco-observable:application", service(record, graph)?);
    node.facet("uco-observable:MessageFacet", facet.done());
    if is_sms {
        let facet = Members::default().bool("uco-observable:isRead", &record["read"]);
        node.facet("uco-observable:SMSMessageFacet", facet.done());
    }
    for (number, held) in record["attachments"].as_array().into_iter().flatten().enumerate() {
        attachment(held, node.id(), number).iter().try_for_each(|node| graph.put(node))?;
    }
    place(record, node, graph)?;
    // Parties stay beyond it too: names, and who gave them, have no property.
    Ok(&["service", "native_id", "body", "type", "conversation", "sent_at"])
}

fn call(item: &Item<'_>, node: &mut Node, graph: &mut Graph) -> io::Result<&'static [&'static str]> {
    let record = item.record;
    let name = member(record, "service");
    node.kind("uco-observable:Call");
    let other: Vec<Value> = party(&record["counterparty"], &name, graph)?.into_iter().collect();
    let side = match record["direction"].as_str() {
        Some("incoming") => "uco-observable:from",
        Some("outgoing") => "uco-observable:to",
        _ => "uco-observable:participant",
    };
    let mut facet = Members::default()
        .text("uco-observable:callType", &record["type"])
        .time("uco-observable:startTime", &record["started_at"])
        .time("uco-observable:endTime", &record["ended_at"])
        .integer("uco-observable:duration", &record["duration_s"])
        .nodes("uco-observable:application", service(record, graph)?);
    let others = parties(&record["participants"], &name, graph)?;
    facet = if side.ends_with("participant") {
        facet.nodes(side, [other, others].concat())
    } else {
        facet.nodes(side, other).nodes("uco-observable:participant", others)
    };
    node.facet("uco-observable:CallFacet", facet.done());
    place(record, node, graph)?;
    // A duration with a fraction has no property.
    Ok(&["service", "type", "started_at", "ended_at"])
}

/// The place that a record carries.
fn place(record: &Value, node: &Node, graph: &mut Graph) -> io::Result<()> {
    let Some(place) = location(&record["location"], node.id()) else { return Ok(()) };
    graph.put(&place)?;
    let mut link = link(node.id(), "Located_At", place["@id"].as_str().unwrap_or(""));
    // A place is no observable, so neither is what leads to it.
    link["@type"] = "uco-core:Relationship".into();
    graph.put(&link)
}

fn conversation(item: &Item<'_>, node: &mut Node, graph: &mut Graph) -> io::Result<&'static [&'static str]> {
    let record = item.record;
    node.kind("uco-observable:MessageThread");
    let participants = parties(&record["participants"], &member(record, "service"), graph)?;
    let facet = Members::default().nodes("uco-observable:participant", participants);
    node.facet("uco-observable:MessageThreadFacet", facet.done());
    Ok(&[])
}

fn account(item: &Item<'_>, node: &mut Node) -> &'static [&'static str] {
    let record = item.record;
    node.kind("uco-observable:DigitalAccount");
    let facet = Members::default().text("uco-observable:accountIdentifier", &record["identifier"]);
    node.facet("uco-observable:AccountFacet", facet.done());
    let facet = Members::default().text("uco-observable:displayName", &record["display_name"]);
    node.facet("uco-observable:DigitalAccountFacet", facet.done());
    if !member(record, "phone").is_empty() {
        node.kind("uco-observable:PhoneAccount");
        let facet = Members::default().text("uco-observable:phoneNumber", &record["phone"]);
        node.facet("uco-observable:PhoneAccountFacet", facet.done());
    }
    &["identifier", "display_name", "phone"]
}

fn contact(item: &Item<'_>, node: &mut Node, graph: &mut Graph) -> io::Result<&'static [&'static str]> {
    let record = item.record;
    node.kind("uco-observable:Contact");
    let facet = Members::default()
        .text("uco-observable:displayName", &record["display_name"])
        .text("uco-observable:firstName", &record["given_name"])
        .text("uco-observable:middleName", &record["middle_name"])
        .text("uco-observable:lastName", &record["family_name"])
        .text("uco-observable:nickname", &record["nickname"])
        .text("uco-observable:contactID", &record["native_id"])
        .texts("uco-observable:contactGroup", &record["groups"])
        .texts("uco-observable:contactNote", &record["notes"])
        .time("uco-observable:lastTimeContacted", &record["last_contacted_at"])
        .integer("uco-observable:numberTimesContacted", &record["times_contacted"])
        .nodes("uco-observable:contactPhone", ways(record, "phones", node.id(), graph)?)
        .nodes("uco-observable:contactEmail", ways(record, "emails", node.id(), graph)?)
        .nodes("uco-observable:contactMessaging", ways(record, "handles", node.id(), graph)?)
        .nodes("uco-observable:sourceApplication", service(record, graph)?);
    node.facet("uco-observable:ContactFacet", facet.done());
    // Labels, normalised forms and all other entries stay beyond it.
    Ok(&[
        "service",
        "display_name",
        "given_name",
        "middle_name",
        "family_name",
        "nickname",
        "native_id",
        "groups",
        "notes",
        "last_contacted_at",
    ])
}

/// Identifiers that UCO has a property for: kind, type, facet, property.
const IDENTIFIERS: &[(&str, &str, &str, &str)] = &[
    ("imei", "MobileDevice", "MobileDeviceFacet", "IMEI"),
    ("imei2", "MobileDevice", "MobileDeviceFacet", "IMEI"),
    ("esn", "MobileDevice", "MobileDeviceFacet", "ESN"),
    ("serial", "Device", "DeviceFacet", "serialNumber"),
    ("iccid", "SIMCard", "SIMCardFacet", "ICCID"),
    ("imsi", "SIMCard", "SIMCardFacet", "IMSI"),
    ("msisdn", "MobileAccount", "MobileAccountFacet", "MSISDN"),
    ("wifi_mac", "WifiAddress", "WifiAddressFacet", "addressValue"),
    ("bluetooth_mac", "BluetoothAddress", "BluetoothAddressFacet", "addressValue"),
    ("android_id", "AndroidDevice", "AndroidDeviceFacet", "androidID"),
];

/// Kind and value stay beyond the facet too, the same for all identifiers.
fn identifier(record: &Value, node: &mut Node) -> &'static [&'static str] {
    let Some((_, of, facet, property)) = IDENTIFIERS.iter().find(|(kind, ..)| record["kind"] == **kind)
    else {
        node.kind("uco-observable:ObservableObject");
        return &[];
    };
    node.kind(&format!("uco-observable:{of}"));
    let property = format!("uco-observable:{property}");
    let members = Members::default();
    let members = if property.ends_with("androidID") {
        members.hex(&property, &record["value"])
    } else {
        members.text(&property, &record["value"])
    };
    node.facet(&format!("uco-observable:{facet}"), members.done());
    &[]
}

fn application(record: &Value, node: &mut Node) -> &'static [&'static str] {
    node.kind("uco-observable:Application");
    let facet = Members::default()
        .text("uco-observable:applicationIdentifier", &record["native_id"])
        .text("uco-observable:version", &record["version"]);
    node.facet("uco-observable:ApplicationFacet", facet.done());
    &["native_id", "version"]
}

fn network(item: &Item<'_>, node: &mut Node, graph: &mut Graph) -> io::Result<&'static [&'static str]> {
    let record = item.record;
    node.kind("uco-observable:WirelessNetworkConnection");
    let facet = Members::default()
        .text("uco-observable:ssid", &record["ssid"])
        .text("uco-observable:baseStation", &record["bssid"]);
    node.facet("uco-observable:WirelessNetworkConnectionFacet", facet.done());
    place(record, node, graph)?;
    Ok(&["ssid", "bssid"])
}

/// The handset, as far as the report merges what is said of it; its name in the graph.
pub(super) fn device(source: &Source, graph: &mut Graph) -> io::Result<String> {
    let held = source.head.get("device");
    let said = |name: &str| &held[name]["value"];
    let mut node = Node::new(&iri("device", &source.sha256));
    node.kind("uco-observable:MobileDevice");
    let mut maker = Vec::new();
    if !said("manufacturer").is_null() {
        let name = member(&held["manufacturer"], "value");
        let organization = json!({"@id": iri("organization", &name), "@type": "uco-identity:Organization", "uco-core:name": name});
        maker.push(graph.shared(&organization)?);
    }
    let facet = Members::default()
        .text("uco-observable:model", said("model"))
        .nodes("uco-observable:manufacturer", maker);
    node.facet("uco-observable:DeviceFacet", facet.done());
    let facts = held.as_object().into_iter().flatten().filter(|(name, _)| *name != "extra");
    let facts: Map<String, Value> =
        facts.map(|(name, fact)| (format!("affiant:{name}"), fact["value"].to_string().into())).collect();
    node.facet("affiant:DeviceFacet", facts);
    let id = node.id().to_owned();
    graph.put(&node.value())?;
    if !said("os").is_null() {
        let mut system = Node::new(&iri("operating-system", &source.sha256));
        system.kind("uco-observable:OperatingSystem");
        system.kind("uco-observable:Software");
        system.set("uco-core:name", member(&held["os"], "value").into());
        let facet = Members::default().text("uco-observable:version", said("os_version"));
        system.facet("uco-observable:SoftwareFacet", facet.done());
        graph.put(&link(&id, "Has_Operating_System", system.id()))?;
        graph.put(&system.value())?;
    }
    Ok(id)
}
