//! A `.ufdr`: a zip in which the files of a handset are sorted by what they are, and `report.xml` says what path each
//! had. The files get their paths back; what the report does not name keeps its name in the archive.

use std::{collections::HashMap, path::PathBuf};

use super::{
    Error, Finding, Kind, Times, content, name,
    source::{Body, Entry, Listing, Opened, Source},
};
use crate::parse::ufed::{ReportFile, is_report, report_files};

/// A bound on hostile reports: more files than any handset has.
const FILE_LIMIT: usize = 5_000_000;

/// Which entry of the archive a file is, and what SHA-256 the report gives it.
type Place = (usize, Option<[u8; 32]>);

/// The archive, and for each entry which one of it that is and what SHA-256 the report gives it.
struct Ufdr {
    outer: Box<dyn Source>,
    entries: Vec<Place>,
}

/// Opens the report, where the listing has one.
pub(super) fn over(opened: Opened) -> Opened {
    let is_named = |entry: &Entry| entry.named.relative.eq_ignore_ascii_case("report.xml");
    let Some(report) = opened.listing.entries.iter().position(is_named) else { return opened };
    let head = opened.source.body(report).map(|body| content::head(body, 64 * 1024));
    if !head.is_ok_and(|head| is_report(&head)) {
        return opened;
    }
    let Opened { source, listing } = opened;
    let mut renamed = Renamed::new(listing);
    let fault = match source.body(report) {
        Ok(body) => {
            let fault = report_files(content::reader(body), &mut |file| renamed.take(file)).err();
            fault.map(|fault| (fault.message, fault.offset))
        }
        Err(error) => Some((error.to_string(), 0)),
    };
    renamed.told(fault);
    let (entries, listing) = renamed.finish();
    Opened { source: Box::new(Ufdr { outer: source, entries }), listing }
}

/// The listing while the report is read.
struct Renamed {
    outer: Listing,
    by_name: HashMap<String, usize>,
    is_named: Vec<bool>,
    entries: Vec<Place>,
    list: Vec<Entry>,
    without_content: u64,
    deleted: u64,
    dropped: u64,
}

impl Renamed {
    fn new(outer: Listing) -> Self {
        let by_name = outer.entries.iter().enumerate();
        let by_name = by_name.map(|(position, entry)| (entry.named.relative.clone(), position)).collect();
        let is_named = vec![false; outer.entries.len()];
        let (entries, list) = (Vec::new(), Vec::new());
        Renamed { outer, by_name, is_named, entries, list, without_content: 0, deleted: 0, dropped: 0 }
    }

    fn take(&mut self, file: ReportFile) {
        if file.local.is_empty() {
            self.without_content += 1;
            return;
        }
        let local = name::of_folder(file.local.as_bytes()).relative;
        let found = self
            .by_name
            .get(&local)
            .and_then(|position| Some((*position, self.outer.entries.get(*position)?)));
        let Some((position, entry)) = found else {
            let message =
                format!("the report says that it holds {:?}, and the archive has no such member", file.path);
            return self.outer.note("ufdr-member-missing", &local, message, true);
        };
        if file.path.is_empty() {
            return;
        }
        if self.list.len() >= FILE_LIMIT {
            self.dropped += 1;
            return;
        }
        let named = name::of_folder(file.path.as_bytes());
        let (named, hostile) =
            (name::Named { original: entry.named.original.clone(), ..named.clone() }, named.hostile);
        let times = Times::of_report(file.modified).unwrap_or_else(|| entry.times.clone());
        self.list.push(Entry::new(named, entry.size, times));
        self.entries.push((position, file.sha256));
        self.deleted += u64::from(file.is_deleted);
        self.is_named.get_mut(position).into_iter().for_each(|named| *named = true);
        if let Some(reason) = hostile {
            let message = format!("the path in the report has {reason}; it is read as a name only");
            self.outer.note("hostile-name", &local, message, false);
        }
    }

    /// The findings about the report as a whole.
    fn told(&mut self, fault: Option<(String, u64)>) {
        let mut note = |code, message: String, offset, loss| {
            let path = Some("report.xml".to_owned());
            self.outer.findings.push(Finding { code, message, path, offset, loss });
        };
        if let Some((message, offset)) = fault {
            let message = format!(
                "the list of files breaks off, the files behind it keep their names in the archive: {message}"
            );
            note("ufdr-report-damaged", message, Some(offset), true);
        }
        if self.without_content > 0 {
            let message =
                format!("{} files of the handset are listed without their content", self.without_content);
            note("ufdr-without-content", message, None, false);
        }
        if self.deleted > 0 {
            let message = format!("{} files are what the tool recovered as deleted", self.deleted);
            note("ufdr-deleted-files", message, None, false);
        }
        if self.dropped > 0 {
            let message = format!("more than {FILE_LIMIT} files; {} are not listed", self.dropped);
            note("ufdr-file-limit", message, None, true);
        }
    }

    /// The files of the report, then what it does not name.
    fn finish(mut self) -> (Vec<Place>, Listing) {
        let outer = std::mem::take(&mut self.outer.entries);
        for (position, entry) in outer.into_iter().enumerate() {
            if self.is_named.get(position) == Some(&false) {
                self.entries.push((position, None));
                self.list.push(entry);
            }
        }
        self.outer.entries = self.list;
        (self.entries, self.outer)
    }
}

impl Source for Ufdr {
    fn kind(&self) -> Kind {
        match self.outer.kind() {
            Kind::Zip => Kind::Ufdr,
            other => other,
        }
    }

    fn container(&self) -> &[PathBuf] {
        self.outer.container()
    }

    fn body(&self, entry: usize) -> Result<Body<'_>, Error> {
        self.outer.body(self.at(entry)?)
    }

    fn oddities(&self, entry: usize) -> Vec<Finding> {
        self.at(entry).map_or_else(|_| Vec::new(), |entry| self.outer.oddities(entry))
    }

    fn claimed_sha256(&self, entry: usize) -> Option<[u8; 32]> {
        self.entries.get(entry)?.1
    }

    fn again(&self, entry: usize, read: &mut dyn FnMut(Body<'_>) -> Result<(), Error>) -> Result<(), Error> {
        self.outer.again(self.at(entry)?, read)
    }
}

impl Ufdr {
    fn at(&self, entry: usize) -> Result<usize, Error> {
        let found = self.entries.get(entry).map(|(outer, _)| *outer);
        found.ok_or_else(|| Error::foreign(entry))
    }
}
