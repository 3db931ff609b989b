//! Archives in an archive or a folder, opened as parts of one evidence.
//!
//! An acquisition is handed over as a zip with a tar inside, or as a folder with one archive for each partition. An
//! archive that an app kept on the handset is a file of the handset, and stays one. So an entry is opened where
//! * it lies under no root of a handset (`Roots`), and
//! * it lies in the top folder (the deepest one that all entries lie in), or has at least half of all bytes, and
//! * what it lists has the paths of a handset, or it has at least half of all bytes, or is a backup or an image.
//!
//! What a `.ufd` names as a dump is opened wherever it lies. One level: what lies in an archive in an archive is listed as it is. A folder is not counted.

use std::{path::PathBuf, sync::Arc};

use super::{
    Error, Finding, Kind, Layer, Options,
    closed::Closed,
    content, layer,
    origin::Origin,
    path::Roots,
    source::{Body, Entry, Listing, Opened, Source},
};

/// Entries that are looked into; more than a tool leaves beside each other, and few enough to be quick.
const CANDIDATES: usize = 1000;

/// Bytes by which a container is known (ext4 and F2FS have theirs at 1024, a partition table at 512).
const HEAD: usize = 4096;

/// A container with containers inside. Entry by entry: which container, and which entry of it.
struct Nested {
    outer: Box<dyn Source>,
    inner: Vec<(String, Box<dyn Source>)>,
    entries: Vec<(Option<usize>, usize)>,
}

/// Opens the archives that a container holds, if it does.
/// `dumps` are entries that are archives of the acquisition for certain.
pub(super) fn open(opened: Opened, options: &Options, (levels, dumps): (usize, &[usize])) -> Opened {
    if levels == 0 {
        return opened;
    }
    let Opened { source, mut listing } = opened;
    let mut found = Vec::new();
    let mut candidates = candidates(&listing.entries);
    candidates.retain(|(position, _)| !dumps.contains(position));
    candidates.extend(dumps.iter().map(|position| (*position, true)));
    for (position, weighty) in candidates {
        let name = listing.entries.get(position).map(|entry| entry.named.original.text.clone());
        let name = name.unwrap_or_else(String::new);
        match inside(&*source, position, options) {
            Ok(None) => {}
            Ok(Some(inner)) if weighty || is_of_handset(&inner) => {
                let deeper = if source.kind().is_folder() { levels - 1 } else { 0 };
                found.push((position, name, self::open(inner, options, (deeper, &[]))));
            }
            Ok(Some(_)) => {
                let message = "an archive without the path of a handset: read as a file, not opened";
                listing.note("archive-not-opened", &name, message.to_owned(), false);
            }
            Err(error) => listing.note("archive-unreadable", &name, format!("not opened: {error}"), true),
        }
    }
    if found.is_empty() {
        return Opened { source, listing };
    }
    joined(source, listing, found)
}

/// The entries that may be archives of the acquisition, the largest first, and whether each has half of all bytes.
fn candidates(entries: &[Entry]) -> Vec<(usize, bool)> {
    let rootless = entries.iter().filter(|entry| entry.device_path.is_none());
    let roots = Roots::of(rootless.map(|entry| entry.named.relative.as_str()));
    let top = top_folder(entries);
    let total = entries.iter().fold(0_u64, |sum, entry| sum.saturating_add(entry.size));
    let weighty = |entry: &Entry| entry.size >= total.div_ceil(2);
    let at_top = |entry: &Entry| entry.named.relative.get(top..).is_some_and(|rest| !rest.contains('/'));
    let mut found: Vec<(usize, u64, bool)> = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.device_path.is_none() && entry.size > 0)
        .filter(|(_, entry)| at_top(entry) || weighty(entry))
        .filter(|(_, entry)| !roots.holds(&entry.named.relative))
        .map(|(position, entry)| (position, entry.size, weighty(entry)))
        .collect();
    found.sort_by_key(|(position, size, _)| (std::cmp::Reverse(*size), *position));
    found.truncate(CANDIDATES);
    found.into_iter().map(|(position, _, weighty)| (position, weighty)).collect()
}

/// Bytes of the name of the deepest folder that all entries lie in, with its `/`.
fn top_folder(entries: &[Entry]) -> usize {
    let mut names = entries.iter().map(|entry| entry.named.relative.as_str());
    let folder = |name: &str| name.rfind('/').map_or(0, |at| at + 1);
    let Some(first) = names.next() else { return 0 };
    let mut top = first.get(..folder(first)).unwrap_or_default();
    for name in names {
        while !name.starts_with(top) {
            let shorter = top.strip_suffix('/').unwrap_or(top);
            top = top.get(..folder(shorter)).unwrap_or_default();
        }
    }
    top.len()
}

fn inside(source: &dyn Source, entry: usize, options: &Options) -> Result<Option<Opened>, Error> {
    let body = match source.body(entry) {
        // Reading the entry itself says it, if anyone asks for it.
        Err(Error::Encrypted { .. } | Error::Unsupported { .. }) => return Ok(None),
        body => body?,
    };
    if !layer::may_be_container(&content::head(body, HEAD)) {
        return Ok(None);
    }
    let origin = source.origin(entry, options)?;
    let Some(opened) = layer::container(origin, options)? else { return Ok(None) };
    Ok(Some(layer::listed(opened, options)))
}

/// Whether what is inside is an acquisition, not something that lay beside it.
fn is_of_handset(inner: &Opened) -> bool {
    let names = inner.listing.entries.iter().map(|entry| entry.named.relative.as_str());
    let known = inner.listing.entries.iter().any(|entry| entry.device_path.is_some());
    let is_archive = inner.source.kind().is_archive();
    known || !is_archive || !Roots::of(names).is_empty()
}

/// One list of the entries of all. An archive that was opened is no file of its own any more.
fn joined(outer: Box<dyn Source>, listing: Listing, found: Vec<(usize, String, Opened)>) -> Opened {
    let Listing { entries, findings, recorded } = listing;
    let mut list = Listing { entries: Vec::new(), findings, recorded };
    let mut nested = Nested { outer, inner: Vec::new(), entries: Vec::new() };
    for (position, entry) in entries.into_iter().enumerate() {
        if found.iter().any(|(opened, ..)| *opened == position) {
            continue;
        }
        nested.entries.push((None, position));
        list.entries.push(entry);
    }
    for (number, (_, name, opened)) in found.into_iter().enumerate() {
        add(&mut list, &name, opened.listing);
        let count = list.entries.len().saturating_sub(nested.entries.len());
        nested.entries.extend((0..count).map(|entry| (Some(number), entry)));
        nested.inner.push((name, opened.source));
    }
    Opened { source: Box::new(nested), listing: list }
}

/// The entries of an inner container get their device paths among themselves: each has its own roots.
fn add(list: &mut Listing, name: &str, inner: Listing) {
    let rootless = inner.entries.iter().filter(|entry| entry.device_path.is_none());
    let roots = Roots::of(rootless.map(|entry| entry.named.relative.as_str()));
    let own: Arc<[String]> = Arc::from([name.to_owned()]);
    for mut entry in inner.entries {
        entry.within = Some(match entry.within {
            None => Arc::clone(&own),
            Some(deeper) => own.iter().chain(&*deeper).cloned().collect(),
        });
        entry.device_path.get_or_insert_with(|| roots.device_path(&entry.named.relative));
        list.entries.push(entry);
    }
    list.recorded.extend(inner.recorded);
    for finding in inner.findings.into_sorted() {
        let path = finding.path.map_or_else(|| name.to_owned(), |path| format!("{name}: {path}"));
        list.findings.push(Finding { path: Some(path), ..finding });
    }
}

impl Nested {
    fn place(&self, entry: usize) -> Result<(&dyn Source, usize), Error> {
        let foreign = || Error::foreign(entry);
        let (inner, entry) = self.entries.get(entry).ok_or_else(foreign)?;
        let Some(inner) = inner else { return Ok((&*self.outer, *entry)) };
        let (_, source) = self.inner.get(*inner).ok_or_else(foreign)?;
        Ok((&**source, *entry))
    }
}

impl Source for Nested {
    fn kind(&self) -> Kind {
        self.outer.kind()
    }

    fn container(&self) -> &[PathBuf] {
        self.outer.container()
    }

    fn inner(&self) -> Vec<Layer> {
        let mut layers = Vec::new();
        for (name, source) in &self.inner {
            layers.push(Layer { within: vec![name.clone()], kind: source.kind() });
            let deeper = source.inner().into_iter().map(|layer| Layer {
                within: std::iter::once(name.clone()).chain(layer.within).collect(),
                kind: layer.kind,
            });
            layers.extend(deeper);
        }
        layers
    }

    fn closed(&self) -> Vec<(String, Closed)> {
        let of = |(name, source): &(String, Box<dyn Source>)| {
            let named = |(inner, closed)| (format!("{name}: {inner}"), closed);
            source.closed().into_iter().map(named).collect::<Vec<_>>()
        };
        let mut closed = self.outer.closed();
        closed.extend(self.inner.iter().flat_map(of));
        closed
    }

    fn is_of_closed(&self, entry: usize) -> bool {
        self.place(entry).is_ok_and(|(source, entry)| source.is_of_closed(entry))
    }

    fn body(&self, entry: usize) -> Result<Body<'_>, Error> {
        let (source, entry) = self.place(entry)?;
        source.body(entry)
    }

    fn oddities(&self, entry: usize) -> Vec<Finding> {
        self.place(entry).map_or_else(|_| Vec::new(), |(source, entry)| source.oddities(entry))
    }

    fn claimed_sha256(&self, entry: usize) -> Option<[u8; 32]> {
        let (source, entry) = self.place(entry).ok()?;
        source.claimed_sha256(entry)
    }

    fn again(&self, entry: usize, read: &mut dyn FnMut(Body<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let (source, entry) = self.place(entry)?;
        source.again(entry, read)
    }

    fn origin(&self, entry: usize, options: &Options) -> Result<Origin, Error> {
        let (source, entry) = self.place(entry)?;
        source.origin(entry, options)
    }
}
