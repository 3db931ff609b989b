//! A zip archive as evidence: the members are read where they lie in the mapped archive.

use std::path::Path;

use super::{
    Error, Kind, Times,
    mmap::Bytes,
    name,
    source::{Body, Claim, Container, Entry, Listing, Source},
};
use crate::parse::zip::{self, EntryKind, Member, Method, Place};

/// A mapped archive and the places of its members.
pub(super) struct Zip {
    bytes: Bytes,
    members: Vec<(Place, String)>,
}

/// Lists the files of an archive.
pub(super) fn open(path: &Path, bytes: Bytes) -> Result<(Zip, Listing), Error> {
    let archive = zip::archive(&bytes).map_err(|cause| Error::Container { path: path.to_owned(), cause })?;
    let mut members = Vec::with_capacity(archive.members.len());
    let mut listing = Listing::default();
    for found in archive.findings {
        listing.findings.push(found.into());
    }
    for member in archive.members {
        add(&member, &mut members, &mut listing);
    }
    Ok((Zip { bytes, members }, listing))
}

fn add(member: &Member<'_>, members: &mut Vec<(Place, String)>, listing: &mut Listing) {
    let named = name::of_zip(&member.name, member.is_dos);
    let text = named.original.text.clone();
    if let Some(reason) = named.hostile {
        listing.note(
            "hostile-name",
            &text,
            format!("the name has {reason}; it is read as a name only"),
            false,
        );
    }
    match member.kind {
        EntryKind::Folder => return,
        EntryKind::Link => {
            return listing.note(
                "symlink-not-followed",
                &text,
                "a symbolic link, not followed".to_owned(),
                false,
            );
        }
        EntryKind::Special(mode) => {
            return listing.note(
                "special-file",
                &text,
                format!("a device or pipe (mode {mode:o}), not read"),
                false,
            );
        }
        EntryKind::File => {}
    }
    let size = member.place.size.unwrap_or(member.place.compressed_size);
    listing.entries.push(Entry { named, size, times: Times::of_member(&member.modified) });
    members.push((member.place, text));
}

impl Zip {
    fn refusal(place: &Place, name: &str) -> Option<Error> {
        let (name, offset) = (name.to_owned(), place.header_offset);
        match place.method {
            _ if place.encrypted => Some(Error::Encrypted { name, offset }),
            Method::Other(_) => Some(Error::Unsupported { name, offset, method: place.method.to_string() }),
            Method::Stored | Method::Deflate => None,
        }
    }
}

impl Source for Zip {
    fn kind(&self) -> Kind {
        Kind::Zip
    }

    fn container(&self) -> Result<Option<Container<'_>>, Error> {
        Ok(Some(Container::Mapped(&self.bytes)))
    }

    fn body(&self, entry: usize) -> Result<Body<'_>, Error> {
        let foreign = || Error::Foreign { name: format!("entry {entry}") };
        let (place, name) = self.members.get(entry).ok_or_else(foreign)?;
        if let Some(refusal) = Self::refusal(place, name) {
            return Err(refusal);
        }
        let member = |cause| Error::Member { name: name.clone(), cause };
        match zip::body(&self.bytes, place).map_err(member)? {
            zip::Body::Deflated(inflater) => Ok(Body::Stream(inflater)),
            zip::Body::Stored { bytes, offset } => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let claim = Claim { size: place.size, crc32: place.crc32, offset };
                Ok(Body::Whole(self.bytes.part(start, bytes.len()), Some(claim)))
            }
        }
    }
}
