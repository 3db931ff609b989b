//! Key files that hold the key of SQLCipher databases, themselves protected by a passphrase or not
//! (<https://github.com/threema-ch/threema-android>, `localcrypto`).
//!
//! ```text
//! version 1   protection u8: 0 none, 2 scrypt │ key 32, obfuscated │ salt 8 │ first 4 bytes of SHA-1(key)
//! version 2   00 00 │ outer { 1: intermediate, 2: Argon2id { 2 salt, 3 memory KiB, 4 rounds, 5 lanes, 6 { 1 nonce, 2 bytes } } }
//!             intermediate  00 00 │ { 1: inner, 2: protected by a server }
//!             inner         00 00 │ { 1: key 32 }
//! ```
//!
//! Version 1 is XORed with a constant that is published, then with `scrypt(passphrase, salt, N = 65536, r = 8, p = 1)`; its checksum
//! tells a wrong passphrase. Version 2 is XChaCha20-Poly1305, whose tag does.

use argon2::{Algorithm, Argon2, Params};
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

use super::protobuf::{Wire, fields, last};

/// Bytes of a key.
const KEY: usize = 32;

/// Bytes of a file of version 1.
const LENGTH_1: usize = 45;

/// What version 1 is obfuscated with.
const OBFUSCATION: [u8; KEY] = [
    0x95, 0x0d, 0x26, 0x7a, 0x88, 0xea, 0x77, 0x10, 0x9c, 0x50, 0xe7, 0x3f, 0x47, 0xe0, 0x69, 0x72, 0xda,
    0xc4, 0x39, 0x7c, 0x99, 0xea, 0x7e, 0x67, 0xaf, 0xfd, 0xdd, 0x32, 0xda, 0x35, 0xf7, 0x0c,
];

/// Most memory (1 GiB), rounds and lanes that a file may ask for; real ones ask for 128 MiB, 8 and 1.
const MOST: (u64, u64, u64) = (1_048_576, 64, 16);

type Key = Zeroizing<[u8; KEY]>;

/// A key file.
pub enum MasterKey {
    /// The key lies in it.
    Plain(Key),
    /// A passphrase is needed.
    Protected(Protected),
}

/// How a key is protected.
pub enum Protected {
    /// Version 1.
    Scrypt {
        /// XORed with what the passphrase gives.
        key: Key,
        /// Of scrypt.
        salt: [u8; 8],
        /// First bytes of the SHA-1 of the key.
        check: [u8; 4],
    },
    /// Version 2.
    Argon2id {
        /// Of Argon2id.
        salt: Vec<u8>,
        /// KiB, rounds, lanes.
        cost: (u32, u32, u32),
        /// Of the cipher.
        nonce: [u8; 24],
        /// The intermediate message, encrypted, and its tag.
        sealed: Vec<u8>,
    },
}

impl MasterKey {
    /// Reads a key file; nothing where the bytes are none, or where only a server can open it.
    pub fn read(bytes: &[u8]) -> Option<MasterKey> {
        if bytes.len() == LENGTH_1 { version_1(bytes) } else { version_2(bytes) }
    }

    /// The key; nothing where a passphrase is needed and this is not it.
    pub fn open(&self, passphrase: Option<&str>) -> Option<Key> {
        match self {
            MasterKey::Plain(key) => Some(key.clone()),
            MasterKey::Protected(protected) => protected.open(passphrase?.as_bytes()),
        }
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            MasterKey::Plain(_) => "Plain(…)",
            MasterKey::Protected(_) => "Protected(…)",
        })
    }
}

fn version_1(bytes: &[u8]) -> Option<MasterKey> {
    let (protection, rest) = bytes.split_first()?;
    let (key, rest) = rest.split_first_chunk::<KEY>()?;
    let (salt, check) = rest.split_first_chunk::<8>()?;
    let (key, check) = (xor(key, &OBFUSCATION), *check.first_chunk::<4>()?);
    match protection {
        0 => is_right(&key, check).then_some(MasterKey::Plain(key)),
        2 => Some(MasterKey::Protected(Protected::Scrypt { key, salt: *salt, check })),
        _ => None,
    }
}

fn version_2(bytes: &[u8]) -> Option<MasterKey> {
    let outer = fields(bytes.strip_prefix(&[0, 0])?)?;
    if let Some(intermediate) = last(&outer, 1).and_then(Wire::bytes) {
        return of_intermediate(intermediate).map(MasterKey::Plain);
    }
    let protected = fields(last(&outer, 2)?.bytes()?)?;
    let number = |field, most: u64| {
        let number = last(&protected, field).and_then(Wire::number)?;
        u32::try_from(number).ok().filter(|_| (1..=most).contains(&number))
    };
    let cost = (number(3, MOST.0)?, number(4, MOST.1)?, number(5, MOST.2)?);
    let salt = last(&protected, 2)?.bytes()?.to_vec();
    let sealed = fields(last(&protected, 6)?.bytes()?)?;
    let nonce = last(&sealed, 1)?.bytes()?.try_into().ok()?;
    let sealed = last(&sealed, 2)?.bytes()?.to_vec();
    Some(MasterKey::Protected(Protected::Argon2id { salt, cost, nonce, sealed }))
}

fn of_intermediate(bytes: &[u8]) -> Option<Key> {
    let intermediate = fields(bytes.strip_prefix(&[0, 0])?)?;
    let inner = fields(last(&intermediate, 1)?.bytes()?.strip_prefix(&[0, 0])?)?;
    last(&inner, 1)?.bytes()?.try_into().ok().map(Zeroizing::new)
}

impl Protected {
    fn open(&self, passphrase: &[u8]) -> Option<Key> {
        match self {
            Protected::Scrypt { key, salt, check } => {
                let mut derived = Zeroizing::new([0; KEY]);
                let parameters = scrypt::Params::new(16, 8, 1, KEY).ok()?;
                scrypt::scrypt(passphrase, salt, &parameters, &mut *derived).ok()?;
                let key = xor(key, &derived);
                is_right(&key, *check).then_some(key)
            }
            Protected::Argon2id { salt, cost: (memory, rounds, lanes), nonce, sealed } => {
                let parameters = Params::new(*memory, *rounds, *lanes, Some(KEY)).ok()?;
                let argon2 = Argon2::new(Algorithm::Argon2id, argon2::Version::V0x13, parameters);
                let mut derived = Zeroizing::new([0; KEY]);
                argon2.hash_password_into(passphrase, salt, &mut *derived).ok()?;
                let cipher = XChaCha20Poly1305::new((&*derived).into());
                let opened =
                    cipher.decrypt(XNonce::from_slice(nonce), sealed.as_slice()).ok().map(Zeroizing::new)?;
                of_intermediate(&opened)
            }
        }
    }
}

fn xor(one: &[u8; KEY], other: &[u8; KEY]) -> Key {
    let mut result = Zeroizing::new(*one);
    result.iter_mut().zip(other).for_each(|(byte, other)| *byte ^= other);
    result
}

fn is_right(key: &[u8; KEY], check: [u8; 4]) -> bool {
    Sha1::digest(key).starts_with(&check)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    /// The bytes 0 to 31 as a key, protected by "superSecret"; made with Python: `hashlib.scrypt`, argon2-cffi and pycryptodomex.
    const PROTECTED: [&[u8]; 2] = [
        &hex!("0281cd6a83b3e4f3a8efd9e81ff332469a4ea9536be18dbd282d4538ccb2c67ff10102030405060708ae5bd8ef"),
        &hex!(
            "0000126f1210000102030405060708090a0b0c0d0e0f1880082008280132540a18000102030405060708090a0b0c0d0e"
            "0f10111213141516171238b41a9f9c7f0fc04d8c0d7284976bb11bbe68c788e2facbe96c928df3240ff201e68ea28a4a"
            "59d00da41f85727b39123231da644faf8016f0"
        ),
    ];

    /// The same without a passphrase.
    const PLAIN: [&[u8]; 2] = [
        &hex!("00950c24798cef71179459ed344bed677dcad52b6f8dff6870b7e4c729c628e9130000000000000000ae5bd8ef"),
        &hex!("00000a2800000a2400000a20000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
    ];

    fn key() -> Key {
        Zeroizing::new(std::array::from_fn(|index| index as u8))
    }

    #[test]
    fn a_key_file_opens_with_its_passphrase_and_no_other() {
        for file in PROTECTED {
            let read = MasterKey::read(file).unwrap();
            assert!(read.open(None).is_none());
            assert!(read.open(Some("supersecret")).is_none());
            assert_eq!(read.open(Some("superSecret")), Some(key()));
        }
    }

    #[test]
    fn an_unprotected_key_file_needs_none() {
        for file in PLAIN {
            assert_eq!(MasterKey::read(file).unwrap().open(None), Some(key()));
            for length in 0..file.len() {
                assert!(MasterKey::read(&file[..length]).is_none(), "{length}");
            }
        }
        // The checksum of version 1 is wrong.
        let mut changed = PLAIN[0].to_vec();
        changed[7] ^= 1;
        assert!(MasterKey::read(&changed).is_none());
    }
}
