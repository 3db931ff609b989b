//! The tree of a binary property list: objects followed from the top one by reference.
//!
//! ```text
//! top ──► dictionary ──► key, value, …        an object may be referred to from many places; it is then shown in each,
//!              └────────► array ──► …         unless that would go round in a circle or past the bounds
//! ```
//!
//! The bounds on their number come from the size of the file.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::object::{Object, object};
use super::table::{ObjectTable, Offsets, unsigned};
use super::trailer::{MAGIC, object_table};
use crate::parse::tree::{Budget, Findings, MAX_DEPTH, offset_in, place};
use crate::parse::{Document, Error, Node, Span, Value, located};

/// The marker of an integer of 16 bytes.
const WIDE_INTEGER: u8 = 0x14;

/// A marker and eight bytes: the longest number or date. Longer objects are not compared, so that many references to one long
/// object cost no time.
const SHORT_SCALAR: usize = 9;

/// Reads a binary property list. One whose end is gone or wrong is rebuilt as far as its objects reach, with a loss.
pub(super) fn document(input: &[u8]) -> Result<Document<'_>, Error> {
    let mut findings = Findings::default();
    let read = object_table(input, &mut findings).and_then(|table| expanded(&table, &mut findings));
    let root = match read {
        Ok(root) => root,
        Err(error) => {
            findings.lost("bplist-trailer", &error);
            rebuilt(input, &mut findings).ok_or(error)?
        }
    };
    Ok(Document { root, findings: findings.into_vec() })
}

/// The tree of the objects that stand one behind the other, where it has any member.
fn rebuilt<'a>(input: &'a [u8], findings: &mut Findings) -> Option<Node<'a>> {
    let table = ObjectTable::rebuilt(input)?;
    let message = format!(
        "the end of the file is gone or wrong: {} objects were found one behind the other, and numbered in this order          with references of {} bytes",
        table.count(),
        table.reference_size
    );
    findings.loss("bplist-rebuilt", MAGIC.len(), message);
    let root = expanded(&table, findings).ok()?;
    let has_members = match &root.value {
        Value::List(nodes) => nodes.iter().any(|node| node.value != Value::Null),
        Value::Map(members) => !members.is_empty(),
        _ => false,
    };
    has_members.then_some(root)
}

fn expanded<'a>(table: &ObjectTable<'a>, findings: &mut Findings) -> Result<Node<'a>, Error> {
    let mut expansion = Expansion {
        table,
        findings,
        path: Vec::new(),
        reached: vec![false; table.count()],
        budget: Budget::for_input(table.input.len()),
    };
    let root = expansion.node(table.top_object)?;
    expansion.say_unreached();
    Ok(root)
}

struct Expansion<'a, 't> {
    table: &'t ObjectTable<'a>,
    findings: &'t mut Findings,
    /// The objects from the top to here, by which a circle is seen.
    path: Vec<u64>,
    reached: Vec<bool>,
    budget: Budget,
}

impl<'a> Expansion<'a, '_> {
    fn node(&mut self, reference: u64) -> Result<Node<'a>, Error> {
        let (start, bytes) = self.table.object(reference)?;
        let (rest, object) = located(bytes, place(start), object(bytes, self.table.reference_size))?;
        let span = Span { offset: place(start), length: place(bytes.len().saturating_sub(rest.len())) };
        self.count(&object, span)?;
        if let Some(reached) = usize::try_from(reference).ok().and_then(|index| self.reached.get_mut(index)) {
            *reached = true;
        }
        let value = match object {
            Object::Scalar(value) => {
                self.note_wide_integer(bytes, &value, start);
                value
            }
            Object::List(references) => {
                self.enter(reference, span)?;
                let list = self.list(references, span);
                self.path.pop();
                list
            }
            Object::Dictionary(keys, values) => {
                self.enter(reference, span)?;
                let map = self.map(keys, values);
                self.path.pop();
                map
            }
        };
        Ok(Node { value, span })
    }

    /// Counts a node against the bounds of the file.
    fn count(&mut self, object: &Object<'_>, span: Span) -> Result<(), Error> {
        let text = match object {
            Object::Scalar(Value::Text(Cow::Owned(text))) => text.len(),
            Object::Scalar(Value::InvalidText { reading, .. }) => reading.len(),
            _ => 0,
        };
        self.budget.spend(text, span.offset, "bplist objects")
    }

    fn enter(&mut self, reference: u64, span: Span) -> Result<(), Error> {
        let what = format!("bplist object {reference}");
        if self.path.contains(&reference) {
            let (expected, found) = ("members below it".to_owned(), "itself".to_owned());
            return Err(Error::Unexpected { offset: span.offset, what, expected, found });
        }
        if self.path.len() >= MAX_DEPTH {
            return Err(Error::Limit { offset: span.offset, what, limit: format!("{MAX_DEPTH} levels") });
        }
        self.path.push(reference);
        Ok(())
    }

    fn references(&self, bytes: &'a [u8]) -> impl Iterator<Item = Result<u64, Error>> + use<'a> {
        let input = self.table.input;
        bytes.chunks_exact(self.table.reference_size).map(move |reference| {
            unsigned(reference).ok_or_else(|| Error::Unexpected {
                offset: place(offset_in(input, reference).unwrap_or(0)),
                what: "bplist reference".to_owned(),
                expected: "at most 64 bits".to_owned(),
                found: hex::encode(reference),
            })
        })
    }

    fn list(&mut self, references: &'a [u8], span: Span) -> Value<'a> {
        let mut nodes = Vec::new();
        for reference in self.references(references) {
            if self.budget.is_exhausted() {
                break;
            }
            nodes.push(reference.and_then(|reference| self.node(reference)).unwrap_or_else(|error| {
                self.findings.lost("bplist-object", &error);
                Node { value: Value::Null, span: Span { offset: span.offset, length: 0 } }
            }));
        }
        Value::List(nodes)
    }

    fn map(&mut self, keys: &'a [u8], values: &'a [u8]) -> Value<'a> {
        let mut members = Vec::new();
        for (key, value) in self.references(keys).zip(self.references(values)) {
            if self.budget.is_exhausted() {
                break;
            }
            match self.member(key, value) {
                Ok(member) => members.push(member),
                Err(error) => self.findings.lost("bplist-object", &error),
            }
        }
        Value::Map(members)
    }

    fn member(
        &mut self,
        key: Result<u64, Error>,
        value: Result<u64, Error>,
    ) -> Result<(Cow<'a, str>, Node<'a>), Error> {
        let key = self.node(key?)?;
        let name = match key.value {
            Value::Text(name) => name,
            Value::InvalidText { reading, .. } => {
                self.note_key(key.span, "is not valid text; its reading stands for it");
                reading.into()
            }
            Value::Integer(number) => {
                self.note_key(key.span, "is an integer; its digits stand for it");
                number.to_string().into()
            }
            _ => {
                return Err(Error::Unexpected {
                    offset: key.span.offset,
                    what: "bplist dictionary, key".to_owned(),
                    expected: "a string".to_owned(),
                    found: "another type".to_owned(),
                });
            }
        };
        Ok((name, self.node(value?)?))
    }

    fn note_wide_integer(&mut self, bytes: &[u8], value: &Value<'_>, start: usize) {
        if bytes.first() == Some(&WIDE_INTEGER) && matches!(value, Value::Blob(_)) {
            self.findings.note(
                "bplist-wide-integer",
                start,
                "an integer needs more than 64 bits; its bytes are kept",
            );
        }
    }

    fn note_key(&mut self, span: Span, what: &str) {
        let offset = usize::try_from(span.offset).unwrap_or(usize::MAX);
        self.findings.note("bplist-key", offset, format!("a dictionary key {what}"));
    }

    /// Objects that hang from nothing are not in the tree: said, because they may be what an editor left behind. A number, date
    /// or boolean that stands in the tree as well is no such thing: CoreFoundation writes those copies itself.
    fn say_unreached(&mut self) {
        let numbered = matches!(self.table.offsets, Offsets::Table { .. });
        if !numbered || self.budget.is_exhausted() || self.reached.iter().all(|reached| *reached) {
            return;
        }
        let of = |wanted: bool| {
            let chosen = self.reached.iter().enumerate().filter(move |(_, reached)| **reached == wanted);
            chosen.map(|(index, _)| self.short_scalar(index))
        };
        let told: BTreeSet<&[u8]> = of(true).flatten().collect();
        let unreached = of(false).filter(|scalar| scalar.is_none_or(|bytes| !told.contains(bytes))).count();
        if unreached > 0 {
            let message = format!("{unreached} of {} objects hang from no other", self.reached.len());
            self.findings.note("bplist-unreached-objects", MAGIC.len(), message);
        }
    }

    /// The bytes of an object that is a number, a date or a boolean.
    fn short_scalar(&self, index: usize) -> Option<&'a [u8]> {
        let (_, bytes) = self.table.object(u64::try_from(index).ok()?).ok()?;
        let (rest, read) = object(bytes, self.table.reference_size).ok()?;
        let own = bytes.get(..bytes.len().checked_sub(rest.len())?)?;
        (matches!(read, Object::Scalar(_)) && own.len() <= SHORT_SCALAR).then_some(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with these objects, one-byte offsets and references, the first object on top.
    fn file(objects: &[&[u8]]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let offsets: Vec<u8> = objects
            .iter()
            .map(|object| {
                let offset = u8::try_from(bytes.len()).unwrap();
                bytes.extend_from_slice(object);
                offset
            })
            .collect();
        let table = bytes.len() as u64;
        bytes.extend(offsets);
        bytes.extend([0, 0, 0, 0, 0, 0, 1, 1]);
        for number in [objects.len() as u64, 0, table] {
            bytes.extend(number.to_be_bytes());
        }
        bytes
    }

    #[test]
    fn members_carry_the_span_of_their_object() {
        let bytes = file(&[b"\xd1\x01\x02", b"\x51k", b"\x10\x07"]);
        let document = document(&bytes).unwrap();
        assert_eq!(document.root.span, Span { offset: 8, length: 3 });
        let member = document.root.value.member("k").unwrap();
        assert_eq!(*member, Node { value: Value::Integer(7), span: Span { offset: 13, length: 2 } });
        assert!(document.findings.is_empty());
    }

    #[test]
    fn an_array_keeps_the_positions_of_what_cannot_be_read() {
        let bytes = file(&[b"\xa3\x01\x09\x02", b"\x10\x01", b"\x10\x02"]);
        let document = document(&bytes).unwrap();
        let Value::List(nodes) = &document.root.value else { panic!() };
        let values: Vec<_> = nodes.iter().map(|node| &node.value).collect();
        assert_eq!(values, [&Value::Integer(1), &Value::Null, &Value::Integer(2)]);
        assert_eq!((document.findings.len(), document.findings[0].loss), (1, true));
    }

    #[test]
    fn an_array_within_itself_is_cut_and_said() {
        let bytes = file(&[b"\xa2\x01\x00", b"\x09"]);
        let document = document(&bytes).unwrap();
        let Value::List(nodes) = &document.root.value else { panic!() };
        assert_eq!((&nodes[0].value, &nodes[1].value), (&Value::Bool(true), &Value::Null));
        assert!(document.findings[0].message.contains("expected members below it, found itself"));
    }

    #[test]
    fn shared_objects_stop_at_a_bound_of_the_file_size() {
        let doubling: Vec<[u8; 3]> = (0..40).map(|level| [0xa2, level + 1, level + 1]).collect();
        let mut objects: Vec<&[u8]> = doubling.iter().map(|object| &object[..]).collect();
        objects.push(b"\x09");
        let bytes = file(&objects);
        let document = document(&bytes).unwrap();
        assert_eq!(document.findings.len(), 1, "{:?}", document.findings);
        assert!(document.findings[0].loss && document.findings[0].message.contains("shared too often"));
    }

    #[test]
    fn nesting_beyond_the_bound_is_cut_and_said() {
        let mut bytes = MAGIC.to_vec();
        let levels = 2 * MAX_DEPTH;
        for level in 1..=levels {
            bytes.extend([0xa1, (level >> 8) as u8, level as u8]);
        }
        bytes.push(0x09);
        let table = bytes.len() as u64;
        bytes.extend((0..=levels).flat_map(|level| (8 + 3 * level as u16).to_be_bytes()));
        bytes.extend([0, 0, 0, 0, 0, 0, 2, 2]);
        for number in [levels as u64 + 1, 0, table] {
            bytes.extend(number.to_be_bytes());
        }
        let document = document(&bytes).unwrap();
        assert!(document.findings[0].message.contains("more than 256 levels"), "{:?}", document.findings);
    }

    #[test]
    fn objects_that_hang_from_nothing_are_said() {
        let bytes = file(&[b"\x09", b"\x51k"]);
        let document = document(&bytes).unwrap();
        assert_eq!(document.findings[0].code, "bplist-unreached-objects");
        assert!(!document.findings[0].loss);
    }

    #[test]
    fn a_copy_of_a_number_that_stands_in_the_tree_is_not_said() {
        let with = |unreached: &'static [u8]| file(&[b"\xa1\x01", b"\x10\x07", unreached]);
        assert_eq!(document(&with(b"\x10\x07")).unwrap().findings.len(), 0);
        assert_eq!(document(&with(b"\x10\x08")).unwrap().findings[0].code, "bplist-unreached-objects");
    }

    #[test]
    fn a_file_whose_end_is_gone_is_rebuilt_as_far_as_its_objects_reach() {
        let bytes = file(&[b"\xd2\x01\x02\x03\x04", b"\x51a", b"\x51b", b"\x10\x07", b"\x55hello"]);
        let document = document(&bytes[..22]).unwrap();
        assert_eq!(document.root.value.member("a").unwrap().value, Value::Integer(7));
        assert!(document.root.value.member("b").is_none());
        let codes: Vec<_> = document.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["bplist-trailer", "bplist-rebuilt", "bplist-object"]);
        assert!(document.findings.iter().all(|finding| finding.loss));
    }

    #[test]
    fn an_integer_beyond_64_bits_keeps_its_bytes_and_is_said() {
        let bytes = file(&[b"\x14\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0"]);
        let document = document(&bytes).unwrap();
        assert!(matches!(&document.root.value, Value::Blob(bytes) if bytes.len() == 16));
        assert_eq!((document.findings[0].code, document.findings[0].loss), ("bplist-wide-integer", false));
    }

    #[test]
    fn a_top_object_that_cannot_be_read_is_an_error() {
        assert!(document(&file(&[b"\x52k"])).is_err());
    }
}
