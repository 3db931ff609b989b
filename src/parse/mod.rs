//! Byte layouts: bytes → rows and values, each with its span. Knows no path, no app, no clock, no time zone.
//!
//! Every reader here borrows its input, checks each length against what is left before it believes it, bounds every
//! chain by the size of the file, and keeps the place of what it could not read.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions))]

pub mod android_backup;
pub mod chromium;
pub mod compressed;
pub mod crypt;
pub mod csv;
pub mod datastore;
pub mod disk;
mod entropy;
mod error;
pub mod fat;
pub mod frames;
pub mod grid;
pub mod json;
pub mod keybag;
pub mod keyed_archive;
pub mod leveldb;
mod limit;
pub mod master_key;
pub mod mbdb;
pub mod mmkv;
mod parallel;
pub mod plist;
pub mod properties;
pub mod protobuf;
pub mod realm;
pub mod segb;
pub mod sqlcipher;
pub mod sqlite;
pub mod tar;
pub mod tl;
mod tree;
pub mod typedstream;
pub mod ufed;
mod value;
mod varint;
pub mod xlsx;
pub mod xml;
pub mod zip;

pub use entropy::{looks_encrypted, looks_random};
pub use error::{Broken, Error, Finding, Parsed, located};
pub use limit::most_made_of;
pub(crate) use parallel::in_parallel;
pub use value::{Document, Node, Span, Value};
