//! From what the examiner has to the keys of cipher and HMAC.

use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::{Zeroize as _, Zeroizing};

use super::parameters::{Hash, Parameters};

/// Bytes of a key of AES-256.
pub(super) const KEY: usize = 32;

/// Rounds of PBKDF2 from the key of the cipher to that of the HMAC (`fast_kdf_iter`).
const FAST_ITERATIONS: u32 = 2;

/// What opens a database.
#[derive(Clone)]
pub enum Material {
    /// A key is derived from it.
    Passphrase(Zeroizing<Vec<u8>>),
    /// The key itself (`PRAGMA key = "x'…'"`, 64 digits), and the salt where it comes with it (96 digits).
    Raw {
        /// Of the cipher.
        key: Zeroizing<[u8; KEY]>,
        /// In place of that of the file.
        salt: Option<[u8; super::SALT]>,
    },
}

impl Material {
    /// A raw key of 32 bytes, or of 48 with its salt behind it; nothing for another length.
    pub fn raw(bytes: &[u8]) -> Option<Material> {
        let (key, rest) = bytes.split_first_chunk::<KEY>()?;
        let key = Zeroizing::new(*key);
        match rest.len() {
            0 => Some(Material::Raw { key, salt: None }),
            super::SALT => Some(Material::Raw { key, salt: rest.first_chunk().copied() }),
            _ => None,
        }
    }

    /// A passphrase.
    pub fn passphrase(bytes: &[u8]) -> Material {
        Material::Passphrase(Zeroizing::new(bytes.to_vec()))
    }

    /// The salt of a database, where it is not in front of it.
    pub(super) fn salt(&self) -> Option<[u8; super::SALT]> {
        match self {
            Material::Passphrase(_) => None,
            Material::Raw { salt, .. } => *salt,
        }
    }

    /// The key of the cipher.
    pub(super) fn key(&self, salt: &[u8], parameters: &Parameters) -> Zeroizing<[u8; KEY]> {
        match self {
            Material::Raw { key, .. } => key.clone(),
            Material::Passphrase(text) => pbkdf2(parameters.kdf, text, salt, parameters.iterations),
        }
    }
}

impl std::fmt::Debug for Material {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Material::Passphrase(_) => "Passphrase(…)",
            Material::Raw { .. } => "Raw(…)",
        })
    }
}

/// The key of the HMAC.
pub(super) fn mac_key(key: &[u8], salt: &[u8], parameters: &Parameters) -> Zeroizing<[u8; KEY]> {
    let mut masked: Vec<u8> = salt.iter().map(|byte| byte ^ parameters.salt_mask).collect();
    let derived = pbkdf2(parameters.kdf, key, &masked, FAST_ITERATIONS);
    masked.zeroize();
    derived
}

fn pbkdf2(hash: Hash, secret: &[u8], salt: &[u8], rounds: u32) -> Zeroizing<[u8; KEY]> {
    let mut key = Zeroizing::new([0; KEY]);
    match hash {
        Hash::Sha1 => pbkdf2_hmac::<Sha1>(secret, salt, rounds, &mut *key),
        Hash::Sha256 => pbkdf2_hmac::<Sha256>(secret, salt, rounds, &mut *key),
        Hash::Sha512 => pbkdf2_hmac::<Sha512>(secret, salt, rounds, &mut *key),
    }
    key
}
