//! Where the bytes of a container lie: in a file, in a part of one, or made from such a part by decompression; and how
//! they are had once more at the end of a run, as the examiner's disk has them then.
//!
//! ```text
//! phone.zip ─ whole file ─► member stored in it ─ part of the file, mapped ─► read in place
//!                      └──► member deflated in it ─ made, in a nameless file ─► its part of the file is hashed
//! ```

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use super::{Error, Finding, Options, content, hash::Hasher, mmap::Bytes, source::Body};
use crate::parse;

/// The bytes of a container.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    path: PathBuf,
    bytes: Bytes,
    held: Held,
    /// What was odd about making the bytes; goes to the findings of the container that they are opened as.
    pub findings: Vec<Finding>,
}

#[derive(Debug, Clone)]
enum Held {
    /// They stand in the file, from this offset.
    Lying(u64),
    /// They were made from a part of the file.
    Made(Arc<Seal>),
}

/// The part of a file from which bytes were made, as it was then.
#[derive(Debug)]
struct Seal {
    start: u64,
    length: u64,
    sha256: [u8; 32],
    /// How the file looked when its bytes were last seen to be the same: hashing again for each of a million members
    /// would never end.
    seen: Mutex<Option<Look>>,
}

/// What the file system says of a file: another look, and the bytes are hashed again.
type Look = (u64, Option<SystemTime>, (i64, i64));

impl Origin {
    /// A file.
    pub(super) fn of_path(path: &Path) -> Result<Self, Error> {
        let bytes = Bytes::of_path(path)?;
        Ok(Origin { path: path.to_owned(), bytes, held: Held::Lying(0), findings: Vec::new() })
    }

    /// The file that they lie in, or were made from: the whole container, where it is no member.
    pub(super) fn files(&self) -> &[PathBuf] {
        std::slice::from_ref(&self.path)
    }

    /// Whether these are all bytes of a file.
    pub(super) fn is_whole(&self, path: &Path) -> bool {
        self.path == path && matches!(self.held, Held::Lying(0))
    }

    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Why the container cannot be listed.
    pub(super) fn unlistable(&self, cause: parse::Error) -> Error {
        Error::Container { path: self.path.clone(), cause }
    }

    /// The bytes as the file has them now.
    ///
    /// # Errors
    /// [`Error::Altered`] where what they were made from is no longer the same.
    pub(super) fn again(&self) -> Result<Bytes, Error> {
        match &self.held {
            Held::Lying(start) => {
                let start = usize::try_from(*start).unwrap_or(usize::MAX);
                Ok(Bytes::of_path(&self.path)?.part(start, self.bytes.len()))
            }
            Held::Made(seal) => {
                seal.hold(&self.path)?;
                Ok(self.bytes.clone())
            }
        }
    }

    /// As [`Origin::again`], with its way.
    pub(super) fn anew(&self) -> Result<Self, Error> {
        Ok(Origin { bytes: self.again()?, ..self.clone() })
    }

    /// A member as the bytes of another container. `stored` is where it stands in these bytes, as it is or compressed.
    pub(super) fn member(
        &self,
        body: Body<'_>,
        stored: std::ops::Range<u64>,
        options: &Options,
    ) -> Result<Self, Error> {
        match body {
            Body::Whole(bytes, Some(claim)) => Ok(Origin {
                path: self.path.clone(),
                bytes,
                held: match &self.held {
                    Held::Lying(start) => Held::Lying(start.saturating_add(claim.offset)),
                    Held::Made(seal) => Held::Made(Arc::clone(seal)),
                },
                findings: Vec::new(),
            }),
            Body::Whole(bytes, None) => self.made(stored, || Ok((bytes, Vec::new()))),
            Body::Stream(stream) => self.made(stored, || {
                let (bytes, broken) = content::kept(stream, options)?;
                Ok((bytes, broken.iter().map(broken_off).collect()))
            }),
        }
    }

    /// Other bytes that are made from a part of these: decompressed, decrypted. What is made while the part is hashed.
    pub(super) fn made(
        &self,
        from: std::ops::Range<u64>,
        make: impl FnOnce() -> Result<(Bytes, Vec<Finding>), Error>,
    ) -> Result<Self, Error> {
        let of = |seal: &Arc<Seal>, (bytes, findings)| Origin {
            path: self.path.clone(),
            bytes,
            held: Held::Made(Arc::clone(seal)),
            findings,
        };
        let base = match &self.held {
            Held::Made(seal) => return Ok(of(seal, make()?)),
            Held::Lying(base) => *base,
        };
        let (seal, made) = std::thread::scope(|scope| {
            let part = slice(&self.bytes, from.start, from.end.saturating_sub(from.start));
            let hashing = scope.spawn(|| Seal::of(part, base.saturating_add(from.start), &self.path));
            let made = make();
            // A hasher does not panic; were it to, its file would count as changed.
            let seal = hashing.join().unwrap_or_else(|_| Seal::of(&[], 0, &self.path));
            (seal, made)
        });
        Ok(of(&Arc::new(seal), made?))
    }
}

/// A part of bytes, clipped to them.
fn slice(bytes: &[u8], start: u64, length: u64) -> &[u8] {
    let limit = bytes.len();
    let clip = |at: u64| usize::try_from(at).unwrap_or(limit).min(limit);
    bytes.get(clip(start)..clip(start.saturating_add(length))).unwrap_or_default()
}

/// The finding for bytes that could not be made to their end.
fn broken_off(error: &parse::Error) -> Finding {
    let message = format!("decompressed as far as it goes: {error}");
    Finding { code: "member-damaged", message, path: None, offset: error.offset(), loss: true }
}

impl Seal {
    fn of(part: &[u8], start: u64, path: &Path) -> Self {
        let seen = look(path).ok();
        Seal { start, length: part.len() as u64, sha256: sha256(part), seen: Mutex::new(seen) }
    }

    /// Whether the part of the file is the same as it was.
    fn hold(&self, path: &Path) -> Result<(), Error> {
        let unreadable = |cause| Error::Unreadable { path: path.to_owned(), cause };
        let now = look(path).map_err(unreadable)?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.as_ref() == Some(&now) {
            return Ok(());
        }
        if sha256(slice(&Bytes::of_path(path)?, self.start, self.length)) != self.sha256 {
            return Err(Error::Altered { path: path.to_owned() });
        }
        *seen = Some(now);
        Ok(())
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hasher = Hasher::sha256_only();
    hasher.update(bytes);
    hasher.finish().sha256
}

fn look(path: &Path) -> std::io::Result<Look> {
    let metadata = fs::metadata(path)?;
    #[cfg(unix)]
    let changed = {
        use std::os::unix::fs::MetadataExt;
        (metadata.ctime(), metadata.ctime_nsec())
    };
    #[cfg(not(unix))]
    let changed = (0, 0);
    Ok((metadata.len(), metadata.modified().ok(), changed))
}
