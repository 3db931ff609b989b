//! A backup of a database as a sequence of encrypted frames
//! (<https://github.com/signalapp/Signal-Android>, `FullBackupExporter`, `Backups.proto`).
//!
//! ```text
//! header      length u32 │ { 1: { 1 IV 16, 2 salt 32, 3 version } }         in the clear
//! frame       length u32, encrypted from version 1 on │ message │ MAC 10
//! attachment  behind the frame that names it: bytes │ MAC 10
//! message     2 statement { 1 SQL, 2 parameters } │ 3 preference │ 4 attachment │ 5 database version │ 6 end │ 7 avatar
//!             8 sticker │ 9 key and value
//! ```
//!
//! AES-256-CTR, HMAC-SHA256 cut to 10 bytes. The first four bytes of the IV are a counter, one higher for each frame and each
//! attachment. The keys come from a passphrase of 30 digits: 250,000 rounds of SHA-512, then HKDF-SHA256.
//!
//! The rows are rebuilt as a database (`Backup::rebuild`): what the statements create and insert, nothing executed. Beside the tables of
//! the backup stand `affiant_frame` (which frame, where in the backup, each row came from), `affiant_attachment`,
//! `affiant_preference` and `affiant_key_value`.

mod cipher;
mod message;
mod read;
mod rebuild;
mod statement;

pub use read::{Backup, Unfit, is_backup};
