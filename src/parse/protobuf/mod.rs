//! Protocol Buffers without their schema.
//!
//! ```text
//! 0A 03 61 62 63   tag (field 1, wire type 2), length 3, "abc"
//! 10 96 01         tag (field 2, wire type 0), varint 150
//! ```
//!
//! A message becomes a map whose members are the field numbers, in the order of the bytes; a repeated field stands there as often
//! as it was written. `4.1` is the path of field 1 in every field 4. What the bytes do not tell is chosen by one strict rule, and
//! any other reading can be asked for by a suffix: `3:bytes`, `7:double` (see [`Reading`]).
//!
//! | wire type | without a suffix |
//! | --- | --- |
//! | varint | a whole number, unsigned |
//! | 64 bits, 32 bits | a whole number, unsigned |
//! | group | a message |
//! | length-delimited | the first of: no bytes → empty text; valid UTF-8 without control characters → text; a whole message → message; else bytes |
//!
//! Tab, line feed and carriage return are no control characters here; a text that begins with a tab or line feed (the tags of field 1)
//! and reads as a whole message is a message. A message is whole where every byte belongs to a field, every number is written in its
//! shortest form, and no field number is 0 or reserved.
//!
//! <https://protobuf.dev/programming-guides/encoding/>

mod known;
mod message;
mod reading;
mod wire;

pub(super) use known::{fields, last};
pub(super) use wire::Wire;

pub use reading::{Reading, is_reading_path};

use super::error::small_hex;
use super::tree::{Findings, place};
use super::{Document, Error, Node, Span, Value};
use message::{MAX_DEPTH, Reader, is_whole};

/// Where bytes that are no field are kept: the member of a message that ends in such.
pub const REST: &str = "rest()";

/// Reads a message. `asked` are paths with suffixes (`3:message.1:text`): each adds the member that it names.
///
/// # Errors
/// [`Error::WrongKind`] where the bytes do not begin with a field. What follows the last field that could be read is a loss, and
/// kept under [`REST`].
pub fn document<'a>(input: &'a [u8], asked: &[String]) -> Result<Document<'a>, Error> {
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let mut reader = Reader { input, findings: Findings::default() };
    let members = reader.message(input, &asked, MAX_DEPTH);
    let only_rest = matches!(members.as_slice(), [(name, _)] if name == REST);
    if only_rest {
        return Err(Error::WrongKind { expected: "a protobuf message", found: small_hex(input) });
    }
    let span = Span { offset: 0, length: place(input.len()) };
    Ok(Document { root: Node { value: Value::Map(members), span }, findings: reader.findings.into_vec() })
}

/// Whether bytes are a whole message with at least one field: what tells a file of this kind, which has no magic.
pub fn is_message(input: &[u8]) -> bool {
    !input.is_empty() && is_whole(input, MAX_DEPTH)
}

#[cfg(test)]
mod tests;
