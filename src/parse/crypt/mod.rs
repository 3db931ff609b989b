//! Encrypted backups of a chat database: crypt12, crypt14 and crypt15 (<https://github.com/ElDavoo/wa-crypt-tools>).
//!
//! ```text
//! crypt12     00 01 │ key version │ server salt 32 │ account id 16 │ IV 16 │ body │ tag 16 │ MD5 16 │ --NN
//! crypt14, 15 length varint │ header, a protobuf message                   │ body │ tag 16 │ MD5 16
//!             header   2 { 1: 00 01, 2: version, 3: server salt, 4: account id, 5: IV }     crypt14
//!                      3 { 1: IV }                                                          crypt15
//! ```
//!
//! The body is AES-256-GCM with an IV of 16 bytes over a zlib stream, or over the file itself. The MD5 is over all before it;
//! files of a backup in several parts have none. A key file of crypt12 and crypt14 is a serialized Java array of 131 bytes; the key
//! of crypt15 comes from 32 bytes, which are given as 64 digits or as such an array:
//! `HMAC-SHA256(HMAC-SHA256(zeros, key), "backup encryption" 01)`.

mod body;
mod gcm;
mod header;
mod key;

pub use body::{Opened, fits};
pub use header::{Header, Version, header};
pub use key::CryptKey;
