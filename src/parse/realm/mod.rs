//! Realm files (realm-core), formats 2 to 24, read as they stand: nothing is upgraded, nothing is written.
//!
//! ```text
//! header ─► slot ─► group ─► tables ─► clusters (format 10 and later) or columns (before) ─► leaves ─► values
//! ```
//!
//! Everything is an array of eight bytes of header and elements of one width; arrays name each other by ref, the offset in the file.
//! Source: <https://github.com/realm/realm-core>, at the tags v14 and v5.23.9.

mod array;
mod blobs;
mod cipher;
mod cluster;
mod collection;
mod decimal;
mod element;
mod free;
mod free_cluster;
mod free_column;
mod free_table;
mod group;
mod header;
mod known;
mod mixed;
mod old;
mod reader;
mod scope;
mod shape;
mod space;
mod spec;
mod table;
mod versions;

pub use cipher::{KEY, Misfit, RealmKey, looks_sealed, unlock};
pub use free::{FreeRow, Unused};
pub use group::{Realm, Snapshot};
pub use header::{Header, MARK, Slot, header, is_realm};
pub use table::{Column, Row, Table, TableKind};
pub use versions::{Fate, older_rows};
