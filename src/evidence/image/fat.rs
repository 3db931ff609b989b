//! The files of a FAT or exFAT volume.

use super::{Listed, Volume, disk::Disk};
use crate::evidence::{
    Error, Times, name,
    source::{Body, Claim, Entry, Stream},
};
use crate::parse::{
    self,
    fat::{File, Written},
};

pub(super) struct Fat {
    disk: Disk,
    files: Vec<File>,
}

pub(super) fn list(disk: Disk) -> Result<Listed, String> {
    let read = parse::fat::files(&disk).map_err(|error| error.to_string())?;
    let entry = |file: &File| {
        let times = match &file.written {
            Written::Local(text) => Times::of_fat(text, None),
            Written::Zoned(text, minutes) => Times::of_fat(text, Some(*minutes)),
            Written::None => Times::default(),
        };
        Entry::new(name::of_folder(file.path.as_bytes()), file.size, times)
    };
    let entries = read.list.iter().map(entry).collect();
    let findings = read.findings.into_iter().map(Into::into).collect();
    Ok(Listed { volume: Volume::Fat(Fat { disk, files: read.list }), entries, findings })
}

impl Fat {
    pub(super) fn anew(&self) -> Result<Self, Error> {
        Ok(Fat { disk: self.disk.anew()?, files: self.files.clone() })
    }

    pub(super) fn body(&self, entry: usize) -> Result<Body<'static>, Error> {
        let foreign = || Error::foreign(entry);
        let file = self.files.get(entry).ok_or_else(foreign)?;
        if let [(offset, length)] = file.pieces[..]
            && (length, file.written_size) == (file.size, file.size)
            && let Some(bytes) = self.disk.slice(offset, length)
        {
            return Ok(Body::Whole(bytes, Some(Claim { size: Some(file.size), crc32: None, offset })));
        }
        let (disk, file) = (self.disk.clone(), file.clone());
        Ok(Body::Stream(Box::new(Pieces { disk, file, next: 0, into: 0, position: 0 })))
    }
}

/// A file that lies in several pieces.
struct Pieces {
    disk: Disk,
    file: File,
    next: usize,
    into: u64,
    position: u64,
}

impl Stream for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, parse::Error> {
        loop {
            let Some((offset, length)) = self.file.pieces.get(self.next).copied() else { return self.end() };
            let left = length - self.into;
            if left == 0 {
                (self.next, self.into) = (self.next + 1, 0);
                continue;
            }
            let room = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let count = self.disk.fill(offset + self.into, buffer.get_mut(..room).unwrap_or_default());
            if count == 0 {
                return self.short(offset + self.into);
            }
            let unwritten = self.file.written_size.saturating_sub(self.position);
            let from = usize::try_from(unwritten).unwrap_or(usize::MAX).min(count);
            // What was never written is zero for whoever reads the file on the handset; the clusters hold older bytes.
            buffer.get_mut(from..count).unwrap_or_default().fill(0);
            self.into += count as u64;
            self.position += count as u64;
            return Ok(count);
        }
    }
}

impl Pieces {
    fn end(&mut self) -> Result<usize, parse::Error> {
        if self.position >= self.file.size {
            return Ok(0);
        }
        let last = self.file.pieces.last().map_or(0, |(offset, length)| offset.saturating_add(*length));
        self.short(last)
    }

    /// Told once: the file has fewer clusters than bytes, or lies past the end of the image.
    fn short(&mut self, offset: u64) -> Result<usize, parse::Error> {
        let left = usize::try_from(self.file.size.saturating_sub(self.position)).unwrap_or(usize::MAX);
        self.file.size = self.position;
        self.file.pieces.clear();
        Err(parse::Error::Unexpected {
            offset,
            what: "a file of a FAT volume".to_owned(),
            expected: format!("{left} bytes more"),
            found: "none".to_owned(),
        })
    }
}
