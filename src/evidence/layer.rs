//! Which reader opens what: a container by its bytes, and what is opened over the listing of a container.
//!
//! ```text
//! bytes of a file, or of a member ──► container() ──► Opened { source, listing }
//! Opened ──► over() ──► Opened: a backup or a report whose files have other names, or with its archives opened too
//! ```

use super::{
    Error, Kind, Options, android_backup,
    compressed::{self, Compression},
    image, itunes, nested,
    origin::Origin,
    source::Opened,
    tar, ufdr, ufed, zip,
};
use crate::parse;

/// The signature of the first member of a zip.
const ZIP: &[u8] = b"PK\x03\x04";

/// Opens a container; which, its bytes say. `None` where they are no container that is known.
pub(super) fn container(mut origin: Origin, options: &Options) -> Result<Option<Opened>, Error> {
    let findings = std::mem::take(&mut origin.findings);
    let mut opened = by_bytes(origin, options)?;
    if let Some(opened) = &mut opened {
        findings.into_iter().for_each(|finding| opened.listing.findings.push(finding));
    }
    Ok(opened)
}

fn by_bytes(origin: Origin, options: &Options) -> Result<Option<Opened>, Error> {
    let bytes = origin.bytes();
    // A spreadsheet is a zip and one file.
    if parse::xlsx::is_xlsx(bytes) {
        return Ok(None);
    }
    if bytes.starts_with(ZIP) {
        return zip::open(origin).map(Some);
    }
    if parse::tar::is_tar(bytes) {
        return Ok(Some(tar::open(origin, Kind::Tar)));
    }
    if let Some(compression) = Compression::of(bytes) {
        return compressed_container(compression, &origin, options);
    }
    if image::may_be_image(bytes.get(..4096).unwrap_or(bytes)) {
        return Ok(image::open(origin));
    }
    // A zip with something in front of it is known by its end; so is what holds a zip as its last member.
    if parse::zip::is_zip(bytes) {
        return zip::open(origin).map(Some);
    }
    if parse::android_backup::is_backup(bytes) {
        return android_backup::open(origin, options).map(Some);
    }
    Ok(None)
}

/// A tar or an image that is compressed; anything else stays as it is.
fn compressed_container(
    compression: Compression,
    origin: &Origin,
    options: &Options,
) -> Result<Option<Opened>, Error> {
    let head = compressed::head(compression, origin.bytes());
    if !parse::tar::is_tar(&head) && !image::may_be_image(&head) {
        return Ok(None);
    }
    let mut made = compressed::decompressed(compression, origin, options)?;
    let findings = std::mem::take(&mut made.findings);
    let mut opened = match parse::tar::is_tar(&head) {
        true => Some(tar::open(made, compression.tar())),
        false => image::open(made),
    };
    if let Some(opened) = &mut opened {
        findings.into_iter().for_each(|finding| opened.listing.findings.push(finding));
    }
    Ok(opened)
}

/// What a listing shows to be more than its files. An archive that is one member is opened with the container.
pub(super) fn over(opened: Opened, options: &Options) -> Opened {
    let mut opened = listed(opened, options);
    let dumps = ufed::over(&mut opened, options);
    let levels = match opened.source.kind() {
        kind if kind.is_folder() => 2,
        kind if kind.is_archive() => 1,
        _ => 0,
    };
    nested::open(opened, options, (levels, &dumps))
}

/// Layers over the entries of one container, by their names: they give other names, or decrypt.
pub(super) fn listed(opened: Opened, options: &Options) -> Opened {
    itunes::over(ufdr::over(opened), options)
}

/// Whether the first bytes may be those of a container; [`container`] says so for certain.
pub(super) fn may_be_container(head: &[u8]) -> bool {
    parse::android_backup::is_backup(head)
        || head.starts_with(ZIP)
        || parse::tar::is_tar(head)
        || Compression::of(head).is_some()
        || image::may_be_image(head)
}
