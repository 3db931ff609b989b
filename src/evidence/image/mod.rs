//! A raw image as evidence: the file systems of its partitions, read where they lie.
//!
//! ```text
//! image, in one file or split (.001, .002 …) ─► GPT · MBR · none ─► each partition: ext2/3/4 · FAT · exFAT ─► files
//!                                                                                   F2FS · APFS … named, not read
//! ```
//!
//! A file of FAT or exFAT that lies in one piece is a part of the map; others are put together while they are read.

mod disk;
mod ext;
mod fat;

use std::path::PathBuf;

pub(super) use disk::split;

use super::{
    Error, Finding, Kind,
    origin::Origin,
    path::Roots,
    source::{Body, Entry, Listing, Opened, Source},
};
use crate::parse::disk::{self as parsed, FileSystem, Partition, Storage};
use disk::Disk;

/// The file systems of an image; entry by entry, which of them and which file of it.
struct Image {
    disk: Disk,
    volumes: Vec<Volume>,
    entries: Vec<(usize, usize)>,
}

/// A file system.
enum Volume {
    Ext(ext::Ext),
    Fat(fat::Fat),
}

/// What a file system lists: its name and findings go into the listing of the image.
struct Listed {
    volume: Volume,
    entries: Vec<Entry>,
    findings: Vec<Finding>,
}

/// Whether the first bytes may be those of an image.
pub(super) fn may_be_image(head: &[u8]) -> bool {
    parsed::may_be_image(head)
}

/// Opens an image that is one file or one member; `None` where it is none.
pub(super) fn open(origin: Origin) -> Option<Opened> {
    opened(Disk::of(vec![origin]))
}

/// Opens an image that was split.
pub(super) fn open_split(parts: &[PathBuf]) -> Result<Option<Opened>, Error> {
    let origins: Result<Vec<Origin>, Error> = parts.iter().map(|part| Origin::of_path(part)).collect();
    Ok(opened(Disk::of(origins?)))
}

fn opened(disk: Disk) -> Option<Opened> {
    let head = disk.head();
    let mut image = Image { disk, volumes: Vec::new(), entries: Vec::new() };
    let mut listing = Listing::default();
    if let Some(file_system) = parsed::file_system(&head) {
        let whole = Partition { number: 0, name: String::new(), start: 0, length: image.disk.length() };
        image.add(file_system, &whole, &mut listing);
    } else {
        let table = parsed::partitions(&image.disk)?;
        table.findings.into_iter().for_each(|finding| listing.findings.push(finding.into()));
        for partition in table.list {
            let part = image.disk.part(partition.start, partition.length);
            match parsed::file_system(&part.head()) {
                Some(file_system) => image.add(file_system, &partition, &mut listing),
                None if part.is_zero_at_start() => {}
                None => listing.note(
                    "partition-not-recognised",
                    &name(&partition),
                    format!(
                        "{} bytes without a file system that is known; encrypted, or no file system",
                        partition.length
                    ),
                    false,
                ),
            }
        }
    }
    Some(Opened { source: Box::new(image), listing })
}

/// `partition 3 (userdata)`; nothing for an image without partitions.
fn name(partition: &Partition) -> String {
    match (partition.number, partition.name.as_str()) {
        (0, _) => String::new(),
        (number, "") => format!("partition {number}"),
        (number, name) => format!("partition {number} ({})", name.escape_default()),
    }
}

impl Image {
    fn add(&mut self, file_system: FileSystem, partition: &Partition, listing: &mut Listing) {
        let part = self.disk.part(partition.start, partition.length);
        let name = name(partition);
        let listed = match file_system {
            FileSystem::Ext => ext::list(part),
            FileSystem::Fat | FileSystem::ExFat => fat::list(part),
            FileSystem::Unread(what, advice) => {
                let message = format!("{what}, which cannot be read here: {advice}");
                return listing.findings.push(finding("image-not-readable", message, &name, partition.start));
            }
        };
        match listed {
            Err(reason) => {
                let message = format!("the file system cannot be opened: {reason}");
                listing.findings.push(finding("image-damaged", message, &name, partition.start));
            }
            Ok(listed) => self.take(listed, &name, listing),
        }
    }

    fn take(&mut self, listed: Listed, name: &str, listing: &mut Listing) {
        let Listed { volume, entries, findings } = listed;
        let roots = Roots::of(entries.iter().map(|entry| entry.named.relative.as_str()));
        let within = (!name.is_empty()).then(|| std::sync::Arc::from([name.to_owned()]));
        for (position, mut entry) in entries.into_iter().enumerate() {
            entry.device_path = Some(roots.device_path(&entry.named.relative));
            entry.within.clone_from(&within);
            self.entries.push((self.volumes.len(), position));
            listing.entries.push(entry);
        }
        for found in findings {
            let path = match (name, found.path) {
                ("", path) => path,
                (name, Some(path)) => Some(format!("{name}: {path}")),
                (name, None) => Some(name.to_owned()),
            };
            listing.findings.push(Finding { path, ..found });
        }
        self.volumes.push(volume);
    }

    fn volume(&self, entry: usize) -> Result<(&Volume, usize), Error> {
        let found =
            self.entries.get(entry).and_then(|(volume, entry)| Some((self.volumes.get(*volume)?, *entry)));
        found.ok_or_else(|| Error::foreign(entry))
    }
}

fn finding(code: &'static str, message: String, name: &str, offset: u64) -> Finding {
    let path = Some(name.to_owned()).filter(|name| !name.is_empty());
    Finding { code, message, path, offset: Some(offset), loss: true }
}

impl Source for Image {
    fn kind(&self) -> Kind {
        Kind::RawImage
    }

    fn container(&self) -> &[PathBuf] {
        self.disk.files()
    }

    fn body(&self, entry: usize) -> Result<Body<'_>, Error> {
        match self.volume(entry)? {
            (Volume::Ext(ext), entry) => ext.body(entry),
            (Volume::Fat(fat), entry) => fat.body(entry),
        }
    }

    fn again(&self, entry: usize, read: &mut dyn FnMut(Body<'_>) -> Result<(), Error>) -> Result<(), Error> {
        match self.volume(entry)? {
            (Volume::Ext(ext), entry) => read(ext.anew()?.body(entry)?),
            (Volume::Fat(fat), entry) => read(fat.anew()?.body(entry)?),
        }
    }
}
