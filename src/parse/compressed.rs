//! Values that are compressed: one frame → its bytes.
//!
//! | frame | is |
//! | --- | --- |
//! | gzip | RFC 1952, one or several members |
//! | zlib | RFC 1950 |
//! | zstd | RFC 8878 |
//! | lz4 | the LZ4 frame format (magic `04 22 4D 18`) |
//! | snappy | the block format; with its magic (`FF 06 00 00 "sNaPpY"`) the framing format |
//!
//! The output is bounded: what would be more is cut, and that is a loss. What could be had before a frame breaks is kept.

use std::borrow::Cow;
use std::io::Read;

use super::error::small_hex;
use super::tree::{Findings, place};
use super::{Document, Error, Node, Span, Value};

/// How bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// RFC 1952.
    Gzip,
    /// RFC 1950.
    Zlib,
    /// RFC 8878.
    Zstd,
    /// LZ4 frame.
    Lz4,
    /// Snappy block, or frame where it has the magic.
    Snappy,
}

impl Frame {
    fn name(self) -> &'static str {
        match self {
            Frame::Gzip => "a gzip member",
            Frame::Zlib => "a zlib stream",
            Frame::Zstd => "a zstd frame",
            Frame::Lz4 => "an lz4 frame",
            Frame::Snappy => "a snappy block",
        }
    }

    /// The frame that bytes begin with, of those that have a magic.
    pub fn of_magic(input: &[u8]) -> Option<Frame> {
        match input {
            [0x1f, 0x8b, 0x08, ..] => Some(Frame::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Frame::Zstd),
            [0x04, 0x22, 0x4d, 0x18, ..] => Some(Frame::Lz4),
            _ if input.starts_with(SNAPPY_MAGIC) => Some(Frame::Snappy),
            _ => None,
        }
    }
}

const SNAPPY_MAGIC: &[u8] = b"\xff\x06\x00\x00sNaPpY";

/// Most bytes that a value may become.
const LIMIT: usize = 256 << 20;

/// Reads one compressed value; the root is its bytes.
///
/// # Errors
/// [`Error::WrongKind`] where not one byte could be had.
pub fn document(frame: Frame, input: &[u8]) -> Result<Document<'static>, Error> {
    let mut findings = Findings::default();
    let (bytes, problem) = unpack(frame, input, LIMIT);
    if let Some(problem) = problem {
        if bytes.is_empty() {
            return Err(Error::WrongKind { expected: frame.name(), found: small_hex(input) });
        }
        let message = format!("reading {}: {problem}; {} bytes could be had", frame.name(), bytes.len());
        findings.loss("compressed-broken", 0, message);
    }
    let span = Span { offset: 0, length: place(input.len()) };
    Ok(Document { root: Node { value: Value::Blob(Cow::Owned(bytes)), span }, findings: findings.into_vec() })
}

/// The bytes of a frame that is whole.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn bytes(frame: Frame, input: &[u8]) -> Result<Vec<u8>, Error> {
    // What lies in a block of a file was written by one process from its memory: far below the limit of a value.
    let (bytes, problem) = unpack(frame, input, LIMIT >> 2);
    match problem {
        None => Ok(bytes),
        Some(found) => {
            let (what, expected) = (frame.name().to_owned(), "a whole one".to_owned());
            Err(Error::Unexpected { offset: 0, what, expected, found })
        }
    }
}

/// What could be had, and why not more.
fn unpack(frame: Frame, input: &[u8], limit: usize) -> (Vec<u8>, Option<String>) {
    match frame {
        Frame::Gzip => drain(flate2::bufread::MultiGzDecoder::new(input), limit),
        Frame::Zlib => drain(flate2::bufread::ZlibDecoder::new(input), limit),
        Frame::Lz4 => {
            let (bytes, problem) = drain(lz4_flex::frame::FrameDecoder::new(input), limit);
            // The decoder takes an end of its input between two blocks for the end of the frame.
            let is_cut = problem.is_none() && !is_lz4_whole(input).is_some_and(|whole| whole);
            (bytes, problem.or(is_cut.then(|| "it has no end mark".to_owned())))
        }
        Frame::Snappy if input.starts_with(SNAPPY_MAGIC) => {
            drain(snap::read::FrameDecoder::new(input), limit)
        }
        Frame::Snappy => snappy_block(input, limit),
        Frame::Zstd => match ruzstd::decoding::StreamingDecoder::new(input) {
            Ok(decoder) => drain(decoder, limit),
            Err(error) => (Vec::new(), Some(error.to_string())),
        },
    }
}

fn drain(mut reader: impl Read, limit: usize) -> (Vec<u8>, Option<String>) {
    let (mut bytes, mut piece) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return (bytes, None),
            Ok(count) => bytes.extend_from_slice(piece.get(..count).unwrap_or(&[])),
            Err(error) => return (bytes, Some(error.to_string())),
        }
        if bytes.len() > limit {
            bytes.truncate(limit);
            return (bytes, Some(format!("more than {limit} bytes")));
        }
    }
}

/// Whether a frame has its end mark: its blocks walked by their lengths (LZ4 frame format, "General Structure").
fn is_lz4_whole(input: &[u8]) -> Option<bool> {
    let flags = *input.get(4)?;
    let bit = |bit: u8, bytes: usize| if flags >> bit & 1 == 1 { bytes } else { 0 };
    let (size, dictionary, checksum) = (bit(3, 8), bit(0, 4), bit(4, 4));
    let mut at = 7_usize.checked_add(size)?.checked_add(dictionary)?;
    loop {
        let length = u32::from_le_bytes(*input.get(at..)?.first_chunk::<4>()?);
        if length == 0 {
            return Some(true);
        }
        // The top bit: the block is stored as it is.
        let length = usize::try_from(length & 0x7fff_ffff).ok()?;
        at = at.checked_add(4)?.checked_add(length)?.checked_add(checksum)?;
    }
}

/// A block claims its size first: one byte of it can become at most 64 bytes in three.
fn snappy_block(input: &[u8], limit: usize) -> (Vec<u8>, Option<String>) {
    match snap::raw::decompress_len(input) {
        Ok(claimed) if claimed > limit.min(input.len().saturating_mul(32)) => {
            (Vec::new(), Some(format!("it claims {claimed} bytes")))
        }
        Ok(_) => match snap::raw::Decoder::new().decompress_vec(input) {
            Ok(bytes) => (bytes, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        },
        Err(error) => (Vec::new(), Some(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn text() -> Vec<u8> {
        b"the same again and again; ".repeat(400)
    }

    fn packed(frame: Frame) -> Vec<u8> {
        let mut out = Vec::new();
        match frame {
            Frame::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(&mut out, flate2::Compression::default());
                encoder.write_all(&text()).unwrap();
                encoder.finish().unwrap();
            }
            Frame::Zlib => {
                let mut encoder = flate2::write::ZlibEncoder::new(&mut out, flate2::Compression::default());
                encoder.write_all(&text()).unwrap();
                encoder.finish().unwrap();
            }
            Frame::Lz4 => {
                let mut encoder = lz4_flex::frame::FrameEncoder::new(&mut out);
                encoder.write_all(&text()).unwrap();
                encoder.finish().unwrap();
            }
            Frame::Snappy => out = snap::raw::Encoder::new().compress_vec(&text()).unwrap(),
            Frame::Zstd => {
                out = ruzstd::encoding::compress_to_vec(
                    text().as_slice(),
                    ruzstd::encoding::CompressionLevel::Fastest,
                );
            }
        }
        out
    }

    const ALL: [Frame; 5] = [Frame::Gzip, Frame::Zlib, Frame::Zstd, Frame::Lz4, Frame::Snappy];

    fn blob(document: &Document<'_>) -> Vec<u8> {
        let Value::Blob(bytes) = &document.root.value else { panic!() };
        bytes.to_vec()
    }

    #[test]
    fn every_frame_gives_its_bytes_back() {
        for frame in ALL {
            let document = document(frame, &packed(frame)).unwrap();
            assert_eq!(blob(&document), text(), "{frame:?}");
            assert!(document.findings.is_empty());
        }
        let mut framed = Vec::new();
        let mut encoder = snap::write::FrameEncoder::new(&mut framed);
        encoder.write_all(&text()).unwrap();
        drop(encoder);
        assert_eq!(Frame::of_magic(&framed), Some(Frame::Snappy));
        assert_eq!(blob(&document(Frame::Snappy, &framed).unwrap()), text());
    }

    #[test]
    fn frames_written_by_other_programs_are_read() {
        // zstandard 0.25 (libzstd), lz4 4.4 (liblz4) and cramjam 2.14 of Python.
        let text = b"hello hello hello hello \n";
        let zstd = hex_literal::hex!("28b52ffd20196d00003868656c6c6f200a0100f14a11");
        let lz4 =
            hex_literal::hex!("04224d18684019000000000000007a0f0000006a68656c6c6f200600506c6c6f200a00000000");
        let snappy = hex_literal::hex!("191468656c6c6f20460600000a");
        let framed = hex_literal::hex!("ff060000734e615070590011000047fd57e1191468656c6c6f20460600000a");
        assert_eq!(blob(&document(Frame::Zstd, &zstd).unwrap()), text);
        assert_eq!(blob(&document(Frame::Lz4, &lz4).unwrap()), text);
        assert_eq!(blob(&document(Frame::Snappy, &snappy).unwrap()), text);
        assert_eq!(blob(&document(Frame::Snappy, &framed).unwrap()), text);
    }

    #[test]
    fn a_frame_that_is_cut_keeps_what_could_be_had_or_is_refused() {
        for frame in ALL {
            let whole = packed(frame);
            for end in 0..whole.len() {
                match document(frame, &whole[..end]) {
                    Ok(document) if document.findings.is_empty() => {
                        assert!(blob(&document) == text(), "{frame:?} at {end}");
                    }
                    Ok(document) => assert!(text().starts_with(&blob(&document)), "{frame:?} at {end}"),
                    Err(error) => assert!(matches!(error, Error::WrongKind { .. })),
                }
            }
        }
    }

    #[test]
    fn a_claim_of_more_than_the_bytes_can_become_is_refused() {
        assert!(document(Frame::Snappy, &[0xff, 0xff, 0xff, 0x7f, 0]).is_err());
        let bomb = flate2_zeros(LIMIT + 1);
        let document = document(Frame::Zlib, &bomb).unwrap();
        assert_eq!(blob(&document).len(), LIMIT);
        assert_eq!((document.findings[0].code, document.findings[0].loss), ("compressed-broken", true));
    }

    fn flate2_zeros(count: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = flate2::write::ZlibEncoder::new(&mut out, flate2::Compression::fast());
        let piece = vec![0; 1 << 20];
        (0..count.div_ceil(piece.len())).for_each(|_| encoder.write_all(&piece).unwrap());
        encoder.finish().unwrap();
        out
    }
}
