//! A zip archive as evidence: the members are read where they lie in the mapped archive.

use std::path::PathBuf;

use super::{
    Error, Finding, Kind, Options, Times,
    mmap::Bytes,
    name,
    origin::Origin,
    source::{Body, Claim, Entry, Listing, Opened, Source},
};
use crate::parse::zip::{self, EntryKind, Member, Method, Place};

/// A mapped archive and the places of its members.
pub(super) struct Zip {
    origin: Origin,
    members: Vec<(Place, String)>,
}

/// Lists the files of an archive.
pub(super) fn open(origin: Origin) -> Result<Opened, Error> {
    let archive = zip::archive(origin.bytes()).map_err(|cause| origin.unlistable(cause))?;
    let mut members = Vec::with_capacity(archive.members.len());
    let mut listing = Listing::default();
    for found in archive.findings {
        listing.findings.push(found.into());
    }
    for member in archive.members {
        add(&member, &mut members, &mut listing);
    }
    Ok(Opened { source: Box::new(Zip { origin, members }), listing })
}

fn add(member: &Member<'_>, members: &mut Vec<(Place, String)>, listing: &mut Listing) {
    let named = name::of_zip(&member.name, member.is_dos);
    let text = named.original.text.clone();
    listing.hostile(named.hostile, &text);
    if let Some((code, message)) = skipped(member.kind) {
        return listing.note(code, &text, message, false);
    }
    if member.kind == EntryKind::Folder {
        return;
    }
    let size = member.place.size.unwrap_or(member.place.compressed_size);
    listing.entries.push(Entry::new(named, size, Times::of_member(&member.modified)));
    members.push((member.place, text));
}

fn skipped(kind: EntryKind) -> Option<(&'static str, String)> {
    match kind {
        EntryKind::Link => Some(("symlink-not-followed", "a symbolic link, not followed".to_owned())),
        EntryKind::Special(mode) => {
            Some(("special-file", format!("a device or pipe (mode {mode:o}), not read")))
        }
        EntryKind::File | EntryKind::Folder => None,
    }
}

fn refusal(place: &Place, name: &str) -> Option<Error> {
    let (name, offset) = (name.to_owned(), place.header_offset);
    match place.method {
        _ if place.encrypted => Some(Error::Encrypted { name, offset }),
        Method::Other(_) => Some(Error::Unsupported { name, offset, method: place.method.to_string() }),
        Method::Stored | Method::Deflate => None,
    }
}

impl Zip {
    fn body_in<'a>(&self, archive: &'a Bytes, entry: usize) -> Result<Body<'a>, Error> {
        let foreign = || Error::foreign(entry);
        let (place, name) = self.members.get(entry).ok_or_else(foreign)?;
        if let Some(refusal) = refusal(place, name) {
            return Err(refusal);
        }
        let member = |cause| Error::Member { name: name.clone(), cause };
        match zip::body(archive, place).map_err(member)? {
            zip::Body::Deflated(inflater) => Ok(Body::Stream(inflater)),
            zip::Body::Stored { bytes, offset } => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let claim = Claim { size: place.size, crc32: place.crc32, offset };
                Ok(Body::Whole(archive.part(start, bytes.len()), Some(claim)))
            }
        }
    }
}

impl Source for Zip {
    fn kind(&self) -> Kind {
        Kind::Zip
    }

    fn container(&self) -> &[PathBuf] {
        self.origin.files()
    }

    fn body(&self, entry: usize) -> Result<Body<'_>, Error> {
        self.body_in(self.origin.bytes(), entry)
    }

    fn origin(&self, entry: usize, options: &Options) -> Result<Origin, Error> {
        let body = self.body(entry)?;
        let place = self.members.get(entry).map(|(place, _)| *place);
        let stored = place.map_or(0..0, |place| place.stored());
        self.origin.member(body, stored, options)
    }

    fn oddities(&self, entry: usize) -> Vec<Finding> {
        let Some((place, name)) = self.members.get(entry) else { return Vec::new() };
        let differs = zip::name_differs(self.origin.bytes(), place).then_some((
            "zip-name-differs",
            "the local header has another name than the central directory, whose name is used",
            false,
        ));
        let cut = place.size.is_none().then_some((
            "zip-member-cut-off",
            "the archive ends or is damaged before the size and the CRC-32 of this member: it may be incomplete, or \
             have bytes behind it that are not its own",
            true,
        ));
        let finding = |(code, message, loss): (_, &str, _)| {
            let (path, offset) = (Some(name.clone()), Some(place.header_offset));
            Finding { code, message: message.to_owned(), path, offset, loss }
        };
        [differs, cut].into_iter().flatten().map(finding).collect()
    }

    fn again(&self, entry: usize, read: &mut dyn FnMut(Body<'_>) -> Result<(), Error>) -> Result<(), Error> {
        read(self.body_in(&self.origin.again()?, entry)?)
    }
}
