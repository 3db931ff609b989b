//! The report: how records and findings are written, sealed and read back. Knows no table, no byte, no app.
//!
//! ```text
//! DIR/report.json           everything; the same bytes for the same evidence, version and options
//!     run.json              what changes from run to run: start, end, host, options, timings
//!     manifest-sha256.txt   `sha256sum -c` of the two
//! ```

mod analysis;
mod exhibit;
mod export;
mod json;
mod read;
mod seal;
mod spool;
mod write;

pub use exhibit::{Bates, Job, Request, Rules, SelectFault, Selection, Typesetter, Zone, exhibit};
pub use export::{Made, Source, Target, export};
pub use json::record_value;
pub use read::{Head, head, records};
pub use seal::{Broken, Sealed, check_manifest, write_manifest};
pub use spool::Spool;
pub use write::{Parts, write};
