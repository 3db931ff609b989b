//! A backup of iTunes or Finder as evidence: its files under their device paths, decrypted on read.
//!
//! ```text
//! entries of a folder, zip, tar ─► Manifest.db | Manifest.mbdb: list ─► HomeDomain, Library/SMS/sms.db ─► 3d/3d0d7e5f…
//!                                  Manifest.plist: lock ─► class keys ─► key of the file ─► AES-256-CBC on read
//! ```
//!
//! What the list names and the backup has not is a finding, and so is what the backup has and the list does not name.
//! Info.plist, Manifest.plist, Status.plist and the list itself stand at the root of the handset.

mod domain;
mod find;
mod list;
mod lock;
mod member;
mod opening;
mod sorting;

use super::{
    Options,
    source::{Entry, Opened},
};
use find::Root;
use member::{Backup, Stored};
use opening::{Opening, Place};
use sorting::Sorting;

/// Puts the files of backups under their device paths; a listing without a backup stays as it is.
pub(super) fn over(opened: Opened, options: &Options) -> Opened {
    let Opened { source, mut listing } = opened;
    let (roots, copies) = find::roots(&listing.entries);
    for copy in copies {
        let name = listing.entries.get(copy.list).map(|entry| entry.named.original.text.clone());
        let message = "the list of a backup that was kept on the handset: its files are not opened as those of the handset";
        listing.note("backup-on-handset", &name.unwrap_or_default(), message.to_owned(), false);
    }
    let place = Place { source: &*source, entries: &listing.entries, options };
    let opened =
        roots.into_iter().filter_map(|root| opening::open(&place, &root).map(|opening| (root, opening)));
    let backups: Vec<(Root, Opening)> = opened.collect();
    if backups.is_empty() {
        return Opened { source, listing };
    }
    let name = |(root, _): &(Root, _)| Some(listing.entries.get(root.list)?.named.original.text.clone());
    let layers: Vec<String> = backups.iter().filter_map(name).collect();
    let closed = backups.iter().filter_map(|(_, opening)| opening.closed.clone()).collect();
    let mut sorting = Sorting::default();
    sorting.listing.findings = listing.findings;
    if let [first, _, ..] = layers.as_slice() {
        let more = if layers.len() >= find::ROOT_LIMIT { "; further ones are not opened" } else { "" };
        let message = format!("{} backups in one evidence: each is read{more}", layers.len());
        sorting.listing.note("backups-several", first, message, !more.is_empty());
    }
    let mut entries: Vec<Option<Entry>> = listing.entries.into_iter().map(Some).collect();
    for (number, (root, opening)) in backups.into_iter().enumerate() {
        sorting.backup(number, &root, opening, &mut entries);
    }
    for (position, entry) in entries.into_iter().enumerate() {
        entry.into_iter().for_each(|entry| sorting.push(entry, position, Stored::AsIs));
    }
    let backup = Backup { inner: source, members: sorting.members, layers, closed };
    Opened { source: Box::new(backup), listing: sorting.listing }
}
