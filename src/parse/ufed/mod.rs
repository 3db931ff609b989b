//! What a UFED leaves beside and around the files of a handset. No vendor's specification is public; read off what open
//! tools read (fox-it dissect.target `loaders/cellebrite.py`, DFIRScience UFDR2DIR, SEilers UFEDLib).
//!
//! * `.ufd`: an INI file, `[Dumps]` names the files of an extraction, `[SHA256]` their hashes;
//! * `.ufdx`: XML, the `.ufd` of each of several extractions;
//! * `report.xml` of a `.ufdr`: which file in the archive had which path on the handset.

mod ini;
mod report;

pub use ini::{Ufd, ufd};
pub use report::{ReportFile, UfdrFault, is_report, report_files, ufdx_extractions};
