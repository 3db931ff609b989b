//! SQLCipher: SQLite databases whose pages are encrypted one by one (<https://www.zetetic.net/sqlcipher/design/>; `sqlcipher.c` of
//! <https://github.com/sqlcipher/sqlcipher>).
//!
//! ```text
//! page 1   salt 16 │ ciphertext … │ IV 16 │ HMAC │ padding to 16
//! page n   ciphertext …           │ IV 16 │ HMAC │ padding to 16
//!          └──── AES-256-CBC ───┘ └ reserved bytes of the page ┘
//! key      PBKDF2(passphrase, salt), or given
//! HMAC     over ciphertext, IV and the page number; its key is PBKDF2(key, salt XOR 0x3a, 2 rounds)
//! ```
//!
//! | | 1 | 2 | 3 | 4 |
//! | --- | --- | --- | --- | --- |
//! | page size | 1024 | 1024 | 1024 | 4096 |
//! | PBKDF2 | SHA-1, 4 000 | SHA-1, 4 000 | SHA-1, 64 000 | SHA-512, 256 000 |
//! | HMAC | none | SHA-1 | SHA-1 | SHA-512 |
//!
//! A log and a journal hold pages encrypted in the same way, with their checksums over the encrypted bytes. A decrypted file is as
//! long as the encrypted one and every page has its place: offsets are those of the file as it was seized. The reserved bytes stay
//! as they are, and the salt becomes the magic of a database header.

mod derive;
mod layout;
mod page;
mod parameters;
mod plain;
mod unlock;

pub use derive::Material;
pub use parameters::{Hash, Order, Parameters};
pub use unlock::{Unlocked, looks_sealed, unlock};

/// Bytes of the salt in front of page 1.
pub(crate) const SALT: usize = 16;

/// Bytes of an AES block, and of the initialization vector.
pub(crate) const BLOCK: usize = 16;
