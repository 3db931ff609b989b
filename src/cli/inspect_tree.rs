//! `affiant inspect` of a file that is no database: a tree, each value with its place.

use super::args::InspectOptions;
use super::inspect::shown;
use super::{End, Ended, refuse};
use affiant::parse::{self, Document, Error, Node, Value};
use serde_json::json;
use std::io::{self, Write};

/// Prints every value of a tree as a JSON line: `{"path","offset","length","value"}`.
pub(crate) fn run(out: &mut impl Write, options: &InspectOptions, bytes: &[u8], not_sqlite: &Error) -> Ended {
    if options.table.is_some() || options.page.is_some() || options.offset.is_some() {
        return refuse(not_sqlite.to_string());
    }
    let Some((kind, document)) = read(bytes) else {
        return refuse(format!("{not_sqlite}; nor a property list, XML or JSON"));
    };
    if !options.dump {
        writeln!(out, "{kind}")?;
    }
    leaves(out, &document.root, String::new())?;
    let lost = document.findings.iter().any(|finding| finding.loss);
    Ok(if lost { End::Incomplete } else { End::Complete })
}

fn read(bytes: &[u8]) -> Option<(&'static str, Document<'_>)> {
    if let Ok(document) = parse::plist::document(bytes) {
        return Some(("property list", document));
    }
    if let Ok(document) = parse::xml::document(bytes) {
        return Some(("XML", document));
    }
    parse::json::document(bytes).ok().map(|document| ("JSON", document))
}

fn leaves(out: &mut impl Write, node: &Node<'_>, path: String) -> io::Result<()> {
    match &node.value {
        Value::Map(members) if !members.is_empty() => {
            members.iter().try_for_each(|(key, child)| leaves(out, child, below(&path, key)))
        }
        Value::List(nodes) if !nodes.is_empty() => nodes
            .iter()
            .enumerate()
            .try_for_each(|(index, child)| leaves(out, child, below(&path, &index.to_string()))),
        value => {
            let line = json!({"path": path, "offset": node.span.offset, "length": node.span.length, "value": shown(value)});
            writeln!(out, "{line}")
        }
    }
}

/// The JSON Pointer of a member (RFC 6901).
fn below(path: &str, key: &str) -> String {
    format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"))
}
