//! CASE 1.5.0 / UCO 1.5.0 as JSON-LD, for exchange between authorities. Ids are UUIDs of version 5, made from the ids of the report.
//!
//! ```text
//! record ─ facets of UCO, and `affiant:RecordFacet` for what UCO has no property for
//!    │ Extracted_From
//!    ▼
//! TableField ─ table, rowid, offset, size, view          a deleted row: the record is a RecoveredObject too
//!    │ Contained_Within
//!    ▼
//! File ─ path, SHA-256
//! ```
//!
//! An InvestigativeAction ties the tool to the evidence and to a ProvenanceRecord of all records. Nodes are written one by one: in JSON-LD
//! a node may stand in several places, so memory does not grow with the messages.

mod accounts;
mod kinds;
mod node;
mod origin;

use super::reading::{member, text};
use super::{Export, Item, Source, Tally, Target, count};
use node::{Node, iri, link, reference};
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

const NAME: &str = "case.jsonld";
/// Accounts that are remembered as written: past that one may be written again, which means the same.
const REMEMBERED: usize = 1 << 16;

/// Prefixes of the names of nodes, types and properties.
fn context() -> Value {
    json!({
        "kb": "urn:affiant:",
        "affiant": "urn:affiant:vocabulary:",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "case-investigation": "https://ontology.caseontology.org/case/investigation/",
        "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
        "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
        "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
        "uco-location": "https://ontology.unifiedcyberontology.org/uco/location/",
        "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
        "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
        "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
        "affiant:listedIn": {"@reverse": "uco-core:object", "@type": "@id"},
    })
}

/// The nodes on their way out.
struct Graph {
    out: BufWriter<File>,
    any: bool,
    written: HashSet<String>,
}

impl Graph {
    fn put(&mut self, node: &Value) -> io::Result<()> {
        self.out.write_all(if self.any { b",\n" } else { b"\n" })?;
        self.any = true;
        serde_json::to_writer(&mut self.out, node).map_err(io::Error::from)
    }

    /// Writes a node; a reference to it.
    fn write(&mut self, node: Node) -> io::Result<Value> {
        let there = reference(node.id());
        self.put(&node.value())?;
        Ok(there)
    }

    /// Writes a node that many records name, unless it was written lately; a reference to it.
    fn shared(&mut self, node: &Value) -> io::Result<Value> {
        let id = node["@id"].as_str().unwrap_or("").to_owned();
        let there = reference(&id);
        if self.written.len() >= REMEMBERED {
            self.written.clear();
        }
        if self.written.insert(id) {
            self.put(node)?;
        }
        Ok(there)
    }
}

/// The file.
pub(super) struct Case {
    graph: Graph,
    device: String,
    list: String,
    tally: Tally,
}

impl Case {
    pub(super) fn new(source: &Source, folder: &Path) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(1 << 18, File::create_new(folder.join(NAME))?);
        write!(out, "{{\"@context\": {},\n\"@graph\": [", context())?;
        let mut graph = Graph { out, any: false, written: HashSet::new() };
        let device = kinds::device(source, &mut graph)?;
        let list = iri("provenance-record", &format!("records {}", source.sha256));
        run(source, &mut graph, &device, &list)?;
        Ok(Case { graph, device, list, tally: Tally { files: vec![NAME.into()], ..Tally::default() } })
    }
}

impl Export for Case {
    fn record(&mut self, item: &Item<'_>) -> io::Result<()> {
        match item.kind.name {
            "device" | "finding" => return Ok(()),
            "file" => {
                self.graph.put(&origin::file(item.record))?;
                return Ok(());
            }
            _ => {}
        }
        let record = item.record;
        let id = iri(&item.kind.name.replace('_', "-"), &member(record, "id"));
        let mut node = Node::new(&id);
        let placed = kinds::describe(item, &mut node, &mut self.graph)?;
        node.facet("affiant:RecordFacet", beyond(record, placed));
        if record["state"] != "live" {
            origin::recovered(record, &mut node);
        }
        node.set("affiant:listedIn", self.list.clone().into());
        self.graph.put(&node.value())?;
        origin::write(item, &id, &mut self.graph)?;
        if item.kind.name == "device_identifier" {
            self.graph.put(&link(&id, "Identifies", &self.device))?;
        }
        count(&mut self.tally.written, item.kind.plural.to_owned());
        Ok(())
    }

    fn end(mut self: Box<Self>) -> io::Result<Tally> {
        if !self.tally.written.is_empty() {
            let mut list = Node::new(&self.list);
            list.kind("case-investigation:ProvenanceRecord");
            list.set("uco-core:description", "The records of the report.".into());
            self.graph.put(&list.value())?;
        }
        self.graph.out.write_all(b"\n]}\n")?;
        self.graph.out.flush()?;
        Ok(self.tally)
    }
}

/// Tool, evidence and the action that read it.
fn run(source: &Source, graph: &mut Graph, device: &str, list: &str) -> io::Result<()> {
    let told = source.head.get("tool");
    let mut tool = Node::new(&iri("tool", &format!("affiant {}", member(told, "version"))));
    tool.kind("uco-tool:AnalyticTool");
    tool.set("uco-core:name", "affiant".into());
    tool.set("uco-tool:toolType", "Parser".into());
    tool.set("uco-tool:version", member(told, "version").into());
    let tool = graph.write(tool)?;
    let input = evidence(source, graph)?;
    let mut exhibit = Node::new(&iri("provenance-record", &format!("evidence {}", source.sha256)));
    exhibit.kind("case-investigation:ProvenanceRecord");
    exhibit.set("uco-core:description", "What was read.".into());
    exhibit.set("uco-core:object", json!([reference(device), input]));
    let exhibit = graph.write(exhibit)?;
    let mut action = Node::new(&iri("investigative-action", &format!("parse {}", source.sha256)));
    action.kind("case-investigation:InvestigativeAction");
    action.set("uco-core:name", "parsed".into());
    let limits = Target::Case.cannot_carry().join("; ");
    let said = [format!("report.json SHA-256 {}", source.sha256), format!("Not carried: {limits}")];
    action.set("uco-core:description", json!(said));
    action.set("uco-action:instrument", tool);
    action.set("uco-action:object", exhibit);
    if source.counts.values().any(|count| *count > 0) {
        action.set("uco-action:result", reference(list));
    }
    graph.put(&action.value())
}

/// What was read, with its hash where it is one file.
fn evidence(source: &Source, graph: &mut Graph) -> io::Result<Value> {
    let evidence = source.head.get("evidence");
    let mut input = Node::new(&iri("evidence", &source.sha256));
    input.kind("uco-observable:ObservableObject");
    input.set("uco-core:name", member(evidence, "name").into());
    let said = format!("{} of {} files", member(evidence, "kind"), member(evidence, "files"));
    input.set("uco-core:description", said.into());
    if let Some(sha256) = evidence["sha256"].as_str() {
        let content = origin::content(sha256, &evidence["bytes"], input.id());
        input.facet("uco-observable:ContentDataFacet", content);
    }
    graph.write(input)
}

/// Every member of a record that UCO has no property for, under its name in the report; the stored form of every time; the exact
/// value of every text that a property says otherwise.
fn beyond(record: &Value, placed: &[&str]) -> Map<String, Value> {
    let mut told = Map::new();
    told.insert("affiant:recordId".to_owned(), record["id"].clone());
    let mut verbatim = Map::new();
    for (name, value) in record.as_object().into_iter().flatten() {
        let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if is_empty || matches!(name.as_str(), "id" | "provenance") {
            continue;
        }
        let property = format!("affiant:{name}");
        let is_placed = placed.contains(&name.as_str());
        if value.get("utc").is_some() && value.get("unit").is_some() {
            let utc = value["utc"].as_str().filter(|_| !is_placed);
            told.extend(utc.map(|utc| (property.clone(), node::moment(utc))));
            let stored = [member(value, "raw"), member(value, "unit"), member(value, "zone")].join(" ");
            told.insert(format!("{property}_stored"), stored.trim_end().into());
        } else if let Some((said, exact)) = text(value) {
            if !exact {
                verbatim.insert(name.clone(), value.clone());
            }
            if !is_placed {
                let is_plain = value.is_boolean() || value.is_i64();
                told.insert(property, if is_plain { value.clone() } else { said.into() });
            }
        }
    }
    if !verbatim.is_empty() {
        told.insert("affiant:verbatim".to_owned(), Value::Object(verbatim).to_string().into());
    }
    told
}
