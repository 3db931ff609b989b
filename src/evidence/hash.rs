//! Hashes of evidence, all of them in one pass over the bytes.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::Options;

/// The hashes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hashes {
    /// Always computed: the identity of a file in the report.
    pub sha256: [u8; 32],
    /// On request.
    pub md5: Option<[u8; 16]>,
    /// On request.
    pub sha1: Option<[u8; 20]>,
}

/// Bytes between two algorithms: what one has read, the next finds in the cache.
const PIECE: usize = 64 * 1024;

/// Computes [`Hashes`] and, for a container that has one, the CRC-32.
pub(super) struct Hasher {
    sha256: Sha256,
    md5: Option<Md5>,
    sha1: Option<Sha1>,
    crc32: Option<flate2::Crc>,
}

impl Hasher {
    pub(super) fn new(options: &Options) -> Self {
        Hasher {
            sha256: Sha256::new(),
            md5: options.md5.then(Md5::new),
            sha1: options.sha1.then(Sha1::new),
            crc32: None,
        }
    }

    pub(super) fn sha256_only() -> Self {
        Hasher { sha256: Sha256::new(), md5: None, sha1: None, crc32: None }
    }

    pub(super) fn with_crc32(self) -> Self {
        Hasher { crc32: Some(flate2::Crc::new()), ..self }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(PIECE) {
            self.sha256.update(piece);
            if let Some(md5) = &mut self.md5 {
                md5.update(piece);
            }
            if let Some(sha1) = &mut self.sha1 {
                sha1.update(piece);
            }
            if let Some(crc32) = &mut self.crc32 {
                crc32.update(piece);
            }
        }
    }

    pub(super) fn crc32(&self) -> Option<u32> {
        self.crc32.as_ref().map(flate2::Crc::sum)
    }

    pub(super) fn finish(self) -> Hashes {
        Hashes {
            sha256: self.sha256.finalize().into(),
            md5: self.md5.map(|md5| md5.finalize().into()),
            sha1: self.sha1.map(|sha1| sha1.finalize().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn the_test_vectors_of_the_standards_hold() {
        // "abc": FIPS 180-4 examples; RFC 1321 A.5; CRC-32 of "abc" as in PNG/zip tools
        let mut hasher = Hasher::new(&Options {
            md5: true,
            sha1: true,
            spill_dir: "/".into(),
            keys: std::sync::Arc::default(),
        })
        .with_crc32();
        hasher.update(b"a");
        hasher.update(b"bc");
        assert_eq!(hasher.crc32(), Some(0x3524_41c2));
        let hashes = hasher.finish();
        assert_eq!(hashes.sha256, hex!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        assert_eq!(hashes.md5, Some(hex!("900150983cd24fb0d6963f7d28e17f72")));
        assert_eq!(hashes.sha1, Some(hex!("a9993e364706816aba3e25717850c26c9cd0d89d")));
    }
}
