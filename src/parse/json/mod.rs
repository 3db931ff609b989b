//! JSON, every value with the bytes that it was read from.
//!
//! ```text
//! {"a": [1, 2.5, "x\n"], "a": null}
//!       │    │    └ text: span with its quotes
//!       │    └ real; 1 is an integer, from 2^63 on an unsigned one
//!       └ list: span from bracket to bracket        the same key twice: both are kept, in order
//! ```
//!
//! A text that breaks off or goes wrong keeps what was read before, with a loss. RFC 8259.

mod number;
mod string;

use std::borrow::Cow;

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::combinator::value;
use nom::error::context;

use number::number;
use string::string;

use super::error::{Parsed, small_hex};
use super::tree::{Findings, MAX_DEPTH, place};
use super::{Document, Error, Node, Span, Value, located};

/// Reads one JSON text; a UTF-8 byte order mark before it is accepted.
///
/// # Errors
/// [`Error::WrongKind`] where the input does not begin with a JSON value.
pub fn document(input: &[u8]) -> Result<Document<'_>, Error> {
    let mut findings = Findings::default();
    let start = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
    let mut reader = Reader { input, broken: false, findings: &mut findings };
    let (rest, root) = reader
        .value(start.trim_ascii_start(), 0)
        .map_err(|_| Error::WrongKind { expected: "a JSON text", found: small_hex(input) })?;
    reader.say_rest(rest);
    Ok(Document { root, findings: findings.into_vec() })
}

struct Reader<'a, 'f> {
    input: &'a [u8],
    /// Set where a value went wrong: the containers around it end there.
    broken: bool,
    findings: &'f mut Findings,
}

impl<'a> Reader<'a, '_> {
    fn position(&self, rest: &[u8]) -> usize {
        self.input.len().saturating_sub(rest.len())
    }

    fn node(&self, value: Value<'a>, from: &[u8], to: &[u8]) -> Node<'a> {
        Node { value, span: Span::between(self.position(from), self.position(to)) }
    }

    fn value(&mut self, input: &'a [u8], depth: usize) -> Parsed<'a, Node<'a>> {
        if depth >= MAX_DEPTH && matches!(input.first(), Some(b'[' | b'{')) {
            return Ok(self.too_deep(input));
        }
        let (rest, read) = match input.first() {
            Some(b'[') => self.list(input, depth),
            Some(b'{') => self.map(input, depth),
            _ => scalar(input)?,
        };
        if let (Value::Real(_), true) = (&read, integer_written(input, rest)) {
            let offset = self.position(input);
            self.findings.note(
                "json-wide-integer",
                offset,
                "an integer needs more than 64 bits; read as a real",
            );
        }
        Ok((rest, self.node(read, input, rest)))
    }

    fn list(&mut self, input: &'a [u8], depth: usize) -> (&'a [u8], Value<'a>) {
        let mut nodes = Vec::new();
        let mut rest = input.get(1..).unwrap_or(&[]).trim_ascii_start();
        if let Some(rest) = rest.strip_prefix(b"]") {
            return (rest, Value::List(nodes));
        }
        loop {
            match self.value(rest, depth.saturating_add(1)) {
                Ok((next, node)) => {
                    nodes.push(node);
                    rest = next;
                }
                Err(error) => {
                    rest = self.break_at(rest, located(self.input, 0, Err::<(&[u8], ()), _>(error)).err())
                }
            }
            match self.go_on(rest, b']') {
                Ok(next) => rest = next,
                Err(end) => return (end, Value::List(nodes)),
            }
        }
    }

    fn map(&mut self, input: &'a [u8], depth: usize) -> (&'a [u8], Value<'a>) {
        let mut members = Vec::new();
        let mut rest = input.get(1..).unwrap_or(&[]).trim_ascii_start();
        if let Some(rest) = rest.strip_prefix(b"}") {
            return (rest, Value::Map(members));
        }
        loop {
            match self.member(rest, depth) {
                Ok((next, member)) => {
                    members.push(member);
                    rest = next;
                }
                Err(error) => {
                    rest = self.break_at(rest, located(self.input, 0, Err::<(&[u8], ()), _>(error)).err())
                }
            }
            match self.go_on(rest, b'}') {
                Ok(next) => rest = next,
                Err(end) => return (end, Value::Map(members)),
            }
        }
    }

    fn member(&mut self, input: &'a [u8], depth: usize) -> Parsed<'a, (Cow<'a, str>, Node<'a>)> {
        let (rest, key) = context("JSON object, key", string).parse(input)?;
        let (rest, _) = context("JSON object, colon", tag(":")).parse(rest.trim_ascii_start())?;
        let name = match key {
            Value::Text(name) => name,
            other => {
                let offset = self.position(input);
                self.findings.note("json-key", offset, "a key is not valid text; its reading stands for it");
                Cow::Owned(other.as_text().unwrap_or("").to_owned())
            }
        };
        let (rest, node) = self.value(rest.trim_ascii_start(), depth.saturating_add(1))?;
        Ok((rest, (name, node)))
    }

    /// Behind a member: at a comma, where the next member begins; else (`Err`), where the container ends.
    fn go_on(&mut self, rest: &'a [u8], close: u8) -> Result<&'a [u8], &'a [u8]> {
        if self.broken {
            return Err(rest);
        }
        let rest = rest.trim_ascii_start();
        match rest.split_first() {
            Some((b',', next)) => Ok(next.trim_ascii_start()),
            Some((&byte, next)) if byte == close => Err(next),
            _ => {
                let error = Error::Unexpected {
                    offset: place(self.position(rest)),
                    what: "JSON container".to_owned(),
                    expected: format!("`,` or `{}`", char::from(close)),
                    found: small_hex(rest),
                };
                Err(self.break_at(rest, Some(error)))
            }
        }
    }

    /// Ends the reading at `rest`, and says how much is lost.
    fn break_at(&mut self, rest: &'a [u8], error: Option<Error>) -> &'a [u8] {
        self.broken = true;
        if let Some(error) = error {
            let message = format!("{error}; {} bytes were not read", rest.len());
            self.findings.loss("json-broken", self.position(rest), message);
        }
        rest
    }

    /// A container nested too deep stands as null; its brackets are counted to find its end.
    fn too_deep(&mut self, input: &'a [u8]) -> (&'a [u8], Node<'a>) {
        let offset = self.position(input);
        let message = format!("a value nested more than {MAX_DEPTH} deep was left out");
        self.findings.loss("json-too-deep", offset, message);
        let rest = behind_container(input);
        (rest, self.node(Value::Null, input, rest))
    }

    fn say_rest(&mut self, rest: &[u8]) {
        let rest = rest.trim_ascii_start();
        if self.broken || rest.is_empty() {
            return;
        }
        let message = format!("{} bytes follow the JSON text: {}", rest.len(), small_hex(rest));
        let offset = self.position(rest);
        if rest.iter().all(|&byte| byte == 0) {
            self.findings.note("json-trailing-zeros", offset, message);
        } else {
            self.findings.loss("json-trailing-bytes", offset, message);
        }
    }
}

fn scalar(input: &[u8]) -> Parsed<'_, Value<'_>> {
    let literal = alt((
        value(Value::Null, tag("null")),
        value(Value::Bool(true), tag("true")),
        value(Value::Bool(false), tag("false")),
    ));
    context("JSON value", alt((literal, string, number))).parse(input)
}

fn integer_written(from: &[u8], to: &[u8]) -> bool {
    let written = from.get(..from.len().saturating_sub(to.len())).unwrap_or(&[]);
    written != b"-0" && !written.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'))
}

/// The rest behind the container that `input` begins with; nothing where it does not end.
fn behind_container(input: &[u8]) -> &[u8] {
    let mut depth = 0_usize;
    let (mut quoted, mut escaped) = (false, false);
    for (position, &byte) in input.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => depth = depth.saturating_add(1),
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return input.get(position..).and_then(|rest| rest.get(1..)).unwrap_or(&[]);
        }
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(document: &Document<'_>) -> Vec<&'static str> {
        document.findings.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn members_are_read_in_order_with_their_spans_and_keys_may_repeat() {
        let document = document(b" {\"a\": [1, \"x\"], \"a\": true} ").unwrap();
        let Value::Map(members) = &document.root.value else { panic!() };
        assert_eq!(members.iter().map(|(key, _)| &**key).collect::<Vec<_>>(), ["a", "a"]);
        let Value::List(nodes) = &members[0].1.value else { panic!() };
        assert_eq!(nodes[1], Node { value: Value::Text("x".into()), span: Span { offset: 11, length: 3 } });
        assert_eq!(document.root.span, Span { offset: 1, length: 26 });
        assert!(document.findings.is_empty());
    }

    #[test]
    fn a_text_that_breaks_off_keeps_what_was_read() {
        let document = document(b"{\"a\": [1, 2, tru").unwrap();
        let Some(Value::List(nodes)) = document.root.value.member("a").map(|node| &node.value) else {
            panic!()
        };
        assert_eq!(nodes.len(), 2);
        assert_eq!(codes(&document), ["json-broken"]);
        assert_eq!(document.findings[0].offset, Some(13));
    }

    #[test]
    fn what_follows_the_text_is_said() {
        assert_eq!(codes(&document(b"{} x").unwrap()), ["json-trailing-bytes"]);
        assert_eq!(codes(&document(b"{}\0\0").unwrap()), ["json-trailing-zeros"]);
        assert_eq!(codes(&document(b"{}\r\n").unwrap()), [""; 0]);
    }

    #[test]
    fn nesting_beyond_the_bound_stands_as_null_and_the_rest_is_read() {
        let deep = format!("[{}\"]\"{}, 7]", "[".repeat(MAX_DEPTH + 9), "]".repeat(MAX_DEPTH + 9));
        let document = document(deep.as_bytes()).unwrap();
        let Value::List(nodes) = &document.root.value else { panic!() };
        assert_eq!(nodes[1].value, Value::Integer(7));
        assert_eq!(codes(&document), ["json-too-deep"]);
    }

    #[test]
    fn a_missing_comma_or_colon_breaks_there() {
        for input in [&b"[1 2]"[..], b"{\"a\" 1}", b"{\"a\":1 \"b\":2}", b"[1,]", b"{a:1}"] {
            assert_eq!(codes(&document(input).unwrap()), ["json-broken"], "{input:?}");
        }
    }

    #[test]
    fn an_integer_beyond_64_bits_is_a_real_and_said() {
        let document = document(b"[18446744073709551616, 1e3]").unwrap();
        let Value::List(nodes) = &document.root.value else { panic!() };
        assert_eq!(nodes[0].value, Value::Real(18_446_744_073_709_551_616.0));
        assert_eq!(codes(&document), ["json-wide-integer"]);
    }

    #[test]
    fn other_bytes_are_of_another_kind() {
        for input in [&b""[..], b"x", b"<a/>", b"bplist00"] {
            assert!(matches!(document(input), Err(Error::WrongKind { .. })), "{input:?}");
        }
    }
}
