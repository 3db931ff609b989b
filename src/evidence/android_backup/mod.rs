//! A backup of Android (`.ab`) as evidence: the archive in it, decrypted and decompressed, its files under their device
//! paths.
//!
//! ```text
//! header │ archive ─ AES-256-CBC ─► zlib ─► tar: apps/P/db/x.db ─► /data/data/P/databases/x.db
//! ```
//!
//! An archive that is neither compressed nor encrypted is read in place; else it is made in a temporary file without a name.

mod lock;
mod path;

use std::{io::Read, path::PathBuf};

use flate2::read::ZlibDecoder;

use super::{
    Error, Finding, Key, Kind, Options,
    cipher::{Decrypted, End},
    closed::Closed,
    content,
    mmap::Bytes,
    origin::Origin,
    shut::Shut,
    source::{Body, Claim, Listing, Opened, Source, Stream},
    spill::{self, Stop},
    tar,
};
use crate::parse::{
    self,
    android_backup::{Header, header},
};

/// Versions that are known.
const VERSIONS: std::ops::RangeInclusive<u32> = 1..=5;

/// Opens a backup. One that stays encrypted lists no file.
pub(super) fn open(origin: Origin, options: &Options) -> Result<Opened, Error> {
    let header = header(origin.bytes()).map_err(|cause| origin.unlistable(cause))?;
    let mut findings = Vec::new();
    if !VERSIONS.contains(&header.version) {
        let message =
            format!("version {} of the format is not known; it is read as the known ones", header.version);
        findings.push(finding("backup-version", message, Some(0), false));
    }
    let opened = match unlocked(&header, &origin, options, &mut findings) {
        Ok(key) => {
            let mut archive = archive(&header, key, &origin, options)?;
            findings.append(&mut archive.findings);
            let mut opened = tar::open(archive, Kind::AndroidBackup);
            for entry in &mut opened.listing.entries {
                let name = &entry.named.relative;
                entry.device_path = Some(path::device_path(name).unwrap_or_else(|| format!("/{name}")));
            }
            opened
        }
        Err(shut) => {
            findings.push(finding(shut.code(&lock::WORDS), shut.told(&lock::WORDS), Some(0), true));
            let tried = passwords(&origin, options).map(|key| key.origin.clone()).collect();
            let closed = shut.closed(&lock::WORDS, tried);
            Opened { source: Box::new(Sealed { origin, closed }), listing: Listing::default() }
        }
    };
    Ok(with(opened, findings))
}

fn with(mut opened: Opened, findings: Vec<Finding>) -> Opened {
    findings.into_iter().for_each(|finding| opened.listing.findings.push(finding));
    opened
}

/// What opens the archive; nothing where it is not encrypted.
fn unlocked(
    header: &Header,
    origin: &Origin,
    options: &Options,
    findings: &mut Vec<Finding>,
) -> Result<Option<lock::Opened>, Shut> {
    let Some(encryption) = &header.encryption else { return Ok(None) };
    let texts = passwords(origin, options).filter_map(|key| key.secret.text());
    let opened = lock::open(encryption, texts)?;
    if !opened.checked {
        let message = "the password opens the blob of the header, and the check value in it is not that of its key: one of \
                       them is damaged";
        findings.push(finding("backup-header-damaged", message.to_owned(), Some(0), true));
    }
    Ok(Some(opened))
}

/// The keys of the backup itself that are passwords.
fn passwords<'o>(origin: &Origin, options: &'o Options) -> impl Iterator<Item = &'o Key> {
    let name = origin.files().first().and_then(|path| path.file_name()).unwrap_or_default().to_string_lossy();
    let keys: Vec<&Key> = options.keys.of_evidence(&name).filter(|key| key.secret.text().is_some()).collect();
    keys.into_iter()
}

/// The archive behind the header.
fn archive(
    header: &Header,
    key: Option<lock::Opened>,
    origin: &Origin,
    options: &Options,
) -> Result<Origin, Error> {
    let bytes = origin.bytes();
    let range = header.body..bytes.len() as u64;
    let start = usize::try_from(header.body).unwrap_or(usize::MAX);
    let body = bytes.part(start, bytes.len());
    if key.is_none() && !header.compressed {
        let claim = Claim { size: None, crc32: None, offset: header.body };
        return origin.member(Body::Whole(body, Some(claim)), range, options);
    }
    let limit = parse::most_made_of(body.len() as u64);
    origin.made(range, || {
        let stored = content::stream(Body::Whole(body, None));
        let plain: Box<dyn Stream> = match &key {
            Some(lock::Opened { key, iv, .. }) => Box::new(Decrypted::new(stored, key, *iv, End::Padding)),
            None => stored,
        };
        let plain = content::AsRead(plain);
        match header.compressed {
            true => kept(ZlibDecoder::new(plain), limit, options),
            false => kept(plain, limit, options),
        }
    })
}

/// Keeps what the archive decrypts and inflates to, up to where it breaks off.
fn kept(stream: impl Read, limit: u64, options: &Options) -> Result<(Bytes, Vec<Finding>), Error> {
    let (bytes, stop) = spill::made_by(stream, limit, &options.spill_dir)?;
    let finding = stop.map(|stop| match stop {
        Stop::Limit => {
            let message = format!("the archive gives more than {limit} bytes: the rest is not read");
            finding("decompression-limit", message, None, true)
        }
        Stop::Broken(error, made) => {
            let message = format!("the archive is damaged or cut off: {made} bytes came out of it ({error})");
            finding("stream-damaged", message, None, true)
        }
    });
    Ok((bytes, finding.into_iter().collect()))
}

fn finding(code: &'static str, message: String, offset: Option<u64>, loss: bool) -> Finding {
    Finding { code, message, path: None, offset, loss }
}

/// A backup that stays encrypted.
struct Sealed {
    origin: Origin,
    closed: Closed,
}

impl Source for Sealed {
    fn kind(&self) -> Kind {
        Kind::AndroidBackup
    }

    fn container(&self) -> &[PathBuf] {
        self.origin.files()
    }

    fn closed(&self) -> Vec<(String, Closed)> {
        vec![(String::new(), self.closed.clone())]
    }

    fn body(&self, entry: usize) -> Result<Body<'_>, Error> {
        Err(Error::foreign(entry))
    }
}
