//! `report.html` from a report that is there already.

use super::source::{DEVICE, FILE, FINDING};
use super::{Export, Item, Source, Tally, count};
use crate::report::pages;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// The page, written at the end: it puts conversations together, and so reads the report by itself.
pub(super) struct Html {
    report: PathBuf,
    folder: PathBuf,
    tally: Tally,
}

impl Html {
    pub(super) fn new(source: &Source, folder: &Path) -> Self {
        Html { report: source.path.clone(), folder: folder.to_owned(), tally: Tally::default() }
    }
}

impl Export for Html {
    fn record(&mut self, item: &Item<'_>) -> io::Result<()> {
        if ![DEVICE, FILE, FINDING].contains(&item.kind) {
            count(&mut self.tally.written, item.kind.plural.to_owned());
        }
        Ok(())
    }

    fn end(mut self: Box<Self>) -> io::Result<Tally> {
        let lines = pages::write(File::open(&self.report)?, &self.folder, &pages::Options::default())?;
        let names = lines.iter().filter_map(|line| line.trim_end().split_once("  "));
        self.tally.files = names.map(|(_, name)| PathBuf::from(name)).collect();
        Ok(self.tally)
    }
}
