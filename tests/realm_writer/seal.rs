//! Encryption as realm-core does it (`util/encrypted_file_mapping.cpp`, `AESCryptor::write`, `crypt`, `iv_table_pos`, `real_offset`).

use aes::Aes256;
use cbc::cipher::{BlockEncryptMut as _, KeyIvInit as _, block_padding::NoPadding};
use hmac::{Hmac, Mac as _};
use sha2::Sha224;

const BLOCK: usize = 4096;
/// `blocks_per_metadata_block`: entries of 64 bytes.
const ENTRIES: usize = BLOCK / 64;

/// Every block under the first half of the key, with an entry {iv 1, HMAC 1, iv 2, HMAC 2} in the block of entries before its 64.
pub(super) fn sealed(plain: &[u8], key: &[u8; 64]) -> Vec<u8> {
    let mut file = Vec::new();
    for (group, blocks) in plain.chunks(BLOCK * ENTRIES).enumerate() {
        let (mut entries, mut encrypted) = (vec![0; BLOCK], Vec::new());
        for (at, block) in blocks.chunks(BLOCK).enumerate() {
            let position = (group * ENTRIES + at) * BLOCK;
            // Written once since the file was made.
            let iv_1 = 1_u32;
            let mut iv = [0; 16];
            iv[..4].copy_from_slice(&iv_1.to_le_bytes());
            iv[4..12].copy_from_slice(&(position as u64).to_le_bytes());
            let cipher = cbc::Encryptor::<Aes256>::new_from_slices(&key[..32], &iv).unwrap();
            let block = cipher.encrypt_padded_vec_mut::<NoPadding>(block);
            let mut mac = Hmac::<Sha224>::new_from_slice(&key[32..]).unwrap();
            mac.update(&block);
            let entry = &mut entries[at * 64..at * 64 + 32];
            entry[..4].copy_from_slice(&iv_1.to_le_bytes());
            entry[4..].copy_from_slice(&mac.finalize().into_bytes());
            encrypted.extend(block);
        }
        file.extend(entries);
        file.extend(encrypted);
    }
    file
}
