//! AES-256-CBC on read: a stream over an encrypted stream, cut where the plaintext ends. Nothing is written.
//!
//! ```text
//! stored:  block │ block │ … │ last block            16 bytes each, the first chained to the IV (NIST SP 800-38A, 6.2)
//! read:    ────────────────►│ cut to the size, or by its padding (RFC 5652, 6.3)
//! ```
//!
//! CBC has no checksum: what is damaged in the middle is read as other bytes, and only the end can contradict.

use aes::{
    Aes256,
    cipher::{Block, BlockDecryptMut, KeyIvInit},
};
use zeroize::Zeroizing;

use super::source::Stream;
use crate::parse::Error;

/// Bytes of a block.
pub(super) const BLOCK: usize = 16;

/// Bytes that are decrypted at a time.
const PIECE: usize = 64 * 1024;

/// A key of AES-256; wiped when it is dropped.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// Where the plaintext ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// By the padding.
    Padding,
    /// After so many bytes; the padding behind them is checked.
    Size(u64),
    /// With the last block.
    Blocks,
}

/// Decrypts what a stream gives.
pub(super) struct Decrypted<'a> {
    inner: Box<dyn Stream + 'a>,
    cipher: cbc::Decryptor<Aes256>,
    end: End,
    /// Read and not decrypted: less than a block.
    rest: Vec<u8>,
    /// Decrypted and not given.
    ready: Vec<u8>,
    given: usize,
    /// Bytes that were decrypted.
    total: u64,
    finished: bool,
    error: Option<Error>,
}

impl<'a> Decrypted<'a> {
    pub(super) fn new(inner: Box<dyn Stream + 'a>, key: &Key, iv: [u8; BLOCK], end: End) -> Self {
        let cipher = cbc::Decryptor::<Aes256>::new((&**key).into(), &iv.into());
        let (rest, ready) = (Vec::new(), Vec::new());
        Decrypted { inner, cipher, end, rest, ready, given: 0, total: 0, finished: false, error: None }
    }

    /// Decrypts the next piece; the last block is held back, as only the end shows how much of it counts.
    fn fill(&mut self) {
        self.ready.drain(..self.given);
        self.given = 0;
        let mut piece = vec![0; PIECE];
        match self.inner.read(&mut piece) {
            Ok(0) => self.finish(None),
            Ok(count) => {
                piece.truncate(count);
                self.decrypt(&piece);
            }
            Err(error) => self.finish(Some(error)),
        }
    }

    fn decrypt(&mut self, piece: &[u8]) {
        self.rest.extend_from_slice(piece);
        let whole = self.rest.len() - self.rest.len() % BLOCK;
        for block in self.rest.get(..whole).unwrap_or_default().chunks_exact(BLOCK) {
            let mut block = Block::<Aes256>::clone_from_slice(block);
            self.cipher.decrypt_block_mut(&mut block);
            self.ready.extend_from_slice(&block);
        }
        self.rest.drain(..whole);
        self.total = self.total.saturating_add(whole as u64);
    }

    /// Cuts the last block. What contradicts is told behind the last byte.
    fn finish(&mut self, error: Option<Error>) {
        self.finished = true;
        self.error = error;
        if self.error.is_none() && !self.rest.is_empty() {
            let left = self.rest.len();
            let what = "encrypted file, last block of 16 bytes".to_owned();
            self.error =
                Some(Error::Short { offset: self.total, what, left, found: hex::encode(&self.rest) });
        }
        if self.error.is_none() {
            let last = self.ready.get(self.ready.len().saturating_sub(BLOCK)..).unwrap_or_default();
            let (surplus, error) = surplus(last, self.total, self.end);
            self.ready.truncate(self.ready.len().saturating_sub(surplus));
            self.error = error;
        }
    }

    /// Bytes that may be given now.
    fn available(&self) -> usize {
        let held = if self.finished { 0 } else { BLOCK };
        self.ready.len().saturating_sub(held).saturating_sub(self.given)
    }
}

/// How many bytes of the last block are padding, and what contradicts that.
fn surplus(last: &[u8], total: u64, end: End) -> (usize, Option<Error>) {
    let padding = padding(last);
    let size = match end {
        End::Blocks => return (0, None),
        End::Padding if total == 0 => return (0, None),
        End::Padding => {
            return padding.map_or_else(|| (0, Some(unpadded(last, total))), |length| (length, None));
        }
        End::Size(size) => size,
    };
    let offset = total;
    let Some(behind) = total.checked_sub(size) else {
        let what = format!("encrypted file of {size} bytes");
        return (0, Some(Error::Short { offset, what, left: 0, found: "nothing".to_owned() }));
    };
    let expected = usize::try_from(behind).ok().filter(|behind| *behind <= BLOCK);
    match (expected, padding) {
        // A size that is a whole number of blocks may stand without padding.
        (Some(0), _) => (0, None),
        (Some(expected), Some(padding)) if expected == padding => (padding, None),
        (Some(expected), _) => (expected, Some(unpadded(last, total))),
        // The manifest is of another moment than the file: the file's own end counts.
        (None, Some(padding)) => (padding, None),
        (None, None) => (0, Some(unpadded(last, total))),
    }
}

/// Bytes of padding, where the block ends with so many bytes of their own number.
fn padding(last: &[u8]) -> Option<usize> {
    let length = usize::from(*last.last()?);
    let start = last.len().checked_sub(length).filter(|_| (1..=BLOCK).contains(&length))?;
    let is_padding = last.get(start..)?.iter().all(|byte| usize::from(*byte) == length);
    is_padding.then_some(length)
}

fn unpadded(last: &[u8], total: u64) -> Error {
    let found = last.last().map_or_else(|| "nothing".to_owned(), |byte| format!("a last byte of {byte:02x}"));
    Error::Unexpected {
        offset: total.saturating_sub(BLOCK as u64),
        what: "encrypted file, padding of the last block".to_owned(),
        expected: "1 to 16 bytes of their own number".to_owned(),
        found,
    }
}

impl Stream for Decrypted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.available() == 0 {
            if self.finished {
                return self.error.take().map_or(Ok(0), Err);
            }
            self.fill();
        }
        let count = self.available().min(buffer.len());
        let piece = self.ready.get(self.given..self.given.saturating_add(count)).unwrap_or_default();
        for (to, from) in buffer.iter_mut().zip(piece) {
            *to = *from;
        }
        self.given = self.given.saturating_add(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    struct Pieces(Vec<Vec<u8>>);

    impl Stream for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
            let Some(piece) = self.0.pop() else { return Ok(0) };
            buffer[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    // NIST SP 800-38A, F.2.6 (CBC-AES256.Decrypt)
    const KEY: [u8; 32] = hex!("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
    const IV: [u8; 16] = hex!("000102030405060708090a0b0c0d0e0f");
    const STORED: [u8; 32] = hex!("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d");
    const PLAIN: [u8; 32] = hex!("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");

    fn read(pieces: &[&[u8]], end: End, at_a_time: usize) -> (Vec<u8>, Option<String>) {
        let pieces = Pieces(pieces.iter().rev().map(|piece| piece.to_vec()).collect());
        let mut stream = Decrypted::new(Box::new(pieces), &Zeroizing::new(KEY), IV, end);
        let mut plain = Vec::new();
        let mut buffer = vec![0; at_a_time];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return (plain, None),
                Ok(count) => plain.extend_from_slice(&buffer[..count]),
                Err(error) => return (plain, Some(error.to_string())),
            }
        }
    }

    #[test]
    fn the_test_vector_of_the_standard_holds_in_pieces_of_any_size() {
        for at_a_time in [1, 15, 16, 17, 100] {
            for split in 0..=32 {
                let pieces: Vec<&[u8]> = [&STORED[..split], &STORED[split..]]
                    .into_iter()
                    .filter(|piece| !piece.is_empty())
                    .collect();
                assert_eq!(read(&pieces, End::Blocks, at_a_time), (PLAIN.to_vec(), None));
            }
        }
    }

    #[test]
    fn a_size_cuts_inside_the_last_block_and_its_padding_is_held_against_it() {
        let (plain, error) = read(&[&STORED], End::Size(30), 100);
        assert_eq!(plain, PLAIN[..30]);
        assert!(error.unwrap().contains("padding of the last block"));
        assert_eq!(read(&[&STORED], End::Size(32), 100), (PLAIN.to_vec(), None));
    }

    #[test]
    fn a_file_shorter_than_its_size_is_read_as_far_as_it_goes() {
        let (plain, error) = read(&[&STORED[..16]], End::Size(30), 100);
        assert_eq!(plain, PLAIN[..16]);
        assert_eq!(error.unwrap(), "at 0x10: reading encrypted file of 30 bytes: 0 bytes left (nothing)");
        let (plain, error) = read(&[&STORED[..20]], End::Size(30), 100);
        assert_eq!((plain, error.is_some()), (PLAIN[..16].to_vec(), true));
    }

    #[test]
    fn padding_is_so_many_bytes_of_their_own_number() {
        let block = |tail: &[u8]| [&vec![9; 16 - tail.len()][..], tail].concat();
        assert_eq!(padding(&block(&[1])), Some(1));
        assert_eq!(padding(&block(&[3, 3, 3])), Some(3));
        assert_eq!(padding(&[16; 16]), Some(16));
        for odd in [&block(&[0])[..], &block(&[2, 3, 3]), &block(&[17]), &[]] {
            assert_eq!(padding(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn an_empty_file_is_empty() {
        for end in [End::Padding, End::Blocks, End::Size(0)] {
            assert_eq!(read(&[], end, 10), (Vec::new(), None));
        }
    }
}
