//! The header of what `adb backup` writes (`.ab`): lines of text in front of the archive.
//!
//! ```text
//! ANDROID BACKUP                       MIUI writes lines of its own in front of it, of which the first is `MIUI BACKUP`
//! 1 … 5                                version
//! 0 | 1                                compressed (zlib)
//! none | AES-256
//! ── with AES-256, five more, in hex but for the rounds:
//! salt of the password · salt of the check value · rounds · IV of the blob · blob with the master key
//! ```
//! AOSP: `BackupManagerService.java`, "writeBackupHeader"; `PerformAdbRestoreTask.java`.

use nom::{
    Parser,
    bytes::complete::{tag, take_till},
    character::complete::{char, u32 as number},
    combinator::verify,
    error::context,
    sequence::terminated,
};

use super::{Error, Parsed, located};

/// The first line.
const MAGIC: &[u8] = b"ANDROID BACKUP\n";

/// The first line of what MIUI puts in front.
const MIUI: &[u8] = b"MIUI BACKUP\n";

/// Bytes in which the first line stands behind MIUI's own.
const PREFIX_LIMIT: usize = 4096;

/// Bytes of a line; the blob has 192 digits.
const LINE_LIMIT: usize = 1024;

/// A header, and where the archive behind it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// 1 to 5 are known; the archive is the same in all of them.
    pub version: u32,
    /// zlib.
    pub compressed: bool,
    /// Where it is encrypted: what leads from the password to the key.
    pub encryption: Option<Encryption>,
    /// Bytes from the start of the file.
    pub body: u64,
}

/// What leads from the password to the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encryption {
    /// Of the key of the blob.
    pub password_salt: Vec<u8>,
    /// Of the check value.
    pub check_salt: Vec<u8>,
    /// Of both derivations.
    pub rounds: u32,
    /// Of the blob.
    pub iv: [u8; 16],
    /// The encrypted IV, master key and check value.
    pub blob: Vec<u8>,
}

/// What the blob holds, decrypted: each behind its length in one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blob<'a> {
    /// Of the archive.
    pub iv: &'a [u8],
    /// Of the archive.
    pub key: &'a [u8],
    /// Derived from the key: tells whether it is the right one.
    pub check: &'a [u8],
}

/// Whether the first bytes are those of a backup.
#[must_use]
pub fn is_backup(input: &[u8]) -> bool {
    start(input).is_some()
}

fn start(input: &[u8]) -> Option<usize> {
    if input.starts_with(MAGIC) {
        return Some(0);
    }
    let prefix = input.get(..PREFIX_LIMIT).unwrap_or(input);
    let is_miui = prefix.starts_with(MIUI);
    is_miui.then(|| prefix.windows(MAGIC.len()).position(|window| window == MAGIC)).flatten()
}

/// Reads the header.
///
/// # Errors
/// Where a line is not what the format asks for.
pub fn header(input: &[u8]) -> Result<Header, Error> {
    let start = start(input).ok_or_else(|| Error::WrongKind {
        expected: "an Android backup",
        found: super::error::small_hex(input),
    })?;
    let lines = input.get(start..).unwrap_or_default();
    let base = u64::try_from(start).unwrap_or(u64::MAX);
    let (rest, mut header) = located(lines, base, header_lines(lines))?;
    header.body = u64::try_from(input.len().saturating_sub(rest.len())).unwrap_or(u64::MAX);
    Ok(header)
}

fn header_lines(input: &[u8]) -> Parsed<'_, Header> {
    let (rest, _) = tag(MAGIC).parse(input)?;
    let (rest, version) = context("Android backup, version", terminated(number, char('\n'))).parse(rest)?;
    let flag = verify(terminated(number, char('\n')), |flag| *flag <= 1);
    let (rest, compressed) = context("Android backup, compression (0 or 1)", flag).parse(rest)?;
    let known = verify(line, |name: &[u8]| name == b"none" || name == b"AES-256");
    let (rest, name) = context("Android backup, encryption (none or AES-256)", known).parse(rest)?;
    let compressed = compressed == 1;
    if name == b"none" {
        return Ok((rest, Header { version, compressed, encryption: None, body: 0 }));
    }
    let (rest, encryption) = encryption(rest)?;
    Ok((rest, Header { version, compressed, encryption: Some(encryption), body: 0 }))
}

fn encryption(input: &[u8]) -> Parsed<'_, Encryption> {
    let (rest, password_salt) = context("Android backup, salt of the password", hex_line).parse(input)?;
    let (rest, check_salt) = context("Android backup, salt of the check value", hex_line).parse(rest)?;
    let (rest, rounds) = context("Android backup, rounds", terminated(number, char('\n'))).parse(rest)?;
    let iv = nom::combinator::map_opt(hex_line, |iv| iv.try_into().ok());
    let (rest, iv) = context("Android backup, IV of the blob (16 bytes)", iv).parse(rest)?;
    let blob = verify(hex_line, |blob: &Vec<u8>| !blob.is_empty() && blob.len().checked_rem(16) == Some(0));
    let (rest, blob) = context("Android backup, blob (whole blocks of 16 bytes)", blob).parse(rest)?;
    Ok((rest, Encryption { password_salt, check_salt, rounds, iv, blob }))
}

fn line(input: &[u8]) -> Parsed<'_, &[u8]> {
    let line = verify(take_till(|byte| byte == b'\n'), |line: &[u8]| line.len() <= LINE_LIMIT);
    terminated(line, char('\n')).parse(input)
}

fn hex_line(input: &[u8]) -> Parsed<'_, Vec<u8>> {
    nom::combinator::map_opt(line, |line| hex::decode(line).ok()).parse(input)
}

/// Reads what the blob holds.
///
/// # Errors
/// Where a length goes beyond it: the key that it was decrypted with is not its own.
pub fn blob(input: &[u8]) -> Result<Blob<'_>, Error> {
    let part = |input| nom::multi::length_data(nom::number::complete::u8).parse(input);
    let (rest, iv) = located(input, 0, context("blob, IV", part).parse(input))?;
    let (rest, key) = located(rest, 0, context("blob, master key", part).parse(rest))?;
    let (_, check) = located(rest, 0, context("blob, check value", part).parse(rest))?;
    Ok(Blob { iv, key, check })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_header_is_four_lines() {
        let header = header(b"ANDROID BACKUP\n5\n0\nnone\narchive").unwrap();
        assert_eq!(header, Header { version: 5, compressed: false, encryption: None, body: 24 });
    }

    #[test]
    fn an_encrypted_header_is_nine() {
        let blob = "ab".repeat(96);
        let text = format!("ANDROID BACKUP\n3\n1\nAES-256\n0102\n03\n10000\n{}\n{blob}\nx", "00".repeat(16));
        let header = header(text.as_bytes()).unwrap();
        let encryption = header.encryption.unwrap();
        assert_eq!((encryption.password_salt, encryption.check_salt), (vec![1, 2], vec![3]));
        assert_eq!((encryption.rounds, encryption.blob.len()), (10_000, 96));
        assert_eq!(header.body, text.len() as u64 - 1);
    }

    #[test]
    fn lines_of_miui_stand_in_front() {
        let file = b"MIUI BACKUP\n2\norg.example App\n-1\n0\nANDROID BACKUP\n1\n1\nnone\n";
        let header = header(file).unwrap();
        assert_eq!((header.version, header.body), (1, file.len() as u64));
        assert!(!is_backup(b"MIUI BACKUP\n2\n") && !is_backup(b"x\nANDROID BACKUP\n"));
    }

    #[test]
    fn a_line_that_is_none_of_the_format_is_named() {
        let cases = [
            (&b"ANDROID BACKUP\nx\n"[..], "version"),
            (b"ANDROID BACKUP\n1\n2\n", "compression"),
            (b"ANDROID BACKUP\n1\n1\nROT13\n", "encryption (none or AES-256)"),
            (b"ANDROID BACKUP\n1\n1\nAES-256\nxy\n", "salt of the password"),
            (b"ANDROID BACKUP\n1\n1\nAES-256\n00\n00\n1\n00\n", "IV of the blob"),
            (b"ANDROID BACKUP\n1\n1\nnone", "encryption"),
        ];
        for (file, what) in cases {
            let error = header(file).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }

    #[test]
    fn a_blob_is_three_parts_behind_their_lengths() {
        let parts = blob(b"\x02iv\x03key\x01c\x07padding").unwrap();
        assert_eq!((parts.iv, parts.key, parts.check), (&b"iv"[..], &b"key"[..], &b"c"[..]));
        assert!(blob(b"\x02iv\xffkey").is_err());
    }
}
