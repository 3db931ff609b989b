//! AES-256-GCM a piece at a time (NIST SP 800-38D): a damaged body is decrypted too, and the tag says that it is damaged. The
//! usual interfaces give nothing in that case, and want all of it in memory.

use aes::Aes256;
use aes::cipher::{BlockEncrypt as _, KeyInit as _, KeyIvInit as _, StreamCipher as _};
use ghash::GHash;
use ghash::universal_hash::UniversalHash as _;

/// Bytes of a tag, of an IV and of a block.
pub(super) const BLOCK: usize = 16;

/// Bytes of a piece: blocks of the hash must not be torn.
pub(super) const PIECE: usize = 65_536;

type Counter = ctr::Ctr32BE<Aes256>;

/// A body being decrypted.
pub(super) struct Gcm {
    stream: Counter,
    hash: GHash,
    /// What the hash is hidden with in the tag.
    mask: [u8; BLOCK],
    length: u64,
}

impl Gcm {
    pub(super) fn new(key: &[u8; 32], iv: &[u8; BLOCK]) -> Gcm {
        let cipher = Aes256::new(key.into());
        let encrypted = |block: [u8; BLOCK]| {
            let mut block = block.into();
            cipher.encrypt_block(&mut block);
            <[u8; BLOCK]>::from(block)
        };
        let hash = GHash::new(&encrypted([0; BLOCK]).into());
        let first = first_counter(hash.clone(), iv);
        let mask = encrypted(first);
        // The first counter is that of the mask.
        let mut stream = Counter::new(key.into(), &first.into());
        stream.apply_keystream(&mut [0; BLOCK]);
        Gcm { stream, hash, mask, length: 0 }
    }

    /// Decrypts a piece; each but the last has a whole number of blocks.
    pub(super) fn decrypt(&mut self, piece: &mut [u8]) {
        self.absorb(piece);
        self.stream.apply_keystream(piece);
    }

    /// Takes a piece into the hash alone.
    pub(super) fn absorb(&mut self, piece: &[u8]) {
        self.hash.update_padded(piece);
        self.length = self.length.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
    }

    /// Whether the tag is that of the pieces.
    pub(super) fn verifies(mut self, tag: &[u8]) -> bool {
        self.hash.update(&[lengths(0, self.length).into()]);
        let hash: [u8; BLOCK] = self.hash.finalize().into();
        tag.len() == BLOCK
            && hash.iter().zip(&self.mask).zip(tag).all(|((hash, mask), tag)| hash ^ mask == *tag)
    }
}

/// The counter before the first: the hash of an IV that has not 12 bytes (section 7.1, step 2).
fn first_counter(mut hash: GHash, iv: &[u8; BLOCK]) -> [u8; BLOCK] {
    hash.update_padded(iv);
    hash.update(&[lengths(0, 16).into()]);
    hash.finalize().into()
}

/// Two lengths in bits.
fn lengths(one: u64, other: u64) -> [u8; BLOCK] {
    let bits = |bytes: u64| bytes.saturating_mul(8).to_be_bytes();
    let mut block = [0; BLOCK];
    block.iter_mut().zip(bits(one).into_iter().chain(bits(other))).for_each(|(to, from)| *to = from);
    block
}
