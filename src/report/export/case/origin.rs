//! Where a record is from, as nodes: the row, and the file that it lies in.

use super::super::Item;
use super::super::reading::member;
use super::Graph;
use super::node::{Members, Node, iri, link};
use serde_json::{Map, Value, json};
use std::io;

fn file_iri(file: &Value) -> String {
    let id = if file["file"].is_null() { &file["id"] } else { &file["file"] };
    iri("file", &format!("{id} {} {}", member(file, "sha256"), member(file, "path")))
}

/// A file of the evidence; `record` is its row.
pub(super) fn file(record: &Value) -> Value {
    let mut node = Node::new(&file_iri(record));
    node.kind("uco-observable:File");
    let path = member(record, "path");
    let name = path.rsplit('/').next().unwrap_or("").to_owned();
    let facet = Members::default()
        .text("uco-observable:fileName", &name.into())
        .text("uco-observable:filePath", &record["path"])
        .integer("uco-observable:sizeInBytes", &record["size"]);
    node.facet("uco-observable:FileFacet", facet.done());
    let content = content(&member(record, "sha256"), &record["size"], node.id());
    node.facet("uco-observable:ContentDataFacet", content);
    node.value()
}

/// Size and SHA-256.
pub(super) fn content(sha256: &str, size: &Value, of: &str) -> Map<String, Value> {
    let members = Members::default().integer("uco-observable:sizeInBytes", size);
    let hash = Members::default().hex("uco-types:hashValue", &sha256.into()).done();
    if hash.is_empty() {
        return members.done();
    }
    let mut node = Map::new();
    node.insert("@id".to_owned(), iri("hash", &format!("{of} {sha256}")).into());
    node.insert("@type".to_owned(), "uco-types:Hash".into());
    node.insert("uco-types:hashMethod".to_owned(), "SHA256".into());
    node.extend(hash);
    members.nodes("uco-observable:hash", vec![Value::Object(node)]).done()
}

/// A row that the live view does not hold.
pub(super) fn recovered(record: &Value, node: &mut Node) {
    let status = match record["provenance"]["rows"][0]["complete"].as_bool() {
        Some(true) => "recovered",
        Some(false) => "partially recovered",
        None => "unknown",
    };
    node.kind("uco-observable:RecoveredObject");
    let facet = Members::default().text("uco-observable:contentRecoveredStatus", &status.into());
    node.facet("uco-observable:RecoveredObjectFacet", facet.done());
}

/// The row that the record was made from, and how the three hang together.
pub(super) fn write(item: &Item<'_>, of: &str, graph: &mut Graph) -> io::Result<()> {
    let base = &item.record["provenance"]["rows"][0];
    let mut row = Node::new(&iri("row", of));
    let is_row = !base["table"].is_null();
    row.kind(if is_row { "uco-observable:TableField" } else { "uco-observable:ObservableObject" });
    let field = Members::default()
        .text("uco-observable:tableName", &base["table"])
        .text("uco-observable:recordRowID", &if is_row { member(base, "rowid").into() } else { Value::Null });
    row.facet("uco-observable:TableFieldFacet", if is_row { field.done() } else { Map::new() });
    let range = Members::default()
        .integer("uco-observable:rangeOffset", &base["offset"])
        .integer("uco-observable:rangeSize", &base["length"])
        .text("uco-observable:rangeOffsetType", &base["source"]);
    row.facet("uco-observable:DataRangeFacet", range.done());
    let place = Members::default()
        .text("affiant:view", &base["view"])
        .text("affiant:node", &base["path"])
        .text("affiant:cell", &base["cell"])
        .integer("affiant:page", &base["page"])
        .bool("affiant:complete", &base["complete"])
        .text("affiant:reason", &base["reason"]);
    row.facet("affiant:RowFacet", place.done());
    let id = row.id().to_owned();
    graph.put(&row.value())?;
    graph.put(&link(of, "Extracted_From", &id))?;
    let file = item.source.file(&base["file"]);
    graph.put(&link(&id, "Contained_Within", &file_iri(file)))
}

/// A file that a message carries or names.
pub(super) fn attachment(held: &Value, of: &str, number: usize) -> Vec<Value> {
    let mut node = Node::new(&iri("attachment", &format!("{of} {number}")));
    node.kind("uco-observable:File");
    let facet = Members::default()
        .text("uco-observable:fileName", &held["name"])
        .text("uco-observable:filePath", &held["path"])
        .integer("uco-observable:sizeInBytes", &held["size"]);
    node.facet("uco-observable:FileFacet", facet.done());
    let content = content(&member(held, "sha256"), &Value::Null, node.id());
    let mime = Members::default().text("uco-observable:mimeType", &held["mime_type"]).done();
    node.facet("uco-observable:ContentDataFacet", mime.into_iter().chain(content).collect());
    let link = link(node.id(), "Attachment_Of", of);
    vec![node.value(), link]
}

/// A place; nothing where the source gives neither coordinates nor an address.
pub(super) fn location(place: &Value, of: &str) -> Option<Value> {
    let mut node = Node::new(&iri("location", of));
    node.kind("uco-location:Location");
    let point = Members::default()
        .decimal("uco-location:latitude", &place["latitude"])
        .decimal("uco-location:longitude", &place["longitude"])
        .done();
    let address = Members::default().text("uco-location:street", &place["address"]).done();
    if point.is_empty() && address.is_empty() {
        return None;
    }
    node.facet("uco-location:LatLongCoordinatesFacet", point);
    node.facet("uco-location:SimpleAddressFacet", address);
    node.set("uco-core:name", json!(member(place, "name")));
    Some(node.value())
}
