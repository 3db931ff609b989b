//! `Manifest.mbdb`: the list of the files of a backup of iOS 4 to 9.
//!
//! ```text
//! "mbdb" 05 00, then records without a length of their own, numbers big-endian:
//!   text domain · text path · text target of a link · bytes SHA-1 · bytes encryption key
//!   u16 mode · u64 inode · u32 user · u32 group · u32 modified · u32 accessed · u32 created (Unix seconds)
//!   u64 size · u8 protection class · u8 number of properties · per property: text name · bytes value
//! text, bytes: u16 length, then so many bytes; length ff ff: not there
//! ```
//! <https://code.google.com/archive/p/iphonebackupbrowser/wikis/MbdbMbdxFormat.wiki>; the encryption key and the protection
//! class after iphone-dataprotection, `python_scripts/backups/backup4.py`.

use nom::{
    Parser,
    bytes::complete::{tag, take},
    combinator::{cond, map},
    error::context,
    number::complete::{be_u8, be_u16, be_u32, be_u64},
};

use super::{Finding, Parsed, error::Error, located};

/// The first bytes of the file.
pub const MAGIC: &[u8] = b"mbdb\x05\x00";

/// The length that stands for a text that is not there.
const ABSENT: u16 = u16::MAX;

/// One file, folder or link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    /// `HomeDomain`, `AppDomain-` and a bundle, …
    pub domain: &'a [u8],
    /// Below the root of the domain.
    pub path: &'a [u8],
    /// SHA-1 of the content; of some files only.
    pub digest: Option<&'a [u8]>,
    /// In an encrypted backup: the class as a little-endian `u32`, then the wrapped key.
    pub encryption_key: Option<&'a [u8]>,
    /// Unix mode: file, folder or link, and permissions.
    pub mode: u16,
    /// Unix seconds.
    pub modified: u32,
    /// Bytes.
    pub size: u64,
    /// Class of data protection.
    pub protection_class: u8,
    /// Bytes from the start of the file.
    pub offset: u64,
}

/// The records of a file, and where it breaks off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest<'a> {
    /// In the order of the file.
    pub records: Vec<Record<'a>>,
    /// Records have no length of their own: behind one that cannot be read none can be found.
    pub findings: Vec<Finding>,
}

/// Reads the records.
///
/// # Errors
/// [`Error::WrongKind`] where the file is of another kind.
pub fn manifest(input: &[u8]) -> Result<Manifest<'_>, Error> {
    let Some(mut rest) = input.strip_prefix(MAGIC) else {
        let found = super::error::small_hex(input);
        return Err(Error::WrongKind { expected: "a Manifest.mbdb", found });
    };
    let mut manifest = Manifest::default();
    while !rest.is_empty() {
        let offset = u64::try_from(input.len().saturating_sub(rest.len())).unwrap_or(u64::MAX);
        match located(rest, offset, record(rest)) {
            Ok((next, record)) => {
                manifest.records.push(Record { offset, ..record });
                rest = next;
            }
            Err(error) => {
                let message = format!("the list of files breaks off: {error}");
                manifest.findings.push(Finding::of_file("mbdb-damaged", message, Some(offset), true));
                break;
            }
        }
    }
    Ok(manifest)
}

fn record(input: &[u8]) -> Parsed<'_, Record<'_>> {
    let (rest, (domain, path)) =
        (context("mbdb record, domain", text), context("path", text)).parse(input)?;
    let (rest, _) = context("mbdb record, target of a link", text).parse(rest)?;
    let (rest, digest) = context("mbdb record, SHA-1", text).parse(rest)?;
    let (rest, encryption_key) = context("mbdb record, encryption key", text).parse(rest)?;
    let (rest, (mode, _, _, _)) =
        context("mbdb record, mode and owner", (be_u16, be_u64, be_u32, be_u32)).parse(rest)?;
    let (rest, (modified, _, _)) = context("mbdb record, times", (be_u32, be_u32, be_u32)).parse(rest)?;
    let (rest, (size, protection_class, properties)) =
        context("mbdb record, size and class", (be_u64, be_u8, be_u8)).parse(rest)?;
    let (rest, ()) = context("mbdb record, properties", |rest| skipped(rest, properties)).parse(rest)?;
    let (domain, path) = (domain.unwrap_or_default(), path.unwrap_or_default());
    let record =
        Record { domain, path, digest, encryption_key, mode, modified, size, protection_class, offset: 0 };
    Ok((rest, record))
}

fn text(input: &[u8]) -> Parsed<'_, Option<&[u8]>> {
    let (rest, length) = be_u16(input)?;
    cond(length != ABSENT, take(length)).parse(rest)
}

/// Extended attributes: they say nothing of where the file was.
fn skipped(input: &[u8], properties: u8) -> Parsed<'_, ()> {
    let mut rest = input;
    for _ in 0..properties {
        (rest, ()) = map((text, text), drop).parse(rest)?;
    }
    Ok((rest, ()))
}

/// Whether the file begins as one.
#[must_use]
pub fn is_manifest(input: &[u8]) -> bool {
    tag::<_, _, nom::error::Error<&[u8]>>(MAGIC)(input).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(domain: &str, path: &str, key: Option<&[u8]>, size: u64) -> Vec<u8> {
        let text = |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
        let absent = vec![0xff, 0xff];
        [
            text(domain.as_bytes()),
            text(path.as_bytes()),
            absent.clone(),
            text(&[7; 20]),
            key.map_or(absent, text),
            0o100_644_u16.to_be_bytes().to_vec(),
            9_u64.to_be_bytes().to_vec(),
            501_u32.to_be_bytes().to_vec(),
            501_u32.to_be_bytes().to_vec(),
            1_400_000_000_u32.to_be_bytes().to_vec(),
            1_400_000_001_u32.to_be_bytes().to_vec(),
            1_400_000_002_u32.to_be_bytes().to_vec(),
            size.to_be_bytes().to_vec(),
            vec![3, 1],
            text(b"com.example.attribute"),
            text(b"\xff\x00"),
        ]
        .concat()
    }

    #[test]
    fn records_follow_each_other_without_a_length() {
        let first = written("HomeDomain", "Library/SMS/sms.db", None, 4096);
        let file =
            [MAGIC.to_vec(), first.clone(), written("AppDomain-org.example", "", Some(&[1; 44]), 0)].concat();
        let manifest = manifest(&file).unwrap();
        assert_eq!(manifest.findings, []);
        let [one, other] = manifest.records.as_slice() else { panic!("{manifest:?}") };
        assert_eq!((one.domain, one.path), (&b"HomeDomain"[..], &b"Library/SMS/sms.db"[..]));
        assert_eq!((one.mode, one.modified, one.size), (0o100_644, 1_400_000_000, 4096));
        assert_eq!((one.digest, one.encryption_key, one.offset), (Some(&[7; 20][..]), None, 6));
        assert_eq!((other.path, other.encryption_key), (&b""[..], Some(&[1; 44][..])));
        assert_eq!(other.offset, 6 + first.len() as u64);
    }

    #[test]
    fn a_file_that_is_cut_off_keeps_the_records_before_the_cut() {
        let first = written("HomeDomain", "a", None, 1);
        let file = [MAGIC.to_vec(), first.clone(), written("HomeDomain", "b", None, 1)].concat();
        for end in MAGIC.len()..file.len() {
            let manifest = manifest(&file[..end]).unwrap();
            let whole = usize::from(end >= MAGIC.len() + first.len());
            assert_eq!(manifest.records.len(), whole, "{end}");
            let is_whole = end == MAGIC.len() || end == MAGIC.len() + first.len();
            assert_eq!(manifest.findings.is_empty(), is_whole, "{end}");
        }
    }

    #[test]
    fn another_file_is_not_a_manifest() {
        let error = manifest(b"mbdb\x04\x00").unwrap_err().to_string();
        assert_eq!(error, "not a Manifest.mbdb: begins with 6d6264620400");
        assert!(!is_manifest(b"mbd") && is_manifest(b"mbdb\x05\x00x"));
    }
}
