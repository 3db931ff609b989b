//! **affiant** reads the extraction of a lawfully seized phone and swears to what it found: every value of its
//! report can be walked back to a file, its SHA-256, a row and the bytes themselves.
//!
//! The rooms, and the one direction in which they may know each other:
//!
//! ```text
//! evidence ──► parse        files under their device paths, read-only, hashed
//! artifact ──► evidence, parse, record     definition → plan → records
//! report   ──► record       JSON, sealed
//! parse, record ──► nothing
//! ```
//!
//! `tests/architecture.rs` fails on an arrow that is not in this table.

pub mod artifact;
pub mod evidence;
pub mod parse;
pub mod record;
pub mod report;
