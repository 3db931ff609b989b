//! The closed list of targets.

use super::{Export, Source, csv, xlsx};
use std::io;
use std::path::Path;

/// A format that other tools load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Comma-separated values, one file for each kind of record.
    Csv,
    /// Tab-separated values, one line for each record.
    Tsv,
    /// A workbook, one sheet for each kind of record.
    Xlsx,
}

/// Said of every table.
const TABLES: &str = "the analysis and the coverage of the report, and its inventory";

impl Target {
    /// All of them.
    pub const ALL: &[Target] = &[Target::Csv, Target::Tsv, Target::Xlsx];

    /// The name that `--to` takes.
    pub fn name(self) -> &'static str {
        match self {
            Target::Csv => "csv",
            Target::Tsv => "tsv",
            Target::Xlsx => "xlsx",
        }
    }

    /// The target of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|target| target.name() == name)
    }

    /// What it is, with the version of the format.
    pub fn says(self) -> &'static str {
        match self {
            Target::Csv => "CSV (RFC 4180), UTF-8",
            Target::Tsv => {
                "TSV, UTF-8, one line for each record, tab, line feed, carriage return and backslash as \\t \\n \\r \\\\"
            }
            Target::Xlsx => "Office Open XML workbook (ECMA-376)",
        }
    }

    /// What no file of this format can carry.
    pub fn cannot_carry(self) -> &'static [&'static str] {
        match self {
            Target::Csv => &[
                TABLES,
                "types: every cell is text, and a spreadsheet that opens it may turn texts into numbers, dates and formulas (use xlsx there)",
            ],
            Target::Tsv => &[TABLES, "types: every cell is text"],
            Target::Xlsx => &[
                TABLES,
                "more than 32,767 characters in a cell: the rest stands on the sheet `Continued`, part by part",
            ],
        }
    }

    pub(super) fn writer(self, source: &Source, folder: &Path) -> io::Result<Box<dyn Export>> {
        Ok(match self {
            Target::Csv => Box::new(csv::Delimited::csv(folder)?),
            Target::Tsv => Box::new(csv::Delimited::tsv(folder)?),
            Target::Xlsx => Box::new(xlsx::Xlsx::new(source, folder)?),
        })
    }
}
