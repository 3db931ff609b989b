//! The closed list of targets.

use super::{Export, Source, case, csv, kml, lava, parquet, rsmf, timesketch, vcard, xlsx};
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
    /// One event for each time, for a timeline.
    Timesketch,
    /// Contacts.
    Vcard,
    /// Places.
    Kml,
    /// Columns for analysts, one file for each kind of record.
    Parquet,
    /// Manifest and database of the LEAPP viewer.
    Lava,
    /// Conversations for legal review.
    Rsmf,
    /// Linked data for exchange between authorities.
    Case,
}

/// Said of every table.
const TABLES: &str = "the analysis and the coverage of the report, and its inventory";

impl Target {
    /// All of them.
    pub const ALL: &[Target] = &[
        Target::Csv,
        Target::Tsv,
        Target::Xlsx,
        Target::Timesketch,
        Target::Vcard,
        Target::Kml,
        Target::Parquet,
        Target::Lava,
        Target::Rsmf,
        Target::Case,
    ];

    /// The name that `--to` takes.
    pub fn name(self) -> &'static str {
        match self {
            Target::Csv => "csv",
            Target::Tsv => "tsv",
            Target::Xlsx => "xlsx",
            Target::Timesketch => "timesketch",
            Target::Vcard => "vcard",
            Target::Kml => "kml",
            Target::Parquet => "parquet",
            Target::Lava => "lava",
            Target::Rsmf => "rsmf",
            Target::Case => "case",
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
            Target::Timesketch => "Timesketch JSON Lines, one event for each time, UTC",
            Target::Vcard => "vCard 4.0 (RFC 6350)",
            Target::Kml => "KML 2.2 (OGC 07-147r2)",
            Target::Parquet => "Apache Parquet, zstd",
            Target::Lava => "LAVA manifest and database, schema version 2",
            Target::Rsmf => "Relativity Short Message Format 2.0",
            Target::Case => "CASE 1.5.0 / UCO 1.5.0, JSON-LD",
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
            Target::Timesketch => &[
                "records without a known time",
                "`extra`, `raw`, and rows of look-ups (the record id leads to them in the report)",
            ],
            Target::Vcard => &[
                "anything but contacts",
                "control characters in its own properties (`X-AFFIANT-RECORD` has them as JSON)",
            ],
            Target::Kml => &[
                "records without a place",
                "times but the first known one on the map (all stand in the data of the place mark)",
            ],
            Target::Parquet => &[TABLES, "times past the microsecond (the stored time stands beside them)"],
            Target::Case => &[
                TABLES,
                "findings; what other sources say of the device",
                "properties that UCO lacks: they stand in `affiant:RecordFacet` and `affiant:RowFacet`, which no other tool knows",
                "rows of look-ups (the record id leads to them in the report)",
            ],
            Target::Rsmf => &[
                "anything but messages, and conversations without one",
                "the states superseded, unreachable and unattributed: such an event stands among the others, its `state` in its properties",
                "files that messages carry: the report names them and does not hold them",
                "`extra`, `raw`, rows of look-ups, and properties past 4,096 bytes (the record id leads to them in the report)",
            ],
            Target::Lava => &[
                TABLES,
                "files that messages carry: the report names them and does not hold them",
                "times past the precision of a double (the stored time stands beside them)",
            ],
        }
    }

    pub(super) fn writer(self, source: &Source, folder: &Path) -> io::Result<Box<dyn Export>> {
        Ok(match self {
            Target::Csv => Box::new(csv::Delimited::csv(folder)?),
            Target::Tsv => Box::new(csv::Delimited::tsv(folder)?),
            Target::Xlsx => Box::new(xlsx::Xlsx::new(source, folder)?),
            Target::Timesketch => Box::new(timesketch::Timesketch::new(folder)?),
            Target::Vcard => Box::new(vcard::Vcard::new(folder)?),
            Target::Kml => Box::new(kml::Kml::new(source, folder)?),
            Target::Parquet => Box::new(parquet::Parquet::new(source, folder)?),
            Target::Lava => Box::new(lava::Lava::new(source, folder)?),
            Target::Rsmf => Box::new(rsmf::Rsmf::new(source, folder)?),
            Target::Case => Box::new(case::Case::new(source, folder)?),
        })
    }
}
