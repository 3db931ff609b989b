//! What stands in front of the body.

use super::super::protobuf::{Wire, fields, last};
use super::super::varint::size;

/// Most bytes of a header; those that are known have less than 300.
const LIMIT: usize = 16_384;

/// Bytes in front of the body of crypt12.
const HEADER_12: usize = 67;

/// Which of the formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// A header of fixed fields.
    Crypt12,
    /// A header in protobuf, the key from a key file.
    Crypt14,
    /// The key from 64 digits.
    Crypt15,
}

impl Version {
    /// As the ending of the file names it.
    pub fn name(self) -> &'static str {
        match self {
            Version::Crypt12 => "crypt12",
            Version::Crypt14 => "crypt14",
            Version::Crypt15 => "crypt15",
        }
    }

    /// By the ending of a file's name.
    pub fn of_name(name: &str) -> Option<Version> {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        [Version::Crypt12, Version::Crypt14, Version::Crypt15]
            .into_iter()
            .find(|version| version.name() == ending)
    }
}

/// The header of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The format.
    pub version: Version,
    pub(super) iv: [u8; 16],
    /// Which key file it needs: the server salt and the account id in it.
    pub(super) marks: Option<([u8; 32], [u8; 16])>,
    /// Where the body begins.
    pub(super) body: usize,
}

/// Reads a header. `named` is what the name of the file says: crypt12 has no mark of its own.
pub fn header(input: &[u8], named: Option<Version>) -> Option<Header> {
    match named {
        Some(Version::Crypt12) => fixed(input),
        _ => message(input),
    }
}

fn fixed(input: &[u8]) -> Option<Header> {
    let rest = input.strip_prefix(&[0, 1])?.get(1..)?;
    let (salt, rest) = rest.split_first_chunk::<32>()?;
    let (account, rest) = rest.split_first_chunk::<16>()?;
    let iv = *rest.first_chunk::<16>()?;
    Some(Header { version: Version::Crypt12, iv, marks: Some((*salt, *account)), body: HEADER_12 })
}

fn message(input: &[u8]) -> Option<Header> {
    let (length, width) = size(input)?;
    let rest = input.get(width..)?;
    // In older files a byte 01 stands between a length of one byte and the message.
    let rest = match (length < 128, rest) {
        (true, [1, inner @ ..]) => inner,
        _ => rest,
    };
    let length = Some(length).filter(|length| (1..=LIMIT).contains(length))?;
    let fields_of = fields(rest.get(..length)?)?;
    let body = input.len().checked_sub(rest.len())?.checked_add(length)?;
    let inner = |number| last(&fields_of, number).and_then(Wire::bytes).and_then(fields);
    let chunk =
        |message: &[(u64, Wire<'_>)], number| last(message, number).and_then(Wire::bytes).map(<[u8]>::to_vec);
    if let Some(fourteen) = inner(2) {
        let iv = chunk(&fourteen, 5)?.try_into().ok()?;
        let salt = chunk(&fourteen, 3).and_then(|salt| salt.try_into().ok());
        let account = chunk(&fourteen, 4).and_then(|account| account.try_into().ok());
        return Some(Header { version: Version::Crypt14, iv, marks: salt.zip(account), body });
    }
    let iv = chunk(&inner(3)?, 1)?.try_into().ok()?;
    Some(Header { version: Version::Crypt15, iv, marks: None, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_told_by_its_message_and_crypt12_by_its_name() {
        let mut fifteen = vec![0x16, 0x08, 1, 0x1a, 0x12, 0x0a, 16];
        fifteen.extend([7; 16]);
        let read = header(&fifteen, None).unwrap();
        assert_eq!((read.version, read.iv, read.body), (Version::Crypt15, [7; 16], 23));
        for length in 0..fifteen.len() {
            assert_eq!(header(&fifteen[..length], None), None, "{length}");
        }
        let twelve = [&[0, 1, 2][..], &[5; 32], &[6; 16], &[7; 16]].concat();
        let read = header(&twelve, Some(Version::Crypt12)).unwrap();
        assert_eq!((read.iv, read.marks, read.body), ([7; 16], Some(([5; 32], [6; 16])), 67));
        assert_eq!(Version::of_name("msgstore.db.crypt14"), Some(Version::Crypt14));
        assert_eq!(Version::of_name("msgstore.db"), None);
    }
}
