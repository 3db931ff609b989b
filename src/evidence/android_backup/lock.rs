//! From the password of a backup of Android to the key of its archive.
//!
//! ```text
//! password ─ PBKDF2-HMAC-SHA-1 (salt, rounds) ─► AES-256-CBC over the blob ─► IV, master key, check value
//! master key ─ PBKDF2-HMAC-SHA-1 (other salt, rounds) ─► must be the check value
//! ```
//!
//! Java took the bytes of a secret as characters. Version 1 gave the derivation the low byte of each; since then each is
//! encoded as UTF-8, and a byte of a master key above 7f, which is a negative number there, is the character ff80 to ffff.
//! Which Android did what differs, so each is tried (AOSP, `PBKDF2WithHmacSHA1And8bit` and the note on it in
//! `BackupManagerService.java`).

use aes::Aes256;
use aes::cipher::{BlockDecryptMut, KeyIvInit, block_padding::Pkcs7};
use sha1::Sha1;
use zeroize::Zeroizing;

use super::super::{
    cipher::Key,
    shut::{Shut, Words, first_that_opens},
};
use crate::parse::android_backup::{Encryption, blob};

/// Rounds that are believed: a thousand times what Android writes.
const ROUND_LIMIT: u32 = 10_000_000;

/// The key and the IV of an archive.
pub(super) struct Opened {
    pub key: Key,
    pub iv: [u8; 16],
    /// The check value is that of the key.
    pub checked: bool,
}

/// How this format speaks of its lock.
pub(super) const WORDS: Words = Words {
    what: "an encrypted backup of Android",
    says: "its header says so",
    has: "has the key of its archive",
    and_damaged: "is damaged",
    is_damaged: "its header is damaged",
    damaged_code: "backup-header-damaged",
    password: "the password that was given to `adb backup`",
    opens: "opens the blob of its header (or the header is damaged)",
};

/// Opens an archive with the first password that does.
pub(super) fn open<'p>(
    encryption: &Encryption,
    passwords: impl IntoIterator<Item = &'p str>,
) -> Result<Opened, Shut> {
    if encryption.rounds > ROUND_LIMIT || encryption.rounds == 0 {
        return Err(Shut::Damaged(format!("{} rounds of key derivation", encryption.rounds)));
    }
    first_that_opens(passwords, |password| {
        let secrets = [utf8(password), low_bytes(password)];
        secrets.iter().find_map(|secret| opened(encryption, secret))
    })
}

fn derived(secret: &[u8], salt: &[u8], rounds: u32) -> Key {
    let mut key = Key::default();
    pbkdf2::pbkdf2_hmac::<Sha1>(secret, salt, rounds, &mut *key);
    key
}

fn opened(encryption: &Encryption, secret: &[u8]) -> Option<Opened> {
    let user_key = derived(secret, &encryption.password_salt, encryption.rounds);
    let cipher = cbc::Decryptor::<Aes256>::new((&*user_key).into(), &encryption.iv.into());
    let mut plain = Zeroizing::new(encryption.blob.clone());
    // A wrong key leaves padding by chance, once in 256 times, and the lengths of the parts never.
    let plain = cipher.decrypt_padded_mut::<Pkcs7>(&mut plain).ok()?;
    let parts = blob(plain).ok()?;
    let (key, iv) = (Key::new(parts.key.try_into().ok()?), parts.iv.try_into().ok()?);
    let fits = |secret: &[u8]| *derived(secret, &encryption.check_salt, encryption.rounds) == *parts.check;
    let checked = fits(&as_characters(&*key)) || fits(&*key);
    Some(Opened { key, iv, checked })
}

fn utf8(password: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(password.as_bytes().to_vec())
}

/// The low byte of each UTF-16 unit.
fn low_bytes(password: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(password.encode_utf16().map(|unit| unit.to_le_bytes()[0]).collect())
}

/// Bytes as Java makes characters of them, in UTF-8.
fn as_characters(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(3 * bytes.len()));
    for byte in bytes {
        match byte {
            0..0x80 => text.push(*byte),
            // U+FF80 to U+FFFF in UTF-8: ef be 80 to ef bf bf
            _ => text.extend_from_slice(&[0xef, 0xbc | (byte >> 6), 0x80 | (byte & 0x3f)]),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_byte_is_a_character_of_the_last_block() {
        let units = [0xff80_u16, 0xffbf, 0xffc0, 0xffff, 0x41];
        let text = String::from_utf16(&units).unwrap();
        assert_eq!(*as_characters(&[0x80, 0xbf, 0xc0, 0xff, 0x41]), text.as_bytes());
    }

    #[test]
    fn an_old_android_took_the_low_byte_of_each_character() {
        assert_eq!(*low_bytes("aé€"), [0x61, 0xe9, 0xac]);
    }

    #[test]
    fn without_rounds_or_with_too_many_the_header_is_damaged() {
        for rounds in [0, ROUND_LIMIT + 1] {
            let encryption = Encryption {
                password_salt: vec![1],
                check_salt: vec![2],
                rounds,
                iv: [0; 16],
                blob: vec![0; 96],
            };
            assert!(matches!(open(&encryption, ["x"]), Err(Shut::Damaged(_))));
        }
    }
}
