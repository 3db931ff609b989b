//! Apple's typedstream, what `NSArchiver` writes: the `attributedBody` of a message, old notes and mail.
//!
//! ```text
//! 04 0B "streamtyped"  81 E8 03      version 4, byte order (typedstream: big-endian), system version 1000
//! 84 01 "@"                          a group: its type encoding, then a value for each type
//!   84                               a new object …
//!     84 84 12 "NSAttributedString" 00   its class, with its version,
//!     84 84 08 "NSObject" 00  85         the class above, no more above
//!     92 …                           its own groups (92: the first type encoding again)
//!   86                               end of the object
//! ```
//!
//! `stream` reads tokens, `graph` the objects, `foundation` gives known classes their meaning. An attributed
//! string, and a string that is the root, becomes a map:
//!
//! ```text
//! { "class": "NSMutableAttributedString", "string": "…",
//!   "attributes": [ { "location": 0, "length": 5, "attributes": { "__kIM…AttributeName": 0 } } ] }
//! ```
//!
//! Locations and lengths count UTF-16 units, as Foundation does. An object of another class is a map of `class` and
//! `contents`, the list of its values. Facts: Darwin 0.1 `objc-1/typedstream.m`, and the notes of python-typedstream,
//! <https://github.com/dgelessus/python-typedstream>.

mod encoding;
mod foundation;
mod graph;
mod stream;

use graph::Graph;
use stream::Stream;

use super::tree::Findings;
use super::{Document, Error, Node, Span, Value};

/// Reads a typedstream that is whole.
///
/// # Errors
/// [`Error::WrongKind`] where the bytes do not begin as a typedstream; else the first thing that could not be read.
pub fn decode(input: &[u8]) -> Result<Node<'_>, Error> {
    let (document, first_loss) = read(input)?;
    first_loss.map_or(Ok(document.root), Err)
}

/// Reads a typedstream; one that breaks off or goes wrong keeps what was read before, with a loss.
///
/// # Errors
/// [`Error::WrongKind`] where the bytes do not begin as a typedstream; else the error of the first value.
pub fn document(input: &[u8]) -> Result<Document<'_>, Error> {
    read(input).map(|(document, _)| document)
}

fn read(input: &[u8]) -> Result<(Document<'_>, Option<Error>), Error> {
    let mut stream = Stream::begun(input)?;
    let (graph, mut first_loss) = Graph::read(&mut stream);
    let mut findings = Findings::default();
    if let Some(error) = &first_loss {
        findings.lost("typedstream-broken", error);
        if graph.is_empty() {
            return Err(error.clone());
        }
    }
    let (mut nodes, limit) = foundation::values(&graph, input.len());
    if let Some(error) = limit {
        findings.lost("typedstream-limit", &error);
        first_loss.get_or_insert(error);
    }
    let root = match nodes.pop() {
        Some(node) if nodes.is_empty() => node,
        last => {
            nodes.extend(last);
            Node { value: Value::List(nodes), span: Span::between(0, input.len()) }
        }
    };
    Ok((Document { root, findings: findings.into_vec() }, first_loss))
}

#[cfg(test)]
mod tests;
