//! Type encodings of Objective-C, as far as a typedstream uses them.
//!
//! ```text
//! c C B   one byte               @ object   # class   : selector   % atom
//! s S i I l L q Q   an integer   * C string   + bytes   ! nothing
//! f d     a float, a double      [3i] array of three   {name=ii} struct
//! ```
//!
//! <https://developer.apple.com/library/archive/documentation/Cocoa/Conceptual/ObjCRuntimeGuide/Articles/ocrtTypeEncodings.html>

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while};
use nom::character::complete::{char, one_of, u32};
use nom::combinator::{all_consuming, map, opt};
use nom::error::ErrorKind;
use nom::multi::{many0, many1};
use nom::sequence::{delimited, preceded, terminated};

use crate::parse::error::{Broken, Parsed};

/// How deep types may nest; the types that Foundation archives nest three deep.
const MAX_TYPE_DEPTH: usize = 16;

/// The type of one value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Encoding {
    Char,
    UnsignedChar,
    Boolean,
    Signed,
    Unsigned,
    Float,
    Double,
    Object,
    Class,
    SharedString,
    CString,
    Bytes,
    Nothing,
    Array(usize, Box<Encoding>),
    Struct(Vec<Encoding>),
}

/// The types of a group; `None` where the encoding is not one that a typedstream can hold.
pub(super) fn encodings(written: &[u8]) -> Option<Vec<Encoding>> {
    all_consuming(many1(|input| encoding(input, 0))).parse(written).ok().map(|(_, types)| types)
}

fn encoding(input: &[u8], depth: usize) -> Parsed<'_, Encoding> {
    if depth >= MAX_TYPE_DEPTH {
        return Err(nom::Err::Error(Broken {
            rest: input,
            kind: ErrorKind::TooLarge,
            context: vec!["type encoding"],
        }));
    }
    let deeper = depth.saturating_add(1);
    let array = delimited(char('['), (u32, move |input| encoding(input, deeper)), char(']'));
    let name = terminated(take_while(|byte: u8| !b"={}".contains(&byte)), tag("="));
    let fields = many0(move |input| encoding(input, deeper));
    let structure = delimited(char('{'), preceded(opt(name), fields), char('}'));
    let array = map(array, |(length, of)| {
        Encoding::Array(usize::try_from(length).unwrap_or(usize::MAX), Box::new(of))
    });
    alt((simple, array, map(structure, Encoding::Struct))).parse(input)
}

fn simple(input: &[u8]) -> Parsed<'_, Encoding> {
    let letter = one_of("cCBsilqSILQfd@#:%*+!");
    map(letter, |letter| match letter {
        'c' => Encoding::Char,
        'C' => Encoding::UnsignedChar,
        'B' => Encoding::Boolean,
        's' | 'i' | 'l' | 'q' => Encoding::Signed,
        'S' | 'I' | 'L' | 'Q' => Encoding::Unsigned,
        'f' => Encoding::Float,
        'd' => Encoding::Double,
        '@' => Encoding::Object,
        '#' => Encoding::Class,
        '*' => Encoding::CString,
        '+' => Encoding::Bytes,
        '!' => Encoding::Nothing,
        _ => Encoding::SharedString,
    })
    .parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_arrays_and_structs_are_read() {
        assert_eq!(encodings(b"iI"), Some(vec![Encoding::Signed, Encoding::Unsigned]));
        assert_eq!(encodings(b"[12c]"), Some(vec![Encoding::Array(12, Box::new(Encoding::Char))]));
        let range = Encoding::Struct(vec![Encoding::Unsigned, Encoding::Unsigned]);
        assert_eq!(encodings(b"{_NSRange=QQ}"), Some(vec![range.clone()]));
        assert_eq!(
            encodings(b"{?=[2{QQ}]}"),
            Some(vec![Encoding::Struct(vec![Encoding::Array(2, Box::new(range))])])
        );
    }

    #[test]
    fn what_a_typedstream_cannot_hold_is_none() {
        for written in [&b""[..], b"^v", b"(a=i)", b"[i]", b"{a=i", b"i)", &b"{".repeat(40)] {
            assert_eq!(encodings(written), None, "{written:?}");
        }
    }
}
