//! Nodes of a JSON-LD graph.

use super::super::ids::uuid;
use super::super::reading::text;
use serde_json::{Map, Value, json};

/// The name of a node: what it is, and a UUID made from what tells it from others.
pub(super) fn iri(what: &str, of: &str) -> String {
    format!("kb:{what}-{}", uuid(&format!("{what} {of}")))
}

pub(super) fn reference(id: &str) -> Value {
    json!({"@id": id})
}

/// `xsd:dateTime`.
pub(super) fn moment(utc: &str) -> Value {
    json!({"@type": "xsd:dateTime", "@value": utc})
}

/// A directed relationship.
pub(super) fn link(source: &str, kind: &str, target: &str) -> Value {
    json!({"@id": iri("relationship", &format!("{source} {kind} {target}")), "@type": "uco-observable:ObservableRelationship",
        "uco-core:source": reference(source), "uco-core:target": reference(target), "uco-core:kindOfRelationship": kind,
        "uco-core:isDirectional": true})
}

/// A node in the making.
pub(super) struct Node {
    id: String,
    kinds: Vec<String>,
    facets: Vec<Value>,
    members: Map<String, Value>,
}

impl Node {
    pub(super) fn new(id: &str) -> Self {
        Node { id: id.to_owned(), kinds: Vec::new(), facets: Vec::new(), members: Map::new() }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn kind(&mut self, kind: &str) {
        self.kinds.push(kind.to_owned());
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.members.insert(name.to_owned(), value);
    }

    /// Adds a facet, unless it says nothing.
    pub(super) fn facet(&mut self, kind: &str, members: Map<String, Value>) {
        if members.is_empty() {
            return;
        }
        let mut facet = Map::new();
        facet.insert("@id".to_owned(), iri("facet", &format!("{} {kind}", self.id)).into());
        let kinds = if kind.starts_with("affiant:") { json!(["uco-core:Facet", kind]) } else { kind.into() };
        facet.insert("@type".to_owned(), kinds);
        facet.extend(members);
        self.facets.push(Value::Object(facet));
    }

    pub(super) fn value(self) -> Value {
        let mut node = Map::new();
        node.insert("@id".to_owned(), self.id.into());
        node.insert("@type".to_owned(), self.kinds.into());
        node.extend(self.members);
        if !self.facets.is_empty() {
            node.insert("uco-core:hasFacet".to_owned(), self.facets.into());
        }
        Value::Object(node)
    }
}

/// Members of a facet, property by property; what the record does not hold is left out.
#[derive(Default)]
pub(super) struct Members(Map<String, Value>);

impl Members {
    pub(super) fn text(mut self, name: &str, held: &Value) -> Self {
        self.0.extend(text(held).map(|(text, _)| (name.to_owned(), Value::from(text))));
        self
    }

    pub(super) fn texts(mut self, name: &str, held: &Value) -> Self {
        let texts = held.as_array().into_iter().flatten().filter_map(text);
        let texts: Vec<Value> = texts.map(|(text, _)| Value::from(text)).collect();
        if !texts.is_empty() {
            self.0.insert(name.to_owned(), texts.into());
        }
        self
    }

    pub(super) fn time(mut self, name: &str, held: &Value) -> Self {
        self.0.extend(held["utc"].as_str().map(|utc| (name.to_owned(), moment(utc))));
        self
    }

    /// A whole number.
    pub(super) fn integer(mut self, name: &str, held: &Value) -> Self {
        let whole = held
            .as_i64()
            .or_else(|| held.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 1e15).map(|n| n as i64));
        self.0.extend(whole.map(|number| (name.to_owned(), number.into())));
        self
    }

    pub(super) fn bool(mut self, name: &str, held: &Value) -> Self {
        self.0.extend(held.as_bool().map(|is| (name.to_owned(), is.into())));
        self
    }

    pub(super) fn decimal(mut self, name: &str, held: &Value) -> Self {
        let number = held.as_f64().map(|n| json!({"@type": "xsd:decimal", "@value": n.to_string()}));
        self.0.extend(number.map(|number| (name.to_owned(), number)));
        self
    }

    /// Bytes in hexadecimal; anything else is left out.
    pub(super) fn hex(mut self, name: &str, held: &Value) -> Self {
        let hex = held.as_str().filter(|text| !text.is_empty() && hex::decode(text).is_ok());
        self.0.extend(hex.map(|hex| (name.to_owned(), json!({"@type": "xsd:hexBinary", "@value": hex}))));
        self
    }

    /// References to nodes, or nodes themselves.
    pub(super) fn nodes(mut self, name: &str, nodes: Vec<Value>) -> Self {
        if !nodes.is_empty() {
            self.0.insert(name.to_owned(), nodes.into());
        }
        self
    }

    pub(super) fn done(self) -> Map<String, Value> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_a_property_is_left_out_of_it() {
        let members = Members::default()
            .hex("h", &json!("0g"))
            .integer("i", &json!(1.5))
            .time("t", &json!({"utc": null}))
            .text("n", &Value::Null)
            .done();
        assert!(members.is_empty());
        let members = Members::default().integer("i", &json!(63.0)).decimal("d", &json!(0.000_000_1)).done();
        assert_eq!((&members["i"], &members["d"]["@value"]), (&json!(63), &json!("0.0000001")));
    }
}
