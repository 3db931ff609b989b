//! The tokens of a typedstream: numbers, strings, references. A head byte says what follows.
//!
//! ```text
//! 81 two bytes   82 four bytes   87 eight bytes   83 a float or double      else: the byte is the integer
//! 84 new         85 nil          86 end of object                           from 92 on, for strings and objects:
//!                                                                           reference number 0, 1, …
//! ```
//!
//! A reference number beyond one byte is an integer of two or four bytes, counted from -110 like the heads are.

use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::{map, peek};
use nom::error::{ErrorKind, context};
use nom::number::Endianness;
use nom::number::complete::{f32, f64, i8, i16, i32, i64, u8 as byte, u16, u32, u64};

use crate::parse::error::{Broken, Parsed, small_hex};
use crate::parse::{Error, located};

const INTEGER_2: u8 = 0x81;
const INTEGER_4: u8 = 0x82;
const FLOATING: u8 = 0x83;
const INTEGER_8: u8 = 0x87;
/// Something that stands here for the first time.
pub(super) const NEW: u8 = 0x84;
/// Nothing: no string, no object, no class above.
pub(super) const NIL: u8 = 0x85;
/// The object ends.
pub(super) const END: u8 = 0x86;
/// The reference number 0, as a signed byte: one above the heads that have a meaning of their own.
const FIRST_REFERENCE: i64 = -110;

/// Something new, something seen before, or nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Head {
    New,
    Nil,
    Reference(usize),
}

/// Where reading stands, and the strings that can be referred to.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    /// All bytes.
    pub input: &'a [u8],
    /// The bytes that are yet to be read.
    pub rest: &'a [u8],
    order: Endianness,
    strings: Vec<&'a [u8]>,
}

impl<'a> Stream<'a> {
    /// Reads the header.
    pub fn begun(input: &'a [u8]) -> Result<Self, Error> {
        let wrong = || Error::WrongKind { expected: "a typedstream", found: small_hex(input) };
        let (order, rest) = if let Some(rest) = input.strip_prefix(b"\x04\x0bstreamtyped") {
            (Endianness::Little, rest)
        } else {
            (Endianness::Big, input.strip_prefix(b"\x04\x0btypedstream").ok_or_else(wrong)?)
        };
        let mut stream = Stream { input, rest, order, strings: Vec::new() };
        stream.unsigned("typedstream header, system version")?;
        Ok(stream)
    }

    /// How far reading has come.
    pub fn position(&self) -> usize {
        self.input.len().saturating_sub(self.rest.len())
    }

    /// Whether the next byte is this one; it is taken if so.
    pub fn skip(&mut self, head: u8) -> bool {
        match self.rest.split_first() {
            Some((&first, rest)) if first == head => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn take<T>(
        &mut self,
        what: &'static str,
        parser: impl FnMut(&'a [u8]) -> Parsed<'a, T>,
    ) -> Result<T, Error> {
        let (rest, value) = located(self.input, 0, context(what, parser).parse(self.rest))?;
        self.rest = rest;
        Ok(value)
    }

    /// A signed integer, of the length that its head says.
    pub fn signed(&mut self, what: &'static str) -> Result<i64, Error> {
        let order = self.order;
        self.take(what, |input| match peek(byte).parse(input)?.1 {
            INTEGER_2 => map((byte, i16(order)), |(_, value)| i64::from(value)).parse(input),
            INTEGER_4 => map((byte, i32(order)), |(_, value)| i64::from(value)).parse(input),
            INTEGER_8 => map((byte, i64(order)), |(_, value)| value).parse(input),
            _ => map(plain_head, i64::from).parse(input),
        })
    }

    /// An unsigned integer, of the length that its head says.
    pub fn unsigned(&mut self, what: &'static str) -> Result<u64, Error> {
        let order = self.order;
        self.take(what, |input| match peek(byte).parse(input)?.1 {
            INTEGER_2 => map((byte, u16(order)), |(_, value)| u64::from(value)).parse(input),
            INTEGER_4 => map((byte, u32(order)), |(_, value)| u64::from(value)).parse(input),
            INTEGER_8 => map((byte, u64(order)), |(_, value)| value).parse(input),
            _ => map(plain_head, |value| u64::from(value.cast_unsigned())).parse(input),
        })
    }

    /// A float; a whole number may stand as an integer.
    pub fn float(&mut self) -> Result<f64, Error> {
        let order = self.order;
        self.floating(|input| map((byte, f32(order)), |(_, value)| f64::from(value)).parse(input))
    }

    /// A double; a whole number may stand as an integer.
    pub fn double(&mut self) -> Result<f64, Error> {
        let order = self.order;
        self.floating(|input| map((byte, f64(order)), |(_, value)| value).parse(input))
    }

    fn floating(&mut self, written: impl FnMut(&'a [u8]) -> Parsed<'a, f64>) -> Result<f64, Error> {
        let start = self.position();
        if self.rest.first() == Some(&FLOATING) {
            return self.take("typedstream real", written);
        }
        let whole = self.signed("typedstream real, as an integer")?;
        i32::try_from(whole).map(f64::from).map_err(|_| self.unfit(start, "typedstream real, as an integer"))
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, Error> {
        self.take("typedstream byte", byte)
    }

    /// That many bytes.
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], Error> {
        self.take("typedstream bytes", |input| take(length).parse(input))
    }

    /// What the next string, object or class is: new, nothing, or one that was read before.
    pub fn head(&mut self, what: &'static str) -> Result<Head, Error> {
        if self.skip(NEW) {
            return Ok(Head::New);
        }
        if self.skip(NIL) {
            return Ok(Head::Nil);
        }
        let start = self.position();
        let number = self.signed(what)?.checked_sub(FIRST_REFERENCE);
        let reference = number.and_then(|number| usize::try_from(number).ok());
        reference.map(Head::Reference).ok_or_else(|| self.unfit(start, what))
    }

    /// A string with its length; no string.
    pub fn unshared_string(&mut self) -> Result<Option<&'a [u8]>, Error> {
        if self.skip(NIL) {
            return Ok(None);
        }
        let start = self.position();
        let length = self.unsigned("typedstream string, length")?;
        let length = usize::try_from(length).map_err(|_| self.unfit(start, "typedstream string, length"))?;
        self.take("typedstream string", |input| take(length).parse(input)).map(Some)
    }

    /// A string that stands here or stood before; no string.
    pub fn shared_string(&mut self) -> Result<Option<&'a [u8]>, Error> {
        let start = self.position();
        match self.head("typedstream string, reference")? {
            Head::Nil => Ok(None),
            Head::New => {
                let string = self.unshared_string()?;
                self.strings.extend(string);
                Ok(string)
            }
            Head::Reference(number) => match self.strings.get(number) {
                Some(string) => Ok(Some(string)),
                None => Err(self.unfit(start, "typedstream string, reference")),
            },
        }
    }

    /// The error of something that was read and cannot be.
    pub fn unfit(&self, start: usize, what: &'static str) -> Error {
        let rest = self.input.get(start..).unwrap_or(&[]);
        let broken = Broken { rest, kind: ErrorKind::Verify, context: vec![what] };
        match located::<()>(self.input, 0, Err(nom::Err::Error(broken))) {
            Err(error) => error,
            Ok(_) => Error::WrongKind { expected: "a typedstream", found: small_hex(rest) },
        }
    }
}

/// A byte that is an integer by itself.
fn plain_head(input: &[u8]) -> Parsed<'_, i8> {
    if matches!(input.first(), Some(0x80..=0x91)) {
        return Err(nom::Err::Error(Broken { rest: input, kind: ErrorKind::Digit, context: Vec::new() }));
    }
    i8(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    fn stream(rest: &[u8]) -> Stream<'_> {
        Stream { input: rest, rest, order: Endianness::Little, strings: Vec::new() }
    }

    #[test]
    fn integers_are_as_long_as_their_head_says() {
        let bytes = hex!("05 FF 81E803 82FFFFFFFF 87FEFFFFFFFFFFFFFF");
        let mut signed = stream(&bytes);
        let read: Vec<_> = (0..5).map(|_| signed.signed("").unwrap()).collect();
        assert_eq!(read, [5, -1, 1000, -1, -2]);
        let mut unsigned = stream(&bytes);
        let read: Vec<_> = (0..5).map(|_| unsigned.unsigned("").unwrap()).collect();
        assert_eq!(read, [5, 255, 1000, 0xffff_ffff, u64::MAX - 1]);
    }

    #[test]
    fn strings_are_referred_to_by_number() {
        let bytes = hex!("84 01 61 84 02 6263 93 92 85 94");
        let mut stream = stream(&bytes);
        let read: Vec<_> = (0..5).map(|_| stream.shared_string().unwrap()).collect();
        assert_eq!(read, [Some(&b"a"[..]), Some(b"bc"), Some(b"bc"), Some(b"a"), None]);
        assert!(stream.shared_string().is_err());
    }

    #[test]
    fn reals_may_stand_as_integers() {
        let bytes = hex!("83 0000003F 07 83 000000000000E03F");
        let mut stream = stream(&bytes);
        assert_eq!((stream.float(), stream.double(), stream.double()), (Ok(0.5), Ok(7.0), Ok(0.5)));
    }

    #[test]
    fn a_head_without_a_meaning_and_a_length_beyond_the_end_are_errors() {
        assert!(stream(&hex!("88")).signed("").is_err());
        assert!(stream(&hex!("81 01")).signed("").is_err());
        assert!(stream(&hex!("05 6161")).unshared_string().is_err());
        assert!(stream(&hex!("87 FFFFFFFFFFFFFFFF")).unshared_string().is_err());
        assert!(matches!(Stream::begun(b"\x04\x0bstreamtypes"), Err(Error::WrongKind { .. })));
        assert!(matches!(Stream::begun(b"\x04\x0bstreamtyped"), Err(Error::Short { .. })));
    }
}
