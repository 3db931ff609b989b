//! One page: its HMAC, and what it holds.

use aes::Aes256;
use cbc::cipher::{BlockDecryptMut as _, KeyIvInit as _, block_padding::NoPadding};
use hmac::Hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::layout::Layout;
use super::parameters::{Hash, Order};
use super::{BLOCK, SALT};

/// What became of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Its HMAC is right, or there is none to hold it against.
    Decrypted,
    /// Zeros: SQLite made room for it and never wrote it.
    Empty,
    /// Its HMAC is wrong; it is decrypted all the same.
    Forged,
    /// The file ends inside it: of its first block nothing can be had.
    Cut,
}

impl Layout {
    /// Whether a page has the HMAC that its bytes ask for; nothing where the file has no HMACs.
    pub(super) fn verifies(&self, number: u32, page: &[u8]) -> Option<bool> {
        let hash = self.parameters.mac?;
        let end = page.len().checked_sub(self.parameters.reserve())?.checked_add(BLOCK)?;
        let covered = page.get(self.clear(number)..end)?;
        let stored = page.get(end..end.checked_add(hash.length())?)?;
        let number = match self.parameters.order {
            Order::Little => number.to_le_bytes(),
            Order::Big => number.to_be_bytes(),
        };
        let key = self.mac_key.as_slice();
        Some(match hash {
            Hash::Sha1 => is_mac::<Hmac<Sha1>>(key, [covered, &number], stored),
            Hash::Sha256 => is_mac::<Hmac<Sha256>>(key, [covered, &number], stored),
            Hash::Sha512 => is_mac::<Hmac<Sha512>>(key, [covered, &number], stored),
        })
    }

    /// Decrypts a page in place. The reserved bytes at its end stay.
    pub(super) fn decrypt(&self, number: u32, page: &mut [u8]) -> Standing {
        if page.iter().all(|byte| *byte == 0) {
            return Standing::Empty;
        }
        if page.len() < self.page_size() {
            self.decrypt_cut(number, page);
            return Standing::Cut;
        }
        let is_right = if self.verified { self.verifies(number, page).unwrap_or(true) } else { true };
        let (clear, end) = (self.clear(number), page.len().saturating_sub(self.parameters.reserve()));
        let iv: Option<[u8; BLOCK]> = page.get(end..).and_then(|reserve| reserve.first_chunk()).copied();
        if let (Some(iv), Some(cipher)) = (iv, page.get_mut(clear..end)) {
            self.cbc(&iv, cipher);
        }
        self.restore_magic(number, page);
        if is_right { Standing::Decrypted } else { Standing::Forged }
    }

    /// Without its end a page has no IV: each block but the first is decrypted with the one before it.
    fn decrypt_cut(&self, number: u32, page: &mut [u8]) {
        let clear = self.clear(number).min(page.len());
        let whole = page.len().saturating_sub(clear) / BLOCK;
        let end = clear.saturating_add(whole.saturating_mul(BLOCK));
        if let Some(cipher) = page.get_mut(clear..end) {
            self.cbc(&[0; BLOCK], cipher);
            cipher.iter_mut().take(BLOCK).for_each(|byte| *byte = 0);
        }
        // Less than a block cannot be decrypted, and must not pass for content.
        page.iter_mut().skip(end).for_each(|byte| *byte = 0);
        self.restore_magic(number, page);
    }

    fn cbc(&self, iv: &[u8; BLOCK], cipher: &mut [u8]) {
        let decryptor = cbc::Decryptor::<Aes256>::new((&*self.key).into(), iv.into());
        // Only a length that is no multiple of a block is refused, and pages are multiples.
        let _ = decryptor.decrypt_padded_mut::<NoPadding>(cipher);
    }

    /// The salt stands where the magic of the header does.
    fn restore_magic(&self, number: u32, page: &mut [u8]) {
        if number == 1 && self.parameters.clear_header == 0 {
            let magic = super::super::sqlite::MAGIC;
            page.iter_mut().zip(magic.iter()).take(SALT).for_each(|(byte, magic)| *byte = *magic);
        }
    }
}

fn is_mac<M: hmac::Mac + hmac::digest::KeyInit>(key: &[u8], parts: [&[u8]; 2], stored: &[u8]) -> bool {
    let Ok(mut mac) = <M as hmac::Mac>::new_from_slice(key) else { return false };
    parts.iter().for_each(|part| mac.update(part));
    mac.verify_slice(stored).is_ok()
}
