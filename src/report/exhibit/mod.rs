//! A schedule for a court: what a selection takes of a report, redacted, as volumes that the workspace member `exhibit` typesets, as a
//! workbook, and as a slice of the report that `verify` holds against the evidence. All but typesetting is here; text reaches the
//! typesetter as data.
//!
//! ```text
//! report.json ─ gather: select, redact ─┬─► slice/   the records as they stand, redacted ─► xlsx/
//!                                       ├─► front    what, how, selection, limits
//!                                       └─► by time: rows ─► volumes ─► (affiant-exhibit) ─► LABEL.pdf …
//! ```

mod front;
mod gather;
mod moment;
mod number;
mod plain;
mod redact;
mod row;
mod select;
mod slice;
mod standing;
mod volume;

pub use moment::Zone;
pub use number::Bates;
pub use redact::Rules;
pub use select::{SelectFault, Selection};

use self::front::Front;
use self::gather::{Gathered, Log};
use self::plain::Plain;
use self::row::Rows;
use self::select::Candidate;
use self::volume::{Part, Volumes};
use crate::report::bag::{MANIFEST, TAG_MANIFEST};
use crate::report::export::{Source, Target, export, list_files};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What an exhibit is made from beside the report.
#[derive(Debug)]
pub struct Request {
    /// The exhibit's own label, such as `AB1`: it stands on each page.
    pub label: String,
    /// What stands under it.
    pub title: String,
    /// The date that the document bears: `2026-01-12`. Never that of the machine.
    pub date: String,
    /// The number of the first page.
    pub bates: Bates,
    /// The zone that times are also shown in.
    pub zone: Zone,
    /// What it holds: what any of them takes.
    pub selections: Vec<Selection>,
    /// What is withheld of that.
    pub rules: Rules,
    /// Rows of one volume.
    pub volume_rows: usize,
}

/// A volume that is to be typeset.
#[derive(Debug)]
pub struct Job<'j> {
    /// What it says: JSON.
    pub volume: &'j Path,
    /// Which it is, the number of its first page, and the front matter of the first: JSON.
    pub place: &'j Path,
    /// The PDF, which does not exist yet.
    pub output: &'j Path,
}

/// Typesets a volume; what it made: `pages`, `fonts`, `code_points`.
pub type Typesetter<'t> = &'t mut dyn FnMut(&Job<'_>) -> io::Result<Value>;

/// Writes an exhibit into a folder, with `exhibit.json`, which says what it is, and `manifest-sha256.txt`. What is on the way lies in
/// `work`. Without a typesetter there are no pages. What `exhibit.json` says is also what comes back.
///
/// # Errors
/// Where the report cannot be read or is another one by now, the selection takes nothing, or something cannot be written or typeset.
pub fn exhibit(
    source: &Source,
    request: &Request,
    (folder, work): (&Path, &Path),
    typesetter: Option<Typesetter<'_>>,
) -> io::Result<Value> {
    let mut gathered = gather::gather(source, request, work)?;
    if gathered.total() == 0 {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the selection takes no record of the report"));
    }
    let front = Front::new(source, request, &mut gathered)?;
    let slice = slice::write(source, request, (&mut gathered, &front), &folder.join("slice"))?;
    let workbook = folder.join("xlsx");
    std::fs::create_dir(&workbook)?;
    export(&Source::open(&folder.join("slice/data/report.json"))?, &[Target::Xlsx], &workbook)?;
    let mut told = told(source, request, (&gathered, &front), &slice);
    told["still_standing"] = gathered.standing()?;
    let mut files: Vec<PathBuf> =
        ["slice/data/report.json", "slice/data/run.json"].map(PathBuf::from).to_vec();
    files.extend(
        ["bag-info.txt", "bagit.txt", MANIFEST, TAG_MANIFEST].map(|name| Path::new("slice").join(name)),
    );
    files.extend(["xlsx/report.xlsx", "xlsx/export.json", "xlsx/manifest-sha256.txt"].map(PathBuf::from));
    if gathered.log.count > 0 {
        files.push(PathBuf::from("withheld.csv"));
    }
    let made = Schedule { source, request, folder, work }.make((gathered, &front, &slice), typesetter)?;
    files.extend(made.iter().filter_map(|volume| volume["file"].as_str()).map(PathBuf::from));
    told["volumes"] = made.into();
    File::create_new(folder.join("exhibit.json"))?.write_all(format!("{told:#}\n").as_bytes())?;
    files.push(PathBuf::from("exhibit.json"));
    list_files(&files, folder)?;
    Ok(told)
}

/// What `exhibit.json` says.
fn told(source: &Source, request: &Request, (gathered, front): (&Gathered, &Front), slice: &str) -> Value {
    let selections = front.selections.iter().zip(&gathered.taken);
    let selections: Vec<Value> =
        selections.map(|(text, taken)| json!({"select": text, "records": taken})).collect();
    json!({
        "format": {"name": "affiant-exhibit", "version": 1},
        "tool": {"name": "affiant", "version": env!("CARGO_PKG_VERSION")},
        "label": request.label,
        "title": request.title,
        "date": request.date,
        "zone": request.zone.name(),
        "report": {"sha256": source.sha256(), "tool": {"name": source.head.get("tool")["name"], "version": source.head.get("tool")["version"]}},
        "slice": {"sha256": slice},
        "selections": selections,
        "records": gathered.selected,
        "of": source.counts,
        "not_in_the_report": gathered.unknown,
        "rules": request.rules.told(),
        "withheld": gathered.log.count,
    })
}

/// The pages on their way.
struct Schedule<'s> {
    source: &'s Source,
    request: &'s Request,
    folder: &'s Path,
    work: &'s Path,
}

impl Schedule<'_> {
    fn make(
        &self,
        (gathered, front, slice): (Gathered, &Front, &str),
        typesetter: Option<Typesetter<'_>>,
    ) -> io::Result<Vec<Value>> {
        let Some(typesetter) = typesetter else {
            self.write_log(gathered.log, &mut |_| Ok(()))?;
            return Ok(Vec::new());
        };
        let plain = Plain { rules: &self.request.rules, shown_as_code: BTreeMap::new() };
        let mut rows = Rows { zone: &self.request.zone, offsets: BTreeSet::new(), plain };
        let sections = front.sections(self.source, self.request, (&gathered, slice), &mut rows.plain);
        let mut volumes = Volumes::new(self.work, self.request.volume_rows);
        self.fill(&mut volumes, &mut rows, (gathered, front, slice))?;
        self.typeset(&volumes, &sections, typesetter)
    }

    fn fill(
        &self,
        volumes: &mut Volumes<'_>,
        rows: &mut Rows<'_>,
        (gathered, front, slice): (Gathered, &Front, &str),
    ) -> io::Result<()> {
        let digits = gathered.digits;
        let (mut records, order, log) = gathered.into_parts();
        let mut number = 0;
        Gathered::by_time(&mut records, order, &mut |kind, record| {
            let file = &record["provenance"]["rows"][0]["file"];
            let path = front
                .files
                .iter()
                .find(|known| known["id"] == *file)
                .map_or("", |known| known["path"].as_str().unwrap_or("withheld"));
            number += 1;
            let row = rows.row(Candidate { kind, record, file: path }, number, digits);
            self.add(volumes, rows, (Part::Row, row))
        })?;
        for file in self.hashes(front, slice, rows) {
            self.add(volumes, rows, (Part::File, file))?;
        }
        self.write_log(log, &mut |entry| self.add(volumes, rows, (Part::Withheld, entry)))?;
        volumes.close(&self.furniture(rows))
    }

    fn add(
        &self,
        volumes: &mut Volumes<'_>,
        rows: &mut Rows<'_>,
        (part, entry): (Part, Value),
    ) -> io::Result<()> {
        if volumes.is_full_for(&entry) {
            volumes.close(&self.furniture(rows))?;
        }
        volumes.add(part, entry);
        Ok(())
    }

    /// What stands on each page of a volume, and what its end says.
    fn furniture(&self, rows: &mut Rows<'_>) -> Value {
        let shown: Vec<Value> = std::mem::take(&mut rows.plain.shown_as_code)
            .into_iter()
            .map(|(code, times)| json!({"code": format!("U+{code:04X}"), "times": times}))
            .collect();
        json!({
            "format": {"name": "affiant-exhibit-volume", "version": 1},
            "label": self.request.label,
            "title": self.request.title,
            "date": self.request.date,
            "zone": moment::zone_text(&self.request.zone, &std::mem::take(&mut rows.offsets)),
            "tool": format!("affiant {}", env!("CARGO_PKG_VERSION")),
            "report": self.source.sha256(),
            "code_points": shown,
        })
    }

    /// The hash list: report, slice, and every file that a record rests on.
    fn hashes(&self, front: &Front, slice: &str, rows: &mut Rows<'_>) -> Vec<Value> {
        let mut list = vec![
            json!({"name": "report", "path": ["report.json"], "sha256": self.source.sha256()}),
            json!({"name": "slice", "path": ["slice/data/report.json"], "sha256": slice}),
        ];
        for file in &front.files {
            let companions = file["companions"].as_array().into_iter().flatten();
            let companions: Vec<Value> = companions
                .map(|companion| json!({"path": rows.plain.runs(&companion["path"]), "size": companion["size"], "sha256": companion["sha256"]}))
                .collect();
            let within = file["within"].as_array().into_iter().flatten();
            let mut path: Vec<Value> = Vec::new();
            for archive in within {
                path.extend(rows.plain.runs(archive));
                path.push(" › ".into());
            }
            path.extend(rows.plain.runs(&file["path"]));
            list.push(json!({"name": format!("F{}", file["id"]), "path": path, "size": file["size"], "sha256": file["sha256"], "companions": companions}));
        }
        list
    }

    /// Writes `withheld.csv`, where there is anything, and gives each entry on.
    fn write_log(&self, log: Log, each: &mut dyn FnMut(Value) -> io::Result<()>) -> io::Result<()> {
        if log.count == 0 {
            return Ok(());
        }
        let mut csv = csv::Writer::from_writer(File::create_new(self.folder.join("withheld.csv"))?);
        csv.write_record(["record", "field", "rule", "reason", "authority"])?;
        log.each(&mut |entry| {
            let text = |name: &str| entry[name].as_str().unwrap_or("").to_owned();
            let rule = entry["rule"].as_u64().unwrap_or(0);
            let (reason, authority) = self.request.rules.of(rule);
            csv.write_record([&text("place"), &text("field"), &rule.to_string(), reason, authority])?;
            each(json!({"place": text("place"), "field": text("field"), "rule": rule, "reason": reason, "authority": authority}))
        })?;
        csv.flush()
    }

    fn typeset(
        &self,
        volumes: &Volumes<'_>,
        sections: &[Value],
        typesetter: Typesetter<'_>,
    ) -> io::Result<Vec<Value>> {
        let bates = &self.request.bates;
        let count = volumes.ready.len();
        let (mut made, mut page) = (Vec::new(), 0);
        for (index, ready) in volumes.ready.iter().enumerate() {
            let name = self.name(index, count);
            let place = self.work.join(format!("place-{:05}.json", index + 1));
            let front = if index == 0 { sections } else { &[] };
            let rows = ready.rows.map(|(first, last)| json!([first, last]));
            let told = json!({"volume": index + 1, "volumes": count, "rows": rows, "front": front,
                "bates": {"prefix": bates.prefix(), "width": bates.width(), "first": bates.number(page)}});
            std::fs::write(&place, told.to_string())?;
            let set =
                typesetter(&Job { volume: &ready.path, place: &place, output: &self.folder.join(&name) })?;
            let pages = set["pages"].as_u64().unwrap_or(0);
            made.push(json!({"file": name, "rows": rows, "pages": pages, "first": bates.of(page),
                "last": bates.of(page.saturating_add(pages.saturating_sub(1))), "fonts": set["fonts"], "code_points": set["code_points"]}));
            page = page.saturating_add(pages);
        }
        Ok(made)
    }

    /// The name of a volume's file.
    fn name(&self, index: usize, count: usize) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
        let label: String = self.request.label.chars().map(plain).collect();
        let width = count.to_string().len();
        if count == 1 { format!("{label}.pdf") } else { format!("{label}-{:0width$}.pdf", index + 1) }
    }
}
