//! The report: how records and findings are written, sealed and read back. Knows no table, no byte, no app.
//!
//! ```text
//! DIR/data/report.json      everything; the same bytes for the same evidence, version and options
//!     data/run.json         what changes from run to run: start, end, host, options, timings
//!     manifest-sha256.txt   `sha256sum -c` of what lies in data/; with the files beside it, a BagIt bag
//! ```

mod analysis;
mod bag;
mod case;
mod certificate;
pub mod compare;
mod exhibit;
mod export;
mod json;
mod read;
mod seal;
mod signature;
mod spool;
mod stamp;
mod write;

pub use bag::{
    BagInfo, Broken, MANIFEST, PAYLOAD, TAG_MANIFEST, check_manifest, payload, sha256_of_file, write_bag,
};
pub use case::Case;
pub use certificate::{Facts as CertificateFacts, Form, MOST, certificate};
pub use exhibit::{Bates, Job, Request, Rules, SelectFault, Selection, Typesetter, Zone, exhibit};
pub use export::{Made, Source, Target, export};
pub use json::record_value;
pub use read::{Head, head, records};
pub use seal::Sealed;
pub use signature::{
    NewKeys, SIGNATURE, Signature, SigningKey, check_signature, is_protected, new_keys, open_key, sign,
    signature,
};
pub use spool::Spool;
pub use stamp::{Stamp, read as read_stamp, request as stamp_request};
pub use write::{Parts, write};
