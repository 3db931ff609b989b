//! Keys of backups, in the forms in which they are found.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

use super::header::{Header, Version};

/// A serialized Java `byte[]`: stream magic and version, the class `[B` with its serial number, no fields; a length follows
/// (Java Object Serialization Specification, section 6.4).
const JAVA_ARRAY: &[u8] =
    b"\xac\xed\x00\x05\x75\x72\x00\x02\x5b\x42\xac\xf3\x17\xf8\x06\x08\x54\xe0\x02\x00\x00\x78\x70";

/// A key.
#[derive(Clone)]
pub struct CryptKey {
    bytes: Zeroizing<[u8; 32]>,
    /// Those of the key file: which backups are encrypted with it.
    marks: Option<([u8; 32], [u8; 16])>,
}

impl CryptKey {
    /// Reads a key file, 32 bytes, or 64 digits with spaces between them or not; nothing where the bytes are none of them.
    pub fn read(bytes: &[u8]) -> Option<CryptKey> {
        let content = match bytes.strip_prefix(JAVA_ARRAY) {
            Some(rest) => rest.split_first_chunk::<4>().and_then(|(length, content)| {
                let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
                content.get(..length)
            })?,
            None => bytes,
        };
        match content.len() {
            32 => Some(CryptKey { bytes: Zeroizing::new(content.try_into().ok()?), marks: None }),
            131 => {
                let (salt, account) = (content.get(3..35)?, content.get(35..51)?);
                let marks = Some((salt.try_into().ok()?, account.try_into().ok()?));
                Some(CryptKey { bytes: Zeroizing::new(content.get(99..131)?.try_into().ok()?), marks })
            }
            _ => digits(bytes).map(|bytes| CryptKey { bytes, marks: None }),
        }
    }

    /// The key of the cipher of a backup; nothing for the key file of another format.
    pub(super) fn of(&self, header: &Header) -> Option<Zeroizing<[u8; 32]>> {
        match (header.version, self.marks) {
            (Version::Crypt15, Some(_)) => None,
            (Version::Crypt15, None) => {
                let mut inner = mac(&[0; 32], &*self.bytes)?;
                let outer = mac(&inner, b"backup encryption\x01")?;
                inner.zeroize();
                Some(Zeroizing::new(outer))
            }
            (Version::Crypt12 | Version::Crypt14, _) => Some(self.bytes.clone()),
        }
    }

    /// Whether the header names this key file; nothing where one of them does not say.
    pub(super) fn is_named_by(&self, header: &Header) -> Option<bool> {
        self.marks.zip(header.marks).map(|(own, named)| own == named)
    }
}

impl std::fmt::Debug for CryptKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("CryptKey(…)")
    }
}

fn digits(text: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let mut digits: Zeroizing<Vec<u8>> = Zeroizing::new(text.to_vec());
    digits.retain(|byte| !byte.is_ascii_whitespace());
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(&*digits, &mut *bytes).ok()?;
    Some(bytes)
}

fn mac(key: &[u8], message: &[u8]) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(mac.finalize().into_bytes().into())
}
