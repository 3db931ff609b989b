//! Whether bytes look encrypted: what a run and `identify` both ask of a file that is not what its path says.

/// Bytes without structure: nearly eight bits of entropy in each of the first 64 KiB. Compressed files are named by their first
/// bytes and are not taken for encrypted ones.
pub(super) fn looks_encrypted(bytes: &[u8]) -> bool {
    const COMPRESSED: &[&[u8]] =
        &[b"\xff\xd8\xff", b"\x89PNG", b"PK", b"\x1f\x8b", b"GIF8", b"RIFF", b"\x28\xb5\x2f\xfd", b"BZh"];
    let head = bytes.get(..65_536).unwrap_or(bytes);
    if head.len() < 1_024
        || COMPRESSED.iter().any(|magic| head.starts_with(magic))
        || head.get(4..8) == Some(b"ftyp")
    {
        return false;
    }
    let mut counts = [0_u32; 256];
    for byte in head {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let total = head.len() as f64;
    let entropy: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / total)
        .map(|share| -share * share.log2())
        .sum();
    entropy > 7.7
}
