//! The bytes of one source file, hashed in the pass in which they are read.

use std::{
    io::{self, Read},
    ops::Deref,
};

use sha1::Digest;

use super::{
    Error, Finding, Hashes, Options,
    hash::Hasher,
    mmap::Bytes,
    source::{Body, Claim, Stream},
    spill::Spill,
};
use crate::parse;

/// Bytes that a stream is asked for at a time.
const BUFFER: usize = 64 * 1024;

/// The bytes of a source file and their hashes.
#[derive(Debug)]
pub struct Content {
    /// Of exactly these bytes.
    pub hashes: Hashes,
    /// Where the container contradicts its bytes: with a CRC-32, a size, a stream that breaks off (a loss: the bytes are
    /// what could be had), or with a second name.
    pub findings: Vec<Finding>,
    bytes: Bytes,
}

impl Content {
    pub(super) fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads a body to its end.
pub(super) fn read(body: Body<'_>, name: &str, options: &Options) -> Result<Content, Error> {
    let hasher = Hasher::new(options);
    let (bytes, hashes, damage) = match body {
        Body::Whole(bytes, claim) => {
            let (hashes, damage) = whole(&bytes, claim, hasher);
            (bytes, hashes, damage)
        }
        Body::Stream(stream) => {
            let mut spill = Spill::new(&options.spill_dir);
            let (hashes, damage) = streamed(stream, hasher, |piece| spill.write(piece))?;
            (spill.finish()?, hashes, damage)
        }
    };
    let findings = damage.map(|error| damaged(&error, name)).into_iter().collect();
    Ok(Content { hashes, findings, bytes })
}

/// A body as a stream: bytes that are there, with what is claimed of them held against them at their end.
pub(super) fn stream(body: Body<'_>) -> Box<dyn Stream + '_> {
    match body {
        Body::Whole(bytes, claim) => Box::new(Lying { bytes, claim, crc32: flate2::Crc::new(), at: 0 }),
        Body::Stream(stream) => stream,
    }
}

struct Lying {
    bytes: Bytes,
    claim: Option<Claim>,
    crc32: flate2::Crc,
    at: usize,
}

impl Stream for Lying {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, parse::Error> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let piece = rest.get(..buffer.len()).unwrap_or(rest);
        if piece.is_empty() && !buffer.is_empty() {
            let length = self.bytes.len() as u64;
            let claim = self.claim.take();
            let contradiction = claim.and_then(|claim| contradiction(&claim, length, Some(self.crc32.sum())));
            return contradiction.map_or(Ok(0), Err);
        }
        if self.claim.is_some_and(|claim| claim.crc32.is_some()) {
            self.crc32.update(piece);
        }
        let (start, count) = (buffer.get_mut(..piece.len()), piece.len());
        start.into_iter().for_each(|start| start.copy_from_slice(piece));
        self.at = self.at.saturating_add(count);
        Ok(count)
    }
}

/// A body for those who read from a [`Read`]; what is claimed of it is not held against it.
pub(super) fn reader(body: Body<'_>) -> impl Read + '_ {
    AsRead(stream(match body {
        Body::Whole(bytes, _) => Body::Whole(bytes, None),
        body => body,
    }))
}

/// A stream for those who read from a [`Read`].
pub(super) struct AsRead<'a>(pub(super) Box<dyn Stream + 'a>);

impl Read for AsRead<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(io::Error::other)
    }
}

/// Reads a stream to its end, piece by piece; what it breaks off with stands behind the last of them.
pub(super) fn drained(
    mut stream: Box<dyn Stream + '_>,
    mut each: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<Option<parse::Error>, Error> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(None),
            Ok(count) => each(buffer.get(..count).unwrap_or(&buffer))?,
            Err(error) => return Ok(Some(error)),
        }
    }
}

/// Keeps a stream, as far as it goes.
pub(super) fn kept(
    stream: Box<dyn Stream + '_>,
    options: &Options,
) -> Result<(Bytes, Option<parse::Error>), Error> {
    let mut spill = Spill::new(&options.spill_dir);
    let broken = drained(stream, |piece| spill.write(piece))?;
    Ok((spill.finish()?, broken))
}

/// The SHA-1 of a stream, as far as it goes.
pub(super) fn sha1(stream: Box<dyn Stream + '_>) -> Result<[u8; 20], Error> {
    let mut hasher = sha1::Sha1::new();
    drained(stream, |piece| {
        hasher.update(piece);
        Ok(())
    })?;
    Ok(hasher.finalize().into())
}

/// The SHA-256 of a body, and nothing kept of it.
pub(super) fn sha256(body: Body<'_>) -> Result<[u8; 32], Error> {
    let hasher = Hasher::sha256_only();
    let (hashes, _) = match body {
        Body::Whole(bytes, _) => whole(&bytes, None, hasher),
        Body::Stream(stream) => streamed(stream, hasher, |_| Ok(()))?,
    };
    Ok(hashes.sha256)
}

/// The first bytes of a body; a stream is read no further than they go.
pub(super) fn head(body: Body<'_>, length: usize) -> Vec<u8> {
    let mut stream = match body {
        Body::Whole(bytes, _) => return bytes.get(..length).unwrap_or(&bytes).to_vec(),
        Body::Stream(stream) => stream,
    };
    let mut head = Vec::new();
    let mut buffer = vec![0; length.min(BUFFER)];
    // Damage is reported by whoever reads the file; for its first bytes, those that are there count.
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        let room = length.saturating_sub(head.len());
        head.extend_from_slice(buffer.get(..count.min(room)).unwrap_or_default());
        if head.len() >= length {
            break;
        }
    }
    head
}

fn whole(bytes: &[u8], claim: Option<Claim>, hasher: Hasher) -> (Hashes, Option<parse::Error>) {
    let has_crc = claim.is_some_and(|claim| claim.crc32.is_some());
    let mut hasher = if has_crc { hasher.with_crc32() } else { hasher };
    hasher.update(bytes);
    let damage = claim.and_then(|claim| contradiction(&claim, bytes.len() as u64, hasher.crc32()));
    (hasher.finish(), damage)
}

fn contradiction(claim: &Claim, size: u64, crc32: Option<u32>) -> Option<parse::Error> {
    let unexpected = |what: &str, expected: String, found: String| parse::Error::Unexpected {
        offset: claim.offset,
        what: format!("member, {what}"),
        expected,
        found,
    };
    if let Some(claimed) = claim.size.filter(|claimed| *claimed != size) {
        return Some(unexpected("size", format!("{claimed} bytes"), size.to_string()));
    }
    let (claimed, sum) = claim.crc32.zip(crc32)?;
    (claimed != sum).then(|| unexpected("CRC-32", format!("{claimed:08x}"), format!("{sum:08x}")))
}

fn streamed(
    stream: Box<dyn Stream + '_>,
    mut hasher: Hasher,
    mut keep: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(Hashes, Option<parse::Error>), Error> {
    let broken = drained(stream, |piece| {
        hasher.update(piece);
        keep(piece)
    })?;
    Ok((hasher.finish(), broken))
}

fn damaged(error: &parse::Error, name: &str) -> Finding {
    let message = format!("read as far as it goes: {error}");
    Finding {
        code: "member-damaged",
        message,
        path: Some(name.to_owned()),
        offset: error.offset(),
        loss: true,
    }
}
