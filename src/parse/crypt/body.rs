//! The body: whether a key is its, and what it decrypts to.

use flate2::{Decompress, FlushDecompress, Status};
use md5::{Digest as _, Md5};

use super::super::Finding;
use super::super::limit::EXPANSION;
use super::gcm::{BLOCK, Gcm, PIECE};
use super::header::{Header, Version};
use super::key::CryptKey;

/// Bytes at the start of a body that are held against a key.
const PROBED: usize = 4_096;

/// Where the parts of a backup lie.
struct Extent {
    body: std::ops::Range<usize>,
    tag: std::ops::Range<usize>,
    /// Whether an MD5 stands behind the tag.
    summed: bool,
    sum_is_right: bool,
}

/// A backup and the key that fits it.
pub struct Opened<'a> {
    input: &'a [u8],
    key: zeroize::Zeroizing<[u8; 32]>,
    iv: [u8; BLOCK],
    extent: Extent,
}

/// Holds a key against a backup; nothing where it is another's. A key fits where the tag proves it, or where the body begins, decrypted,
/// as a backup does.
pub fn fits<'a>(input: &'a [u8], header: &Header, key: &CryptKey) -> Option<Opened<'a>> {
    let cipher_key = key.of(header)?;
    let opened = Opened { input, key: cipher_key, iv: header.iv, extent: extent(input, header) };
    let begins = opened.begins_well();
    // A file that begins as it should by chance and that another key is named for is another key's.
    let is_its = match key.is_named_by(header) {
        Some(true) | None => begins || opened.verifies(&opened.extent),
        Some(false) => opened.verifies(&opened.extent),
    };
    is_its.then(|| opened.in_parts())
}

fn extent(input: &[u8], header: &Header) -> Extent {
    // Behind the MD5 of crypt12 stand the last digits of the number.
    let end = input.len().saturating_sub(if header.version == Version::Crypt12 { 4 } else { 0 });
    let sum = end.saturating_sub(BLOCK).max(header.body)..end.max(header.body);
    let tag = sum.start.saturating_sub(BLOCK).max(header.body)..sum.start;
    let digest = Md5::digest(input.get(..sum.start).unwrap_or(input));
    let sum_is_right = input.get(sum).is_some_and(|sum| sum == digest.as_slice());
    Extent { body: header.body..tag.start, tag, summed: true, sum_is_right }
}

impl Opened<'_> {
    fn gcm(&self) -> Gcm {
        Gcm::new(&self.key, &self.iv)
    }

    fn bytes(&self, range: &std::ops::Range<usize>) -> &[u8] {
        self.input.get(range.clone()).unwrap_or(&[])
    }

    fn verifies(&self, extent: &Extent) -> bool {
        let mut gcm = self.gcm();
        self.bytes(&extent.body).chunks(PIECE).for_each(|piece| gcm.absorb(piece));
        gcm.verifies(self.bytes(&extent.tag))
    }

    /// Without an MD5 the last block is the tag, where that proves itself.
    fn in_parts(self) -> Self {
        if self.extent.sum_is_right {
            return self;
        }
        let Extent { body, tag, .. } = &self.extent;
        let end = tag.end.saturating_add(BLOCK).min(self.input.len());
        let other =
            Extent { body: body.start..tag.end, tag: tag.end..end, summed: false, sum_is_right: false };
        if self.verifies(&other) { Opened { extent: other, ..self } } else { self }
    }

    /// Whether the body begins with a database, an archive, or a zlib stream that inflates.
    fn begins_well(&self) -> bool {
        let mut head =
            self.bytes(&self.extent.body).get(..PROBED).unwrap_or(self.bytes(&self.extent.body)).to_vec();
        self.gcm().decrypt(&mut head);
        if head.starts_with(super::super::sqlite::MAGIC) || head.starts_with(b"PK\x03\x04") {
            return true;
        }
        let mut inflate = Decompress::new(true);
        let mut out = vec![0; PROBED];
        let inflated = is_zlib(&head) && inflate.decompress(&head, &mut out, FlushDecompress::None).is_ok();
        inflated && inflate.total_out() > 64
    }

    /// Decrypts and inflates the body. `write` takes the pieces in their order.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn decrypt<E>(&self, write: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<Vec<Finding>, E> {
        let body = self.bytes(&self.extent.body);
        let mut gcm = self.gcm();
        let mut plain = Plain::new(body.len());
        for piece in body.chunks(PIECE) {
            let mut piece = piece.to_vec();
            gcm.decrypt(&mut piece);
            plain.take(&piece, write)?;
        }
        let is_right = gcm.verifies(self.bytes(&self.extent.tag));
        Ok(self.findings(is_right, &plain))
    }

    fn findings(&self, is_right: bool, plain: &Plain) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut push = |code, offset: usize, message: &str, loss| {
            let offset = Some(u64::try_from(offset).unwrap_or(u64::MAX));
            findings.push(Finding::of_file(code, message.to_owned(), offset, loss));
        };
        let (tag, end) = (self.extent.tag.start, self.input.len());
        match (is_right, plain.state) {
            (true, State::Running) if plain.is_zlib => {
                push("crypt-body-short", end, "the tag is right, and the compressed bytes have no end", true);
            }
            (true, State::Broken) => {
                push("crypt-body-broken", tag, "the tag is right, and the compressed bytes are broken", true);
            }
            (true, _) => {}
            (false, State::Running) if plain.is_zlib => push(
                "crypt-cut-off",
                end,
                "the backup ends before its compressed bytes do: it was cut off; what is there is decrypted, and not proven",
                true,
            ),
            (false, _) => push(
                "crypt-tag-wrong",
                tag,
                "the tag is wrong: the backup was damaged or changed after it was made; it is decrypted all the same, as \
                 far as it can be read, and what is read from it is not proven",
                true,
            ),
        }
        if is_right && self.extent.summed && !self.extent.sum_is_right {
            push(
                "crypt-md5-wrong",
                tag.saturating_add(BLOCK),
                "the MD5 is wrong; the tag, which proves more, is right",
                false,
            );
        }
        if plain.state == State::Limit {
            push(
                "crypt-too-large",
                tag,
                "the compressed bytes become more than they can: reading stopped",
                true,
            );
        }
        findings
    }
}

/// A zlib header: deflate, its check, no dictionary (RFC 1950, section 2.2).
fn is_zlib(head: &[u8]) -> bool {
    let Some([method, flags]) = head.first_chunk::<2>() else { return false };
    let word = u16::from_be_bytes([*method, *flags]);
    method & 0x0f == 8 && method >> 4 <= 7 && word % 31 == 0 && flags & 0x20 == 0
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Ended,
    Broken,
    Limit,
}

/// What the body decrypts to, inflated.
struct Plain {
    inflate: Decompress,
    is_zlib: bool,
    state: State,
    limit: u64,
    out: Vec<u8>,
}

impl Plain {
    fn new(body: usize) -> Plain {
        let limit = u64::try_from(body).unwrap_or(u64::MAX).saturating_mul(EXPANSION);
        let inflate = Decompress::new(true);
        Plain { inflate, is_zlib: false, state: State::Running, limit, out: vec![0; PIECE] }
    }

    fn take<E>(&mut self, mut piece: &[u8], write: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        if self.inflate.total_in() == 0 && is_zlib(piece) {
            self.is_zlib = true;
        }
        if !self.is_zlib {
            return write(piece);
        }
        while self.state == State::Running {
            let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(piece, &mut self.out, FlushDecompress::None);
            let count =
                |before: u64, after: u64| usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX);
            let made = count(written, self.inflate.total_out());
            write(self.out.get(..made).unwrap_or(&self.out))?;
            let used = count(read, self.inflate.total_in());
            piece = piece.get(used..).unwrap_or(&[]);
            self.state = match status {
                Ok(Status::StreamEnd) => State::Ended,
                Err(_) => State::Broken,
                Ok(_) if self.inflate.total_out() > self.limit => State::Limit,
                Ok(_) if made == 0 && (used == 0 || piece.is_empty()) => return Ok(()),
                Ok(_) => State::Running,
            };
        }
        Ok(())
    }
}
