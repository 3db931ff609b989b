//! Keys and frames: decryption and its proof.

use aes::Aes256;
use aes::cipher::{KeyIvInit as _, StreamCipher as _};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256, Sha512};
use zeroize::Zeroizing;

/// Rounds of SHA-512 on the passphrase.
const ROUNDS: usize = 250_000;

/// Bytes of a MAC.
pub(super) const MAC: usize = 10;

type Counter = ctr::Ctr128BE<Aes256>;

/// The keys of a backup.
pub(super) struct Keys {
    cipher: Zeroizing<[u8; 32]>,
    mac: Zeroizing<[u8; 32]>,
    iv: [u8; 16],
}

impl Keys {
    /// Derives the keys; the passphrase is taken without its spaces.
    pub(super) fn derive(passphrase: &str, salt: &[u8], iv: [u8; 16]) -> Keys {
        let digits: Zeroizing<Vec<u8>> =
            Zeroizing::new(passphrase.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect());
        let mut hash = Zeroizing::new(digits.to_vec());
        for round in 0..ROUNDS {
            let mut hasher = Sha512::new();
            if round == 0 {
                hasher.update(salt);
            }
            hasher.update(&*hash);
            hasher.update(&*digits);
            hash = Zeroizing::new(hasher.finalize().to_vec());
        }
        let mut keys = Zeroizing::new([0; 64]);
        let input = hash.get(..32).unwrap_or(&hash);
        // 64 bytes are fewer than HKDF refuses.
        let _ = Hkdf::<Sha256>::new(None, input).expand(b"Backup Export", &mut *keys);
        let half = |part: &[u8]| Zeroizing::new(part.try_into().unwrap_or([0; 32]));
        let (cipher, mac) = keys.split_at(32);
        Keys { cipher: half(cipher), mac: half(mac), iv }
    }

    /// The counter of the first frame.
    pub(super) fn first(&self) -> u32 {
        self.iv.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
    }

    /// The IV of a frame.
    fn iv(&self, counter: u32) -> [u8; 16] {
        let mut iv = self.iv;
        iv.iter_mut().zip(counter.to_be_bytes()).for_each(|(byte, counter)| *byte = counter);
        iv
    }

    pub(super) fn stream(&self, counter: u32) -> Counter {
        Counter::new((&*self.cipher).into(), (&self.iv(counter)).into())
    }

    /// Whether a frame has the MAC that its bytes ask for.
    pub(super) fn proves(&self, parts: &[&[u8]], mac: &[u8]) -> bool {
        let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(&*self.mac) else { return false };
        parts.iter().for_each(|part| hmac.update(part));
        mac.len() == MAC && hmac.verify_truncated_left(mac).is_ok()
    }

    /// Whether an attachment has: its IV is covered too.
    pub(super) fn proves_attachment(&self, counter: u32, bytes: &[u8], mac: &[u8]) -> bool {
        self.proves(&[&self.iv(counter), bytes], mac)
    }
}

/// Decrypts in place.
pub(super) fn apply(stream: &mut Counter, bytes: &mut [u8]) {
    stream.apply_keystream(bytes);
}
