//! Encrypted stores: AES in CFB mode (128 bits of feedback) over the bytes that are used.
//!
//! The key is filled up with zeros: AES-128, of a key of more than 16 bytes AES-256 in newer versions. The vector stands in the `.crc`;
//! before version 2 the key is the vector. `Core/aes/AESCrypt.cpp`.

use aes::cipher::{AsyncStreamCipher as _, KeyIvInit};
use zeroize::Zeroizing;

use super::HEADER;
use super::entry::entries;
use super::meta::Meta;

/// Decrypts with one key; the bytes where they are entries then, and how they were encrypted.
pub(super) fn decrypted(
    input: &[u8],
    end: usize,
    meta: Option<&Meta>,
    key: &[u8],
) -> Option<(Vec<u8>, &'static str)> {
    let mut short = Zeroizing::new([0_u8; 16]);
    let mut long = Zeroizing::new([0_u8; 32]);
    short.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    long.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let vector = meta.and_then(Meta::vector).unwrap_or(*short);
    let attempt = |decrypt: &dyn Fn(&mut [u8]) -> Option<()>| {
        let mut bytes = input.to_vec();
        decrypt(bytes.get_mut(HEADER..end)?)?;
        let fits = matches!(entries(&bytes, (HEADER, end), false), (read, None) if !read.is_empty());
        fits.then_some(bytes)
    };
    let aes_128 = |bytes: &mut [u8]| {
        cfb_mode::Decryptor::<aes::Aes128>::new_from_slices(&*short, &vector).ok()?.decrypt(bytes);
        Some(())
    };
    let aes_256 = |bytes: &mut [u8]| {
        cfb_mode::Decryptor::<aes::Aes256>::new_from_slices(&*long, &vector).ok()?.decrypt(bytes);
        Some(())
    };
    let short = attempt(&aes_128).map(|bytes| (bytes, "decrypted: AES-128 in CFB mode"));
    short.or_else(|| attempt(&aes_256).map(|bytes| (bytes, "decrypted: AES-256 in CFB mode")))
}
