//! Artifact definitions: read, checked, planned, run. This room alone makes records; it knows no byte layout and no output.
//!
//! ```text
//! formats/*.toml ─ read ─► Definition ─ bind ─► Plan ─ frame + build ─► Record
//!                                        ▲                 ▲
//!                              schema of a real file   rows of every view
//! ```

mod apps;
mod base;
mod bind;
mod bits;
mod build;
mod catalog;
mod coverage;
mod decode;
mod definition;
mod derive;
mod draft;
mod encrypted;
mod example;
mod faults;
mod fragment;
mod frame;
mod gaps;
mod identify;
mod load;
mod lookup;
mod object;
mod object_lookup;
mod objects;
mod owner;
mod read;
mod read_fields;
mod read_rows;
mod read_table;
mod readings;
mod realm;
mod remains;
mod reopen;
mod run;
mod run_file;
mod scalar;
mod sheet;
mod sketch;
mod survey;
mod tables;
mod tree;
mod trees;
mod unmapped;
mod verify;
mod walk;

pub use apps::{AppCoverage, AppStatus};
pub use catalog::Catalog;
pub use coverage::{
    CompanionEntry, DerivedEntry, EncryptedFile, EncryptionEntry, FileEntry, HashText, TableCoverage,
    TimesEntry,
};
pub use definition::{Container, Definition, Example, Source};
pub use draft::{Drafted, draft, is_named};
pub use example::{Failure, check_example};
pub use faults::Fault;
pub use identify::{Identified, identify};
pub use reopen::Bytes;
pub use run::{Error, InventoryEntry, Outcome, Progress, RunOptions, run};
pub use run_file::FileOutcome;
pub use sketch::{ColumnSketch, Sketched, TableSketch, realm_sketches, sketches};
pub use survey::{Matched, Survey, survey};
pub use unmapped::{UnmappedColumn, UnmappedFile, UnmappedTable};
pub use verify::{Difference, Render, Verifier};
pub use walk::{WalkStep, walk};
