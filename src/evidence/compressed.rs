//! A compressed tar or image: decompressed once, from its first byte to its last, into a temporary file without a name, and read
//! there in place. Members of it cannot be found without that: no such stream has an index.
//!
//! A stream that breaks off gives what is in front of the damage. What comes out is bounded: see
//! [`parse::most_made_of`]; holes (zeros) take no room on the disk.

use std::{
    cell::Cell,
    io::{self, BufRead, Read},
};

use bzip2::bufread::BzDecoder;
use flate2::bufread::GzDecoder;

use super::{
    Error, Finding, Kind, Options,
    mmap::Bytes,
    origin::Origin,
    spill::{self, Stop},
};
use crate::parse;

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstandard,
    /// `BZh`.
    Bzip2,
    /// The .xz file format.
    Xz,
}

/// Memory that the dictionary of an xz stream may take, in KiB; `xz -9` takes 64 MiB.
const XZ_MEMORY: u32 = 512 * 1024;

impl Compression {
    /// By the first bytes.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let skippable = bytes.first().is_some_and(|first| first & 0xf0 == 0x50);
        match bytes {
            [0x1f, 0x8b, 8, ..] => Some(Compression::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Compression::Zstandard),
            [_, 0x2a, 0x4d, 0x18, ..] if skippable => Some(Compression::Zstandard),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => {
                Some(Compression::Bzip2)
            }
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Compression::Xz),
            _ => None,
        }
    }

    /// A tar that is compressed so.
    pub(super) fn tar(self) -> Kind {
        match self {
            Compression::Gzip => Kind::TarGzip,
            Compression::Zstandard => Kind::TarZstandard,
            Compression::Bzip2 => Kind::TarBzip2,
            Compression::Xz => Kind::TarXz,
        }
    }

    fn reader<'a>(self, source: Tracked<'a>) -> Box<dyn Read + 'a> {
        match self {
            Compression::Gzip => Box::new(Concatenated::new(source, GzDecoder::new, GzDecoder::into_inner)),
            Compression::Zstandard => Box::new(Zstandard::new(source)),
            Compression::Bzip2 => Box::new(Concatenated::new(source, BzDecoder::new, BzDecoder::into_inner)),
            Compression::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(source, true, XZ_MEMORY)),
        }
    }
}

/// The first bytes of what is compressed, fewer where it is shorter or damaged.
pub(super) fn head(compression: Compression, bytes: &[u8]) -> Vec<u8> {
    let position = Cell::new(0);
    let mut head = Vec::new();
    let stream = compression.reader(Tracked { bytes, position: &position });
    // What is damaged within its first block is nothing that could be read.
    let _ = stream.take(4096).read_to_end(&mut head);
    head
}

/// Decompresses all of it.
pub(super) fn decompressed(
    compression: Compression,
    origin: &Origin,
    options: &Options,
) -> Result<Origin, Error> {
    let bytes = origin.bytes();
    let limit = parse::most_made_of(bytes.len() as u64);
    origin.made(0..bytes.len() as u64, || spilled(compression, bytes, limit, options))
}

fn spilled(
    compression: Compression,
    bytes: &[u8],
    limit: u64,
    options: &Options,
) -> Result<(Bytes, Vec<Finding>), Error> {
    let position = Cell::new(0);
    let stream = compression.reader(Tracked { bytes, position: &position });
    let (made, stop) = spill::made_by(stream, limit, &options.spill_dir)?;
    let finding = stop.map(|stop| match stop {
        Stop::Limit => bounded(limit, position.get()),
        Stop::Broken(error, made) => broken(&error, position.get(), made),
    });
    Ok((made, finding.into_iter().collect()))
}

fn broken(error: &io::Error, position: usize, made: u64) -> Finding {
    let message =
        format!("the compressed stream is damaged or cut off: {made} bytes came out of it ({error})");
    finding("stream-damaged", message, position)
}

fn bounded(limit: u64, position: usize) -> Finding {
    let message = format!("the compressed stream gives more than {limit} bytes: the rest is not read");
    finding("decompression-limit", message, position)
}

fn finding(code: &'static str, message: String, position: usize) -> Finding {
    Finding { code, message, path: None, offset: Some(position as u64), loss: true }
}

/// Bytes that say how far they have been read.
struct Tracked<'a> {
    bytes: &'a [u8],
    position: &'a Cell<usize>,
}

impl Tracked<'_> {
    /// Nothing is left but zeros, with which tapes and blocks are filled up.
    fn is_spent(&self) -> bool {
        let rest = self.bytes.get(self.position.get()..).unwrap_or_default();
        rest.iter().all(|byte| *byte == 0)
    }
}

impl BufRead for Tracked<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.bytes.get(self.position.get()..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.position.set(self.position.get().saturating_add(count));
    }
}

impl Read for Tracked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

/// All streams one behind the other, for a decoder that ends with the first: how it is made, and how it gives back what
/// it did not need.
struct Concatenated<'a, D> {
    decoder: Option<D>,
    begin: fn(Tracked<'a>) -> D,
    rest: fn(D) -> Tracked<'a>,
}

impl<'a, D: Read> Concatenated<'a, D> {
    fn new(source: Tracked<'a>, begin: fn(Tracked<'a>) -> D, rest: fn(D) -> Tracked<'a>) -> Self {
        Concatenated { decoder: Some(begin(source)), begin, rest }
    }
}

impl<D: Read> Read for Concatenated<'_, D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.decoder {
            let count = decoder.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            let ended = self.decoder.take().map(self.rest);
            self.decoder = ended.filter(|rest| !rest.is_spent()).map(self.begin);
        }
        Ok(0)
    }
}

/// All frames of a stream, one behind the other; the crate's own reader ends with the first.
struct Zstandard<'a> {
    source: Tracked<'a>,
    frame: ruzstd::decoding::FrameDecoder,
    is_in_frame: bool,
    broken: Option<io::Error>,
}

impl<'a> Zstandard<'a> {
    fn new(source: Tracked<'a>) -> Self {
        Zstandard { source, frame: ruzstd::decoding::FrameDecoder::new(), is_in_frame: false, broken: None }
    }

    /// Goes into the next frame, over those that hold no content; `false` at the end.
    fn begin(&mut self) -> io::Result<bool> {
        use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError::SkipFrame};
        while !self.source.is_spent() {
            match self.frame.init(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(SkipFrame { length, .. })) => {
                    self.source.consume(length as usize);
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }

    /// The decoder keeps back what later blocks may refer to, up to 8 MiB and more. Where a block is damaged, an empty
    /// last one is put in its place: what was decoded in front of it then comes out.
    fn finish_early(&mut self, cause: ruzstd::decoding::errors::FrameDecoderError) {
        const EMPTY_LAST_BLOCK_AND_CHECKSUM: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];
        let end = &mut &EMPTY_LAST_BLOCK_AND_CHECKSUM[..];
        let _ = self.frame.decode_blocks(end, ruzstd::decoding::BlockDecodingStrategy::All);
        self.broken = Some(io::Error::other(cause));
    }

    fn end(&mut self) -> io::Result<()> {
        self.is_in_frame = false;
        if let Some(broken) = self.broken.take() {
            return Err(broken);
        }
        let claimed = self.frame.get_checksum_from_data();
        match claimed.is_some() && claimed != self.frame.get_calculated_checksum() {
            true => Err(io::Error::other("the checksum of a frame is not that of its content")),
            false => Ok(()),
        }
    }
}

impl Read for Zstandard<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use ruzstd::decoding::BlockDecodingStrategy::UptoBytes;
        loop {
            if !self.is_in_frame {
                if !self.begin()? {
                    return Ok(0);
                }
                self.is_in_frame = true;
            }
            while self.frame.can_collect() == 0 && !self.frame.is_finished() && self.broken.is_none() {
                if let Err(cause) = self.frame.decode_blocks(&mut self.source, UptoBytes(buffer.len())) {
                    self.finish_early(cause);
                }
            }
            let count = self.frame.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            self.end()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn more_than_the_limit_is_not_read_and_is_a_loss() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&vec![0; 3 << 20]).unwrap();
        let bomb = gzip.finish().unwrap();
        let options = Options {
            md5: false,
            sha1: false,
            spill_dir: std::env::temp_dir(),
            keys: std::sync::Arc::default(),
        };
        let (bytes, findings) = spilled(Compression::Gzip, &bomb, 1 << 20, &options).unwrap();
        assert!((1 << 20..2 << 20).contains(&bytes.len()), "{} bytes", bytes.len());
        assert_eq!((findings[0].code, findings[0].loss), ("decompression-limit", true));
        let (bytes, findings) = spilled(Compression::Gzip, &bomb, 3 << 20, &options).unwrap();
        assert_eq!((bytes.len(), findings), (3 << 20, vec![]));
    }
}
