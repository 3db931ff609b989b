//! The `.crc` file (`Core/MMKVMetaInfo.hpp`).

/// What the `.crc` file says of its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meta {
    pub(super) crc32: u32,
    pub(super) version: u32,
    /// How often the store was written anew.
    pub(super) sequence: u32,
    vector: [u8; 16],
    /// Bytes that are used; versions before 3 say it in the store alone.
    pub(super) used: Option<u32>,
    flags: u64,
}

/// Offset of the flags: behind the last confirmed size and CRC-32, and 16 reserved numbers.
const FLAGS: usize = 104;

impl Meta {
    /// Reads it; `None` where it is cut.
    pub(super) fn of(bytes: &[u8]) -> Option<Meta> {
        let (crc32, rest) = bytes.split_first_chunk::<4>()?;
        let (version, rest) = rest.split_first_chunk::<4>()?;
        let (sequence, rest) = rest.split_first_chunk::<4>()?;
        let version = u32::from_le_bytes(*version);
        let vector = rest.first_chunk::<16>().filter(|_| version >= 2).copied();
        let used = rest.get(16..).and_then(|rest| rest.first_chunk::<4>()).filter(|_| version >= 3);
        let flags = bytes.get(FLAGS..).and_then(|rest| rest.first_chunk::<8>()).filter(|_| version >= 4);
        Some(Meta {
            crc32: u32::from_le_bytes(*crc32),
            version,
            sequence: u32::from_le_bytes(*sequence),
            vector: vector.unwrap_or([0; 16]),
            used: used.map(|bytes| u32::from_le_bytes(*bytes)),
            flags: flags.map_or(0, |bytes| u64::from_le_bytes(*bytes)),
        })
    }

    /// The vector, where there is one.
    pub(super) fn vector(&self) -> Option<[u8; 16]> {
        self.is_encrypted().then_some(self.vector)
    }

    /// A store that is encrypted has a vector from version 2 on.
    pub(super) fn is_encrypted(&self) -> bool {
        self.vector != [0; 16]
    }

    /// Whether each value ends in the second in which it expires.
    pub(super) fn has_expiry(&self) -> bool {
        self.flags & 1 == 1
    }
}
