//! One of the two that are compared.

use super::Scope;
use super::item::{self, Form, Item};
use super::lava::{self, Lava};
use super::plain;
use super::sheet::Sheet;
use crate::report::bag::{payload, sha256_of_file};
use crate::report::{Head, head, records};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// What a side is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SideKind {
    /// A report of this tool.
    Report,
    /// A sheet with a header: CSV or TSV.
    Sheet,
    /// The output of a LEAPP tool for its viewer.
    Lava,
}

impl SideKind {
    /// Its name in a comparison.
    pub fn name(self) -> &'static str {
        match self {
            SideKind::Report => "report",
            SideKind::Sheet => "sheet",
            SideKind::Lava => "lava",
        }
    }
}

/// Something of a side that was not compared, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Why.
    pub why: &'static str,
    /// What.
    pub what: String,
}

impl Note {
    pub(super) fn new(why: &'static str, what: impl Into<String>) -> Self {
        Note { why, what: what.into() }
    }
}

#[derive(Debug)]
enum Source {
    Report(PathBuf, Box<Head>),
    Sheet(Sheet),
    Lava(Lava),
}

/// One of the two.
#[derive(Debug)]
pub struct Side {
    source: Source,
    /// The base name of what was given.
    pub(super) name: String,
    /// SHA-256 of the file that holds its records.
    pub(super) sha256: String,
}

pub(super) fn failed(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::other(error)
}

impl Side {
    /// Opens a side: the folder of a report, a folder with a LEAPP tool's `_lava_data.lava`, or a sheet. `sheet_kind` is the kind of
    /// the rows of a sheet that does not say it.
    ///
    /// # Errors
    /// Where it is none of the three, or cannot be read.
    pub fn open(path: &Path, sheet_kind: Option<&str>) -> io::Result<Self> {
        let told = |error: io::Error| io::Error::other(format!("{}: {error}", path.display()));
        let report = payload(path).join("report.json");
        let (source, file) = if report.is_file() {
            let head = head(File::open(&report)?).map_err(told)?;
            (Source::Report(report.clone(), Box::new(head)), report)
        } else if let Some(manifest) = lava::manifest(path) {
            let lava = Lava::open(&manifest)?;
            let database = lava.database.clone();
            (Source::Lava(lava), database)
        } else if path.is_file() {
            (Source::Sheet(Sheet::open(path, sheet_kind)?), path.to_owned())
        } else {
            return Err(told(io::Error::other("no report, no output of a LEAPP tool, no sheet")));
        };
        let name =
            path.file_name().map_or_else(|| ".".to_owned(), |name| name.to_string_lossy().into_owned());
        Ok(Side { source, name, sha256: sha256_of_file(&file)? })
    }

    /// What it is.
    pub fn kind(&self) -> SideKind {
        match self.source {
            Source::Report(..) => SideKind::Report,
            Source::Sheet(_) => SideKind::Sheet,
            Source::Lava(_) => SideKind::Lava,
        }
    }

    pub(super) fn is_report(&self) -> bool {
        self.kind() == SideKind::Report
    }

    /// The kinds that it tells of; nothing where it tells of all.
    pub(super) fn kinds(&self) -> Option<&BTreeSet<&'static str>> {
        match &self.source {
            Source::Report(..) => None,
            Source::Sheet(sheet) => Some(&sheet.kinds),
            Source::Lava(lava) => Some(&lava.kinds),
        }
    }

    pub(super) fn left_out(&self) -> &[Note] {
        match &self.source {
            Source::Report(..) => &[],
            Source::Sheet(sheet) => &sheet.left_out,
            Source::Lava(lava) => &lava.left_out,
        }
    }

    /// Calls `keep` with every record.
    pub(super) fn items(
        &self,
        form: Form,
        scope: &Scope,
        keep: &mut dyn FnMut(Item) -> io::Result<()>,
    ) -> io::Result<()> {
        match &self.source {
            Source::Report(path, head) => of_report((path, head), form, scope, keep),
            Source::Sheet(sheet) => sheet.items(keep),
            Source::Lava(lava) => lava.items(keep),
        }
    }
}

fn of_report(
    (path, head): (&Path, &Head),
    form: Form,
    scope: &Scope,
    keep: &mut dyn FnMut(Item) -> io::Result<()>,
) -> io::Result<()> {
    let (mut ordinal, mut ended) = (0_u64, Ok(()));
    keep(device(head, form))?;
    records(File::open(path)?, &mut |plural, record| {
        if scope.live && record["state"] != "live" {
            return true;
        }
        let Some(kind) = item::kind_of(plural) else { return true };
        ordinal = ordinal.saturating_add(1);
        let mut item = item::whole(ordinal, kind, &record);
        if form == Form::Plain {
            item.facts = plain::facts(kind, &item.facts);
        }
        ended = keep(item);
        ended.is_ok()
    })?;
    ended
}

/// What a report says of the device, as one record.
fn device(head: &Head, form: Form) -> Item {
    let said = head.get("device").as_object();
    let facts = said.into_iter().flatten().filter(|(name, _)| *name != "extra");
    let mut facts: Map<String, Value> =
        facts.map(|(name, fact)| (name.clone(), fact["value"].clone())).collect();
    if form == Form::Plain {
        facts = plain::facts("device", &facts);
    }
    Item { ordinal: 0, kind: "device".to_owned(), place: "device".to_owned(), facts }
}
