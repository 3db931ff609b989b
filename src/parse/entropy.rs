//! Whether bytes look encrypted: without structure, and of no kind that is named by its first bytes.

/// First bytes of compressed files, whose bytes have no structure either.
const COMPRESSED: &[&[u8]] = &[
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"PK",
    b"\x1f\x8b",
    b"GIF8",
    b"RIFF",
    b"\x28\xb5\x2f\xfd",
    b"BZh",
    b"\xfd7zXZ",
    b"7z\xbc\xaf",
    b"Rar!",
    b"OggS",
    b"ID3",
    b"fLaC",
    b"\x04\x22\x4d\x18",
    b"\x7fELF",
    b"dex\n",
    b"%PDF",
    b"wOF2",
    b"ANDROID BACKUP\n",
];

/// Bytes that are looked at.
const LOOKED_AT: usize = 65_536;

/// Bytes without structure: nearly eight bits of entropy in each of the first 64 KiB. Compressed files are named by their first
/// bytes and are not taken for encrypted ones.
pub fn looks_encrypted(bytes: &[u8]) -> bool {
    let head = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    if head.len() < 1_024
        || COMPRESSED.iter().any(|magic| head.starts_with(magic))
        || head.get(4..8) == Some(b"ftyp")
        || is_mpeg_audio(head)
    {
        return false;
    }
    entropy(head) > 7.7
}

/// Layer III of MPEG audio has no magic but eleven set bits (ISO/IEC 11172-3, 2.4.1.3).
fn is_mpeg_audio(head: &[u8]) -> bool {
    matches!(head, [0xff, second, ..] if second & 0xe6 == 0xe2)
}

/// Bits of each byte.
fn entropy(bytes: &[u8]) -> f64 {
    let counts = counts(bytes);
    let total = f64::from(counts.iter().sum::<u32>());
    let shares = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / total);
    shares.map(|share| -share * share.log2()).sum()
}

/// Whether every byte is as frequent as every other, as far as chance lets it: so are encrypted bytes, and hardly ever compressed
/// ones. Chi-squared of 255 degrees of freedom is above 350 in one of 100,000 random files.
pub fn looks_random(bytes: &[u8]) -> bool {
    let counts = counts(bytes);
    let expected = f64::from(counts.iter().sum::<u32>()) / 256.0;
    if expected < 4.0 {
        return false;
    }
    let squares = counts.iter().map(|count| (f64::from(*count) - expected).powi(2));
    squares.sum::<f64>() / expected < 350.0
}

fn counts(bytes: &[u8]) -> [u32; 256] {
    let mut counts = [0_u32; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count = count.saturating_add(1);
        }
    }
    counts
}
