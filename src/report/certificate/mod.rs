//! The draft of an annex by which a person can certify a report: FRE 902(13) and 902(14), and a technical annex to a witness statement
//! in England and Wales. Plain Markdown, from the run's own record alone; what the record does not hold stays a blank.
//!
//! Sources: Federal Rules of Evidence 902(11) to (14) with the committee's notes of 2017; 28 U.S.C. 1746; Criminal Justice Act 1967,
//! section 9; Criminal Procedure Rules 2020, parts 16 and 19; Practice Direction 32, 20.2; Forensic Science Regulator, "Non-expert
//! technical statements", issue 2, and "Declarations of compliance", issue 3.

mod sections;

use super::Head;
use super::bag::{MANIFEST, SEALED};
use serde_json::Value;
use std::io::{self, Write};

/// For which court an annex is drafted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// United States: FRE 902(13), 902(14).
    UnitedStates,
    /// England and Wales: technical annex to a witness statement.
    EnglandAndWales,
}

/// What an annex is drafted from.
#[derive(Debug)]
pub struct Facts<'f> {
    /// The report but for its records.
    pub head: &'f Head,
    /// `run.json`.
    pub run: &'f Value,
    /// Identifiers of the device: the records that the report holds of that kind, at most [`MOST`].
    pub identifiers: &'f [Value],
    /// How many more identifiers there are.
    pub more_identifiers: u64,
    /// SHA-256 of each file of the payload and of the manifest itself, by name.
    pub hashes: &'f [(String, String)],
    /// What signature and time stamp say.
    pub seals: &'f [String],
}

/// Entries of one list that are written out; the rest is counted.
pub const MOST: usize = 200;

/// Writes the draft.
///
/// # Errors
/// Those of the writer.
pub fn certificate(facts: &Facts<'_>, forms: &[Form], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# DRAFT: technical annex and certification\n\n{}", include_str!("opening.md"))?;
    sections::case(facts, out)?;
    sections::examined(facts, out)?;
    sections::process(facts, out)?;
    sections::output(facts, out)?;
    sections::found(facts, out)?;
    sections::not_read(facts, out)?;
    writeln!(out, "## 7. Limits\n\n{}", include_str!("limits.md"))?;
    for form in forms {
        out.write_all(match form {
            Form::UnitedStates => include_bytes!("us.md"),
            Form::EnglandAndWales => include_bytes!("uk.md"),
        })?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The files whose hashes an annex names first.
pub(super) fn is_named_first(name: &str) -> bool {
    name == MANIFEST || SEALED.iter().any(|sealed| name.ends_with(sealed))
}
