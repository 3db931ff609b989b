//! A backup as a source: a file of it is one of the container below, decrypted where it is encrypted.

use std::{path::PathBuf, sync::Arc};

use super::super::{
    Error, Finding, Kind, Layer, Options,
    cipher::{self, Decrypted, End},
    closed::Closed,
    content,
    origin::Origin,
    source::{Body, Source},
};
use super::{
    lock::{ClassKeys, Wrapped},
    opening::finding,
};

/// A backup over the container that it lies in.
pub(super) struct Backup {
    pub inner: Box<dyn Source>,
    pub members: Vec<Member>,
    /// The names of the lists.
    pub layers: Vec<String>,
    /// What is told of those that stay encrypted.
    pub closed: Vec<(String, Closed)>,
}

/// One file.
pub(super) struct Member {
    /// Its number in the container.
    pub inner: usize,
    /// Its name there.
    pub name: String,
    pub stored: Stored,
    /// SHA-1 that the handset computed.
    pub digest: Option<[u8; 20]>,
    /// What is odd about it, as far as the lists say.
    pub notes: Vec<Finding>,
}

/// How the content of a file lies in the container.
pub(super) enum Stored {
    AsIs,
    /// As it is, which is encrypted: nothing says what file it is.
    Sealed,
    /// Encrypted with this key, and so many bytes without padding.
    ByKey(cipher::Key, u64),
    /// Encrypted with a key that the key of a class unwraps.
    Wrapped {
        keys: Arc<ClassKeys>,
        wrapped: Wrapped,
        size: Option<u64>,
    },
    /// Encrypted, and why it stays so.
    Shut(Arc<str>),
}

impl Backup {
    fn member(&self, entry: usize) -> Result<&Member, Error> {
        self.members.get(entry).ok_or_else(|| Error::foreign(entry))
    }
}

impl Member {
    /// The content, from what the container has of it.
    fn open<'a>(&self, body: Body<'a>) -> Result<Body<'a>, Error> {
        let locked = |reason: &str| Error::Locked { name: self.name.clone(), reason: reason.to_owned() };
        let (key, end) = match &self.stored {
            Stored::AsIs | Stored::Sealed => return Ok(body),
            Stored::Shut(reason) => return Err(locked(reason)),
            Stored::ByKey(key, size) => (key.clone(), End::Size(*size)),
            Stored::Wrapped { keys, wrapped, size } => {
                let key = keys.unwrap(wrapped).map_err(|reason| locked(&reason))?;
                (key, size.map_or(End::Padding, End::Size))
            }
        };
        Ok(Body::Stream(Box::new(Decrypted::new(content::stream(body), &key, [0; cipher::BLOCK], end))))
    }
}

impl Source for Backup {
    fn kind(&self) -> Kind {
        match self.inner.kind() {
            Kind::Folder => Kind::ItunesBackup,
            outer => outer,
        }
    }

    fn container(&self) -> &[PathBuf] {
        self.inner.container()
    }

    fn base_name(&self) -> Option<String> {
        self.inner.base_name()
    }

    fn inner(&self) -> Vec<Layer> {
        // A folder that is a backup has said so by its kind.
        let is_told = |list: &str| self.kind() == Kind::ItunesBackup && !list.contains('/');
        let own = self.layers.iter().filter(|list| !is_told(list));
        let own = own.map(|list| Layer { within: vec![list.clone()], kind: Kind::ItunesBackup });
        own.chain(self.inner.inner()).collect()
    }

    fn closed(&self) -> Vec<(String, Closed)> {
        self.closed.iter().cloned().chain(self.inner.closed()).collect()
    }

    fn is_of_closed(&self, entry: usize) -> bool {
        let sealed = |member: &Member| matches!(member.stored, Stored::Sealed | Stored::Shut(_));
        self.member(entry).is_ok_and(|member| sealed(member) || self.inner.is_of_closed(member.inner))
    }

    fn origin(&self, entry: usize, options: &Options) -> Result<Origin, Error> {
        let member = self.member(entry)?;
        match &member.stored {
            Stored::AsIs | Stored::Sealed => self.inner.origin(member.inner, options),
            _ => Err(Error::foreign(entry)),
        }
    }

    fn body(&self, entry: usize) -> Result<Body<'_>, Error> {
        let member = self.member(entry)?;
        member.open(self.inner.body(member.inner)?)
    }

    fn claimed_sha256(&self, entry: usize) -> Option<[u8; 32]> {
        let member = self.member(entry).ok()?;
        self.inner
            .claimed_sha256(member.inner)
            .filter(|_| matches!(member.stored, Stored::AsIs | Stored::Sealed))
    }

    fn again(&self, entry: usize, read: &mut dyn FnMut(Body<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let member = self.member(entry)?;
        self.inner.again(member.inner, &mut |body| read(member.open(body)?))
    }

    fn oddities(&self, entry: usize) -> Vec<Finding> {
        let Ok(member) = self.member(entry) else { return Vec::new() };
        let mut found = self.inner.oddities(member.inner);
        found.extend(member.notes.iter().cloned());
        found.extend(self.other_digest(member, entry));
        found
    }
}

impl Backup {
    /// The digest of the list against the content. Of an encrypted backup it is not documented whether it is that of the
    /// plain or of the encrypted content: either will do.
    fn other_digest(&self, member: &Member, entry: usize) -> Option<Finding> {
        let digest = member.digest?;
        let stored = content::sha1(content::stream(self.inner.body(member.inner).ok()?)).ok()?;
        if stored == digest {
            return None;
        }
        let is_encrypted = !matches!(member.stored, Stored::AsIs);
        if is_encrypted && content::sha1(content::stream(self.body(entry).ok()?)).ok()? == digest {
            return None;
        }
        let message = "the content has not the SHA-1 that the list of the backup gives for it: it was changed since, or the \
                       handset wrote to it while it was backed up";
        Some(finding("backup-digest-differs", message.to_owned(), &member.name, false))
    }
}
