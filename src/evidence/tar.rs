//! A tar archive as evidence: the members are read where they lie, in the mapped archive or in what was decompressed.

use std::path::PathBuf;

use super::{
    Error, Kind, Options, Times,
    mmap::Bytes,
    name,
    origin::Origin,
    source::{Body, Claim, Entry, Listing, Opened, Source, Stream},
};
use crate::parse::{
    self,
    tar::{self, Content, EntryKind, Member, Sparse},
};

/// An archive and the places of its members.
struct Tar {
    kind: Kind,
    origin: Origin,
    members: Vec<Place>,
}

enum Place {
    Plain { offset: u64, length: u64 },
    Sparse(Box<Sparse>),
}

/// Lists the files of an archive.
pub(super) fn open(origin: Origin, kind: Kind) -> Opened {
    let mut listing = Listing::default();
    let mut places = Vec::new();
    let bytes = origin.bytes().clone();
    let mut members = tar::members(&bytes);
    for member in members.by_ref() {
        add(member, bytes.len() as u64, &mut places, &mut listing);
    }
    for found in members.findings() {
        listing.findings.push(found.into());
    }
    Opened { source: Box::new(Tar { kind, origin, members: places }), listing }
}

fn add(member: Member, archive: u64, places: &mut Vec<Place>, listing: &mut Listing) {
    let named = name::of_folder(&member.name);
    let text = &named.original.text;
    listing.hostile(named.hostile, text);
    if let Some((code, message)) = skipped(&member.kind) {
        return listing.note(code, text, message, false);
    }
    if member.kind == EntryKind::Folder {
        return;
    }
    let size = match &member.content {
        Content::Plain { offset, length } => (*length).min(archive.saturating_sub(*offset)),
        Content::Sparse(sparse) => sparse.size,
    };
    places.push(match member.content {
        Content::Plain { offset, length } => Place::Plain { offset, length },
        Content::Sparse(sparse) => Place::Sparse(Box::new(sparse)),
    });
    listing.entries.push(Entry::new(named, size, Times::of_tar(member.modified)));
}

fn skipped(kind: &EntryKind) -> Option<(&'static str, String)> {
    match kind {
        EntryKind::Link(target) => {
            let target = name::of_folder(target).original.text;
            Some(("symlink-not-followed", format!("a link to {target:?}, not followed")))
        }
        EntryKind::Special(kind) => {
            let kind = char::from(*kind).escape_default();
            Some(("special-file", format!("a device or pipe (type {kind}), not read")))
        }
        EntryKind::File | EntryKind::Folder => None,
    }
}

impl Tar {
    fn body_in<'a>(&'a self, archive: &'a Bytes, entry: usize) -> Result<Body<'a>, Error> {
        let foreign = || Error::foreign(entry);
        Ok(match self.members.get(entry).ok_or_else(foreign)? {
            Place::Plain { offset, length } => {
                let clip = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
                let claim = Claim { size: Some(*length), crc32: None, offset: *offset };
                Body::Whole(archive.part(clip(*offset), clip(*length)), Some(claim))
            }
            Place::Sparse(sparse) => Body::Stream(Box::new(sparse.read_in(archive))),
        })
    }

    /// Where a member stands in the archive, with its holes left out.
    fn stored(&self, entry: usize) -> std::ops::Range<u64> {
        match self.members.get(entry) {
            Some(Place::Plain { offset, length }) => *offset..offset.saturating_add(*length),
            Some(Place::Sparse(sparse)) => {
                let start = sparse.extents.first().map_or(0, |first| first.offset);
                let end = sparse.extents.last().map_or(0, |last| last.offset.saturating_add(last.length));
                start..end
            }
            None => 0..0,
        }
    }
}

impl Stream for tar::SparseReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, parse::Error> {
        tar::SparseReader::read(self, buffer)
    }
}

impl Source for Tar {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn container(&self) -> &[PathBuf] {
        self.origin.files()
    }

    fn body(&self, entry: usize) -> Result<Body<'_>, Error> {
        self.body_in(self.origin.bytes(), entry)
    }

    fn origin(&self, entry: usize, options: &Options) -> Result<Origin, Error> {
        self.origin.member(self.body(entry)?, self.stored(entry), options)
    }

    fn again(&self, entry: usize, read: &mut dyn FnMut(Body<'_>) -> Result<(), Error>) -> Result<(), Error> {
        read(self.body_in(&self.origin.again()?, entry)?)
    }
}
