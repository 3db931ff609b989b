//! The bytes of a member: a slice of the archive, or a deflate stream (RFC 1951) that is inflated piece by piece.
//!
//! Nothing is trusted: the output ends at the declared size, and more output, less output, a broken stream and
//! another CRC-32 are each an error *behind* the bytes that could be had, so that a reader keeps those.
//! Deflate turns one byte into at most 1032 (zlib, "Maximum Expansion Factor"), which bounds what has no declared
//! size.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::{Error, Method, Place, local, name};
use crate::parse::{error::small_hex, limit::EXPANSION, located};

/// The bytes of a member, as far as the archive has them.
pub enum Body<'a> {
    /// They stand in the archive.
    Stored {
        /// The bytes, fewer than claimed where the archive was cut off.
        bytes: &'a [u8],
        /// Offset in the archive of the first.
        offset: u64,
    },
    /// They have to be inflated.
    Deflated(Box<Inflater<'a>>),
}

/// Finds the bytes of a member behind its local header.
///
/// # Errors
/// [`Error`] where there is no local header at its place, or the method is neither stored nor deflate, or the member
/// is encrypted.
pub fn body<'a>(input: &'a [u8], place: &Place) -> Result<Body<'a>, Error> {
    let tail = from(input, place);
    let (rest, _) = located(tail, place.header_offset, local::local_header(tail))?;
    let consumed = u64::try_from(tail.len().saturating_sub(rest.len())).unwrap_or(u64::MAX);
    let offset = place.header_offset.saturating_add(consumed);
    let claimed = usize::try_from(place.compressed_size).unwrap_or(usize::MAX);
    let bytes = rest.get(..claimed).unwrap_or(rest);
    match place.method {
        _ if place.encrypted => Err(refused(place, "an encrypted member".to_owned())),
        Method::Stored => Ok(Body::Stored { bytes, offset }),
        Method::Deflate => Ok(Body::Deflated(Box::new(Inflater::new(bytes, offset, place)))),
        Method::Other(_) => Err(refused(place, place.method.to_string())),
    }
}

/// Whether the local header has another name than the central directory: two readers of such an archive see two
/// different things.
#[must_use]
pub fn name_differs(input: &[u8], place: &Place) -> bool {
    let header = local::local_header(from(input, place));
    header.is_ok_and(|(_, header)| name::crc32(header.name) != place.name_crc32)
}

fn from<'a>(input: &'a [u8], place: &Place) -> &'a [u8] {
    let start = usize::try_from(place.header_offset).unwrap_or(usize::MAX);
    input.get(start..).unwrap_or_default()
}

fn refused(place: &Place, found: String) -> Error {
    Error::Unexpected {
        offset: place.header_offset,
        what: "zip member".to_owned(),
        expected: "stored or deflate".to_owned(),
        found,
    }
}

/// A deflated member being inflated.
pub struct Inflater<'a> {
    input: &'a [u8],
    /// Offset in the archive of the first byte of the stream.
    offset: u64,
    inflate: Decompress,
    crc: Crc,
    size: Option<u64>,
    limit: u64,
    crc32: Option<u32>,
    state: State,
}

enum State {
    Running,
    /// The stream has ended: size and CRC-32 are still to be held against the claims.
    Complete,
    /// Met behind bytes that were still handed out.
    Broken(Error),
    Ended,
}

impl<'a> Inflater<'a> {
    fn new(input: &'a [u8], offset: u64, place: &Place) -> Self {
        let most = u64::try_from(input.len()).unwrap_or(u64::MAX).saturating_mul(EXPANSION);
        Inflater {
            input,
            offset,
            inflate: Decompress::new(false),
            crc: Crc::new(),
            size: place.size,
            limit: place.size.unwrap_or(most).min(most),
            crc32: place.crc32,
            state: State::Running,
        }
    }

    /// The next bytes; none at the end.
    ///
    /// # Errors
    /// [`Error`] once, behind the last byte that could be had; then the end.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Ok(0),
                State::Broken(error) => return Err(error),
                State::Complete => return self.verdict(),
                State::Running => {}
            }
            let count = self.step(buffer);
            if let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) {
                self.crc.update(bytes);
                return Ok(count);
            }
        }
    }

    /// One call of the decompressor; sets the next state and returns the bytes of output to keep.
    fn step(&mut self, buffer: &mut [u8]) -> usize {
        let produced = self.inflate.total_out();
        let room = usize::try_from(self.limit.saturating_sub(produced)).unwrap_or(usize::MAX);
        if room == 0 {
            self.state = self.probe();
            return 0;
        }
        let length = buffer.len().min(room);
        let consumed = self.inflate.total_in();
        let (rest, buffer) = (self.rest(), buffer.get_mut(..length).unwrap_or_default());
        let status = self.inflate.decompress(rest, buffer, FlushDecompress::None);
        let count = self.inflate.total_out().saturating_sub(produced);
        let stuck = count == 0 && self.inflate.total_in() == consumed;
        self.state = self.after(status.ok(), stuck);
        usize::try_from(count).unwrap_or(usize::MAX).min(length)
    }

    fn rest(&self) -> &'a [u8] {
        let consumed = usize::try_from(self.inflate.total_in()).unwrap_or(usize::MAX);
        self.input.get(consumed..).unwrap_or_default()
    }

    fn after(&self, status: Option<Status>, stuck: bool) -> State {
        match status {
            Some(Status::StreamEnd) => State::Complete,
            Some(_) if stuck => State::Broken(self.short()),
            Some(_) => State::Running,
            None => State::Broken(self.unexpected(
                "deflate stream",
                "a valid block".to_owned(),
                "none".to_owned(),
            )),
        }
    }

    /// All declared bytes are there: the stream has to end without another one.
    fn probe(&mut self) -> State {
        let mut one = [0];
        let produced = self.inflate.total_out();
        let rest = self.rest();
        let consumed = self.inflate.total_in();
        let status = self.inflate.decompress(rest, &mut one, FlushDecompress::None);
        if self.inflate.total_out() > produced {
            let expected = format!("{} bytes", self.limit);
            return State::Broken(self.unexpected("size", expected, "more".to_owned()));
        }
        let stuck = self.inflate.total_in() == consumed;
        self.after(status.ok(), stuck)
    }

    /// Holds what came out against what the headers claim.
    fn verdict(&self) -> Result<usize, Error> {
        let (size, sum) = (self.inflate.total_out(), self.crc.sum());
        if let Some(claimed) = self.size.filter(|claimed| *claimed != size) {
            return Err(self.unexpected("size", format!("{claimed} bytes"), format!("{size}")));
        }
        if let Some(claimed) = self.crc32.filter(|claimed| *claimed != sum) {
            return Err(self.unexpected("CRC-32", format!("{claimed:08x}"), format!("{sum:08x}")));
        }
        Ok(0)
    }

    fn short(&self) -> Error {
        Error::Short {
            offset: self.offset.saturating_add(self.inflate.total_in()),
            what: "zip member, deflate stream".to_owned(),
            left: self.rest().len(),
            found: small_hex(self.rest()),
        }
    }

    fn unexpected(&self, what: &str, expected: String, found: String) -> Error {
        let offset = self.offset.saturating_add(self.inflate.total_in());
        Error::Unexpected { offset, what: format!("zip member, {what}"), expected, found }
    }
}
