//! The keybag of an encrypted backup (`BackupKeyBag` of `Manifest.plist`): the wrapped keys of the protection classes.
//!
//! ```text
//! tag (4 letters) · u32 length, big-endian · value, over and over
//! header:    VERS TYPE UUID HMCK WRAP SALT ITER [DPWT DPIC DPSL]     (the last three since iOS 10.2)
//! per class: UUID CLAS WRAP KTYP WPKY …                              (a second UUID begins the first class)
//! ```
//! Bédrune, Sigwald: "iPhone data protection in depth" (HITB 2011); tags after iphone-dataprotection,
//! `python_scripts/keystore/keybag.py`.

use nom::{Parser, bytes::complete::take, error::context, multi::length_data, number::complete::be_u32};

use super::{Error, Parsed, located};

/// Classes of a keybag; 11 are known.
const CLASS_LIMIT: usize = 256;

/// A keybag, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keybag<'a> {
    /// Of the round with SHA-1.
    pub salt: &'a [u8],
    /// Of the round with SHA-1.
    pub iterations: u32,
    /// Salt and number of iterations of the round with SHA-256 before it, where there is one.
    pub first_round: Option<(&'a [u8], u32)>,
    /// The keys of the classes.
    pub classes: Vec<ClassKey<'a>>,
}

/// The key of one protection class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClassKey<'a> {
    /// Its number: 1 to 11.
    pub class: u32,
    /// What it is wrapped with: 1 the device, 2 the password, 3 both.
    pub wrap: u32,
    /// The wrapped key, 40 bytes.
    pub wrapped: &'a [u8],
    /// Bytes from the start of the keybag to the wrapped key.
    pub offset: u64,
}

/// Reads a keybag.
///
/// # Errors
/// Where it breaks off, or has no salt, no iterations or no class: it is damaged, whatever the password.
pub fn keybag(input: &[u8]) -> Result<Keybag<'_>, Error> {
    let mut keybag = Keybag::default();
    let (mut first_salt, mut first_iterations) = (None, None);
    let mut uuids = 0_u32;
    let mut rest = input;
    while !rest.is_empty() && keybag.classes.len() < CLASS_LIMIT {
        let base = distance(input, rest);
        let (next, (tag, value)) = located(rest, base, element(rest))?;
        let offset = base.saturating_add(8);
        match (tag, keybag.classes.last_mut()) {
            (b"UUID", _) => {
                uuids = uuids.saturating_add(1);
                if uuids > 1 {
                    keybag.classes.push(ClassKey::default());
                }
            }
            (b"CLAS", Some(class)) => class.class = number(value, offset, "class")?,
            (b"WRAP", Some(class)) => class.wrap = number(value, offset, "wrapping")?,
            (b"WPKY", Some(class)) => (class.wrapped, class.offset) = (value, offset),
            (b"SALT", None) => keybag.salt = value,
            (b"ITER", None) => keybag.iterations = number(value, offset, "iterations")?,
            (b"DPSL", None) => first_salt = Some(value),
            (b"DPIC", None) => first_iterations = Some(number(value, offset, "iterations of SHA-256")?),
            _ => {}
        }
        rest = next;
    }
    keybag.first_round = first_salt.zip(first_iterations);
    whole(keybag, input)
}

fn whole<'a>(keybag: Keybag<'a>, input: &[u8]) -> Result<Keybag<'a>, Error> {
    let missing = match () {
        () if keybag.salt.is_empty() => "a salt (SALT)",
        () if keybag.iterations == 0 => "a number of iterations (ITER)",
        () if keybag.classes.iter().all(|class| class.wrapped.is_empty()) => "a wrapped key (WPKY)",
        () => return Ok(keybag),
    };
    let (offset, found) = (distance(input, &[]), "the end".to_owned());
    Err(Error::Unexpected { offset, what: "keybag".to_owned(), expected: missing.to_owned(), found })
}

fn element(input: &[u8]) -> Parsed<'_, (&[u8; 4], &[u8])> {
    let (rest, tag) = context("keybag, tag", take(4_usize)).parse(input)?;
    let (rest, value) = context("keybag, value", length_data(be_u32)).parse(rest)?;
    Ok((rest, (tag.first_chunk().unwrap_or(b"    "), value)))
}

fn number(value: &[u8], offset: u64, what: &str) -> Result<u32, Error> {
    let bytes = <[u8; 4]>::try_from(value).map_err(|_| Error::Unexpected {
        offset,
        what: format!("keybag, {what}"),
        expected: "4 bytes".to_owned(),
        found: format!("{} bytes", value.len()),
    })?;
    Ok(u32::from_be_bytes(bytes))
}

fn distance(input: &[u8], rest: &[u8]) -> u64 {
    u64::try_from(input.len().saturating_sub(rest.len())).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tlv(tag: &str, value: &[u8]) -> Vec<u8> {
        [tag.as_bytes(), &u32::try_from(value.len()).unwrap().to_be_bytes(), value].concat()
    }

    fn written() -> Vec<u8> {
        let number = |tag, value: u32| tlv(tag, &value.to_be_bytes());
        [
            number("VERS", 3),
            number("TYPE", 1),
            tlv("UUID", &[1; 16]),
            tlv("HMCK", &[2; 40]),
            number("WRAP", 0),
            tlv("SALT", &[3; 20]),
            number("ITER", 10_000),
            number("DPWT", 0),
            number("DPIC", 10_000_000),
            tlv("DPSL", &[4; 20]),
            tlv("UUID", &[5; 16]),
            number("CLAS", 11),
            number("WRAP", 2),
            number("KTYP", 0),
            tlv("WPKY", &[6; 40]),
            tlv("UUID", &[7; 16]),
            number("CLAS", 1),
            number("WRAP", 3),
            tlv("WPKY", &[8; 40]),
        ]
        .concat()
    }

    #[test]
    fn a_second_uuid_begins_the_classes() {
        let bytes = written();
        let keybag = keybag(&bytes).unwrap();
        assert_eq!((keybag.salt, keybag.iterations), (&[3; 20][..], 10_000));
        assert_eq!(keybag.first_round, Some((&[4; 20][..], 10_000_000)));
        let classes: Vec<_> =
            keybag.classes.iter().map(|key| (key.class, key.wrap, key.wrapped[0])).collect();
        assert_eq!(classes, [(11, 2, 6), (1, 3, 8)]);
        assert_eq!(&bytes[keybag.classes[1].offset.try_into().unwrap()..][..40], [8; 40]);
    }

    #[test]
    fn a_keybag_that_is_cut_inside_an_element_is_damaged() {
        let bytes = written();
        let boundaries: Vec<usize> = (0..=bytes.len())
            .filter(|end| {
                let mut at = 0;
                while at < *end {
                    at += 8 + usize::from(bytes[at + 7]);
                }
                at == *end
            })
            .collect();
        for end in 0..bytes.len() {
            let cut = keybag(&bytes[..end]);
            let has_key = end >= bytes.len() - 48 - 16 - 12 - 12 - 8;
            assert_eq!(cut.is_ok(), boundaries.contains(&end) && has_key, "{end}: {cut:?}");
        }
    }

    #[test]
    fn a_keybag_without_a_salt_says_so() {
        let error = keybag(&tlv("UUID", &[1; 16])).unwrap_err().to_string();
        assert_eq!(error, "at 0x18: reading keybag: expected a salt (SALT), found the end");
    }
}
