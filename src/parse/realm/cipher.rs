//! Encrypted Realm files: pages of 4,096 bytes, before every 64 of them one page of their IVs and MACs.
//!
//! ```text
//! entry of a page: 0 iv 1 │ 4 HMAC-SHA-224 of the page with it │ 32 iv 2 │ 36 HMAC of the page before it was written last
//! ```
//!
//! AES-256-CBC under the first 32 bytes of the key; the MAC, over the encrypted page, under the other 32. The IV of a page is `iv 1` and
//! its position. Source: realm-core, `util/encrypted_file_mapping.cpp`, `util/aes_cryptor.hpp`.

use super::super::Finding;
use super::super::tree::Findings;
use super::header::is_realm;
use aes::Aes256;
use cbc::cipher::{BlockDecryptMut as _, KeyIvInit as _, block_padding::NoPadding};
use hmac::{Hmac, Mac as _};
use sha2::Sha224;
use zeroize::Zeroizing;

/// Bytes of a page.
const PAGE: usize = 4096;

/// Pages that one page of IVs serves.
const SERVED: usize = 64;

/// Bytes of a key.
pub const KEY: usize = 64;

/// Pages whose MAC is tried before a key is called a wrong one.
const TRIED: usize = 256;

/// A key that opens the file it was tried on.
pub struct RealmKey(Zeroizing<[u8; KEY]>);

/// Why a key does not open a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// It has not 64 bytes.
    NotAKey,
    /// No page has a MAC under it: another key, or no Realm file.
    Wrong,
    /// Its second half is proven by the MACs, its first does not decrypt the header.
    FirstHalf,
    /// Pages have MACs under it, the first has not: the key is the right one and the file is damaged.
    Damaged,
}

impl std::fmt::Debug for RealmKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RealmKey(…)")
    }
}

/// Whether the bytes can be an encrypted Realm file: whole pages, no header of a Realm file, a page of IVs in front.
#[must_use]
pub fn looks_sealed(bytes: &[u8]) -> bool {
    let is_paged = bytes.len() > PAGE && bytes.len().trailing_zeros() >= 12;
    let Some([a, b, c, d]) = bytes.first_chunk::<4>().copied() else { return false };
    // An IV counts the times that its page was written.
    let iv = u32::from_le_bytes([a, b, c, d]);
    is_paged && !is_realm(bytes) && iv != 0 && iv < 1 << 24
}

/// Proves both halves of a key on a file.
///
/// # Errors
/// Which half does not fit, or that the file is damaged where it would be proven.
pub fn unlock(sealed: &[u8], key: &[u8]) -> Result<RealmKey, Misfit> {
    let key = <[u8; KEY]>::try_from(key).map_err(|_| Misfit::NotAKey)?;
    let key = RealmKey(Zeroizing::new(key));
    if is_realm(sealed) {
        return Err(Misfit::Wrong);
    }
    match key.page(sealed, 0) {
        Page::Read { plain, .. } if is_realm(&plain[..]) => Ok(key),
        Page::Read { .. } => Err(Misfit::FirstHalf),
        Page::Missing => Err(Misfit::Wrong),
        Page::Unwritten | Page::Damaged => {
            let is_proven = (1..TRIED).any(|page| matches!(key.page(sealed, page), Page::Read { .. }));
            Err(if is_proven { Misfit::Damaged } else { Misfit::Wrong })
        }
    }
}

/// What stands at the place of a page.
enum Page {
    /// Its MAC fits.
    Read { plain: Box<[u8; PAGE]>, is_older: bool },
    /// It was never written.
    Unwritten,
    /// No MAC fits.
    Damaged,
    /// The file ends before it.
    Missing,
}

/// Where the bytes of a page begin in the encrypted file.
fn position(page: usize) -> usize {
    page.saturating_add(page >> 6).saturating_add(1).saturating_mul(PAGE)
}

/// Where the IVs and MACs of a page stand.
fn entry(page: usize) -> usize {
    let table = (page >> 6).saturating_mul(SERVED.saturating_add(1)).saturating_mul(PAGE);
    table.saturating_add((page & 63).saturating_mul(64))
}

impl RealmKey {
    /// Decrypts the file page by page; a page whose MACs do not fit becomes zeros and a finding with its place in the encrypted file.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn decrypt<E>(
        &self,
        sealed: &[u8],
        write: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Vec<Finding>, E> {
        let mut findings = Findings::default();
        let pages = sealed.len() >> 12;
        let tables = pages.div_ceil(SERVED.saturating_add(1));
        for page in 0..pages.saturating_sub(tables) {
            let place = position(page);
            match self.page(sealed, page) {
                Page::Read { plain, is_older } => {
                    if is_older {
                        findings.note("realm-page-older", place, format!("page {page}: its last write was not finished; what stands there is the page before it"));
                    }
                    write(&*plain)?;
                    continue;
                }
                Page::Unwritten => {}
                Page::Damaged | Page::Missing => {
                    findings.loss(
                        "realm-page-damaged",
                        place,
                        format!("page {page}: neither of its two MACs fits its bytes; it is read as zeros"),
                    );
                }
            }
            write(&[0; PAGE])?;
        }
        if sealed.len() & (PAGE.saturating_sub(1)) != 0 {
            let message = "the file does not end with a whole page: what is behind the last one is not read";
            findings.loss("realm-page-cut", pages.saturating_mul(PAGE), message);
        }
        Ok(findings.into_vec())
    }

    fn page(&self, sealed: &[u8], page: usize) -> Page {
        let (start, entry) = (position(page), entry(page));
        let bytes = sealed.get(start..).and_then(|rest| rest.first_chunk::<PAGE>());
        let entry = sealed.get(entry..).and_then(|rest| rest.first_chunk::<64>());
        let Some((bytes, entry)) = bytes.zip(entry) else { return Page::Missing };
        let (newer, older) = entry.split_at(32);
        if newer.starts_with(&[0; 4]) {
            return Page::Unwritten;
        }
        for (stored, is_older) in [(newer, false), (older, true)] {
            let Some((iv, mac)) = stored.split_first_chunk::<4>() else { continue };
            if *iv != [0; 4] && self.is_authentic(bytes, mac) {
                return Page::Read { plain: self.plain(bytes, *iv, page), is_older };
            }
        }
        Page::Damaged
    }

    fn is_authentic(&self, page: &[u8; PAGE], mac: &[u8]) -> bool {
        let Ok(mut hmac) = Hmac::<Sha224>::new_from_slice(self.0.get(32..).unwrap_or(&[])) else {
            return false;
        };
        hmac.update(page);
        hmac.verify_slice(mac).is_ok()
    }

    fn plain(&self, page: &[u8; PAGE], [a, b, c, d]: [u8; 4], number: usize) -> Box<[u8; PAGE]> {
        let position = u64::try_from(number.saturating_mul(PAGE)).unwrap_or(u64::MAX);
        let [e, f, g, h, i, j, k, l] = position.to_le_bytes();
        let iv = [a, b, c, d, e, f, g, h, i, j, k, l, 0, 0, 0, 0];
        let mut plain = Box::new(*page);
        if let Ok(cipher) = cbc::Decryptor::<Aes256>::new_from_slices(self.0.get(..32).unwrap_or(&[]), &iv) {
            // Whole blocks without padding: nothing that could fail.
            let _ = cipher.decrypt_padded_mut::<NoPadding>(&mut *plain);
        }
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cbc::cipher::BlockEncryptMut as _;

    const KEY_BYTES: [u8; KEY] = [7; KEY];

    /// An encrypted file of these pages.
    fn sealed(pages: &[[u8; PAGE]]) -> Vec<u8> {
        let mut table = vec![0; PAGE];
        let mut body = Vec::new();
        for (number, page) in pages.iter().enumerate() {
            let mut iv = [0; 16];
            iv[0] = 1;
            iv[4..12].copy_from_slice(&((number * PAGE) as u64).to_le_bytes());
            let cipher = cbc::Encryptor::<Aes256>::new_from_slices(&KEY_BYTES[..32], &iv).unwrap();
            let encrypted = cipher.encrypt_padded_vec_mut::<NoPadding>(page);
            let mut mac = Hmac::<Sha224>::new_from_slice(&KEY_BYTES[32..]).unwrap();
            mac.update(&encrypted);
            table[number * 64] = 1;
            table[number * 64 + 4..number * 64 + 32].copy_from_slice(&mac.finalize().into_bytes());
            body.extend(encrypted);
        }
        table.extend(body);
        table
    }

    fn file() -> Vec<u8> {
        let mut first = [0; PAGE];
        first[16..20].copy_from_slice(b"T-DB");
        sealed(&[first, [3; PAGE]])
    }

    #[test]
    fn both_halves_of_a_key_are_proven() {
        let file = file();
        assert!(unlock(&file, &KEY_BYTES).is_ok());
        assert_eq!(unlock(&file, &[7; 63]).unwrap_err(), Misfit::NotAKey);
        let mut wrong = KEY_BYTES;
        wrong[0] ^= 1;
        assert_eq!(unlock(&file, &wrong).unwrap_err(), Misfit::FirstHalf);
        let mut wrong = KEY_BYTES;
        wrong[63] ^= 1;
        assert_eq!(unlock(&file, &wrong).unwrap_err(), Misfit::Wrong);
    }

    #[test]
    fn damage_is_told_from_a_wrong_key_and_costs_its_page() {
        let mut file = file();
        file[2 * PAGE + 5] ^= 1;
        let mut plain = Vec::new();
        let key = unlock(&file, &KEY_BYTES).unwrap();
        let found: Result<_, ()> = key.decrypt(&file, &mut |page| {
            plain.extend_from_slice(page);
            Ok(())
        });
        let findings = found.unwrap();
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].code, findings[0].offset), ("realm-page-damaged", Some(2 * PAGE as u64)));
        assert_eq!((&plain[16..20], plain[PAGE]), (&b"T-DB"[..], 0));
        file[2 * PAGE + 5] ^= 1;
        file[PAGE] ^= 1;
        assert_eq!(unlock(&file, &KEY_BYTES).unwrap_err(), Misfit::Damaged);
    }
}
