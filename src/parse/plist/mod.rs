//! Apple property lists, binary and XML, told apart by content; and files that hold a run of them.
//!
//! ```text
//! "bplist00" …                     binary            (binary.rs, object.rs, table.rs, trailer.rs)
//! "<?xml …" "<plist …" in UTF-8/16 XML               (xml.rs, scalar.rs)
//! u32 length, property list, …     a run of framed ones, little-endian
//! ```
//!
//! A dictionary is a map, an array or a set is a list. A list keeps its positions: a member that cannot be read stands
//! as null, and a loss finding has its place. A dictionary member that cannot be read is left out, likewise with a loss.
//! The XML form: `man 5 plist`; the binary form: CoreFoundation, `CFBinaryPList.c`.

mod binary;
mod object;
mod scalar;
mod table;
mod trailer;
mod xml;

use nom::Parser;
use nom::error::context;
use nom::multi::length_data;
use nom::number::complete::le_u32;

use super::error::{Parsed, small_hex};
use super::tree::{Findings, place};
use super::{Document, Error, Node, Span, Value, located};

/// Reads a binary or an XML property list.
///
/// # Errors
/// [`Error::WrongKind`] where the input is neither; another error where no value at all can be read.
pub fn document(input: &[u8]) -> Result<Document<'_>, Error> {
    if input.starts_with(&trailer::MAGIC) {
        return binary::document(input);
    }
    if xml::is_markup(input) {
        return xml::document(input);
    }
    Err(Error::WrongKind { expected: "a property list", found: small_hex(input) })
}

/// Reads a run of property lists, each behind its length as a little-endian `u32`. The root is the list of them; one
/// that cannot be read stands as null.
///
/// # Errors
/// The error of the first property list, where none of the run can be read.
pub fn framed(input: &[u8]) -> Result<Document<'_>, Error> {
    let mut run = Run { nodes: Vec::new(), findings: Findings::default(), first_error: None, any: false };
    let mut rest = input;
    while !rest.is_empty() {
        let base = input.len().saturating_sub(rest.len());
        match located(rest, place(base), frame(rest)) {
            Ok((next, bytes)) => {
                run.add(bytes, base.saturating_add(LENGTH_BYTES));
                rest = next;
            }
            Err(error) => {
                run.lose(error, place(base));
                break;
            }
        }
    }
    match run.first_error {
        Some(error) if !run.any => Err(error),
        _ => {
            let root = Node { value: Value::List(run.nodes), span: Span::between(0, input.len()) };
            Ok(Document { root, findings: run.findings.into_vec() })
        }
    }
}

/// The bytes of the length before each property list of a run.
const LENGTH_BYTES: usize = 4;

fn frame(input: &[u8]) -> Parsed<'_, &[u8]> {
    context("framed property list", length_data(le_u32)).parse(input)
}

struct Run<'a> {
    nodes: Vec<Node<'a>>,
    findings: Findings,
    first_error: Option<Error>,
    any: bool,
}

impl<'a> Run<'a> {
    fn add(&mut self, bytes: &'a [u8], base: usize) {
        match document(bytes) {
            Ok(document) => {
                self.nodes.push(document.root.moved_by(place(base)));
                for mut finding in document.findings {
                    finding.offset = finding.offset.map(|offset| offset.saturating_add(place(base)));
                    self.findings.push(finding);
                }
                self.any = true;
            }
            Err(error) => {
                let span = Span::between(base, base.saturating_add(bytes.len()));
                self.nodes.push(Node { value: Value::Null, span });
                self.lose(error, place(base));
            }
        }
    }

    fn lose(&mut self, error: Error, offset: u64) {
        self.findings.lost_at("plist-frame", offset, &error);
        self.first_error.get_or_insert(error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame_of(plist: &[u8]) -> Vec<u8> {
        [&u32::try_from(plist.len()).unwrap().to_le_bytes()[..], plist].concat()
    }

    #[test]
    fn a_run_gives_each_property_list_with_places_in_the_whole_file() {
        let first = frame_of(b"<plist><integer>7</integer></plist>");
        let second = frame_of(
            b"bplist00\x10\x09\x08\0\0\0\0\0\0\x01\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0a",
        );
        let file = [first.clone(), second].concat();
        let document = framed(&file).unwrap();
        let Value::List(nodes) = &document.root.value else { panic!() };
        assert_eq!(nodes[0], Node { value: Value::Integer(7), span: Span { offset: 11, length: 20 } });
        let offset = place(first.len()) + 4 + 8;
        assert_eq!(nodes[1], Node { value: Value::Integer(9), span: Span { offset, length: 2 } });
        assert!(document.findings.is_empty(), "{:?}", document.findings);
    }

    #[test]
    fn a_broken_property_list_of_a_run_costs_itself_only() {
        let good = frame_of(b"<plist><true/></plist>");
        let file = [good.clone(), frame_of(b"garbage"), good, b"\xff\0\0\0ab".to_vec()].concat();
        let document = framed(&file).unwrap();
        let Value::List(nodes) = &document.root.value else { panic!() };
        let values: Vec<_> = nodes.iter().map(|node| &node.value).collect();
        assert_eq!(values, [&Value::Bool(true), &Value::Null, &Value::Bool(true)]);
        assert_eq!(
            document.findings.iter().map(|finding| finding.offset).collect::<Vec<_>>(),
            [Some(30), Some(63)]
        );
    }

    #[test]
    fn a_run_of_nothing_readable_is_an_error() {
        assert!(framed(b"\x07\0\0\0garbage").is_err());
        assert!(framed(b"\x07\0\0").is_err());
        assert_eq!(framed(b"").unwrap().root.value, Value::List(Vec::new()));
    }

    #[test]
    fn another_kind_of_file_is_named_by_its_first_bytes() {
        assert!(matches!(document(b"SQLite format 3"), Err(Error::WrongKind { .. })));
        assert!(matches!(
            document(b"bplist15xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            Err(Error::WrongKind { .. })
        ));
        assert!(matches!(document(b""), Err(Error::WrongKind { .. })));
    }
}
