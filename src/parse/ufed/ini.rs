//! `.ufd`: sections in brackets, a `KEY=VALUE` in each line, `;` for a comment.
//!
//! ```text
//! [Dumps]                       [FileDump]              [SHA256]
//! FileDump=EXTRACTION_FFS.zip   Type=ZIPfolder          EXTRACTION_FFS.zip=64 hex digits
//! ```

/// What a `.ufd` says of the files beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ufd {
    /// The files of the extraction, as they are named relative to the folder of the `.ufd`.
    pub dumps: Vec<String>,
    /// `(file, algorithm, digest)`: the algorithm is `md5`, `sha1` or `sha256`.
    pub digests: Vec<(String, &'static str, Vec<u8>)>,
    /// Lines of a section of hashes that are none.
    pub malformed: u64,
}

/// Bytes that are looked at; a real one has a few thousand.
const MOST: usize = 1 << 20;

/// Reads a `.ufd`; `None` where there is no section `[Dumps]`.
#[must_use]
pub fn ufd(input: &[u8]) -> Option<Ufd> {
    let text = text(input.get(..MOST).unwrap_or(input))?;
    let mut section = String::new();
    let (mut read, mut names) = (Ufd::default(), Vec::new());
    let mut digests = Vec::new();
    let mut is_ufd = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(';')) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name.trim().to_ascii_lowercase();
            is_ufd |= section == "dumps";
            continue;
        }
        let Some((key, value)) = line.split_once('=').map(|(key, value)| (key.trim(), value.trim())) else {
            continue;
        };
        match (section.as_str(), algorithm(&section)) {
            ("dumps", _) => names.push((key.to_owned(), value.replace('\\', "/"))),
            (_, Some((algorithm, length))) => match hex::decode(value) {
                Ok(digest) if digest.len() == length => {
                    digests.push((key.replace('\\', "/"), algorithm, digest))
                }
                _ => read.malformed = read.malformed.saturating_add(1),
            },
            _ => {}
        }
    }
    // A hash is given for the name of a file, or for the name of a dump.
    let file =
        |key: String| names.iter().find(|(name, _)| *name == key).map_or(key, |(_, file)| file.clone());
    read.digests = digests.into_iter().map(|(key, kind, digest)| (file(key), kind, digest)).collect();
    read.dumps = names.iter().map(|(_, file)| file.clone()).collect();
    read.dumps.sort();
    read.dumps.dedup();
    is_ufd.then_some(read)
}

fn algorithm(section: &str) -> Option<(&'static str, usize)> {
    match section {
        "md5" => Some(("md5", 16)),
        "sha1" => Some(("sha1", 20)),
        "sha256" => Some(("sha256", 32)),
        _ => None,
    }
}

/// UTF-8, or UTF-16 with its byte order mark.
fn text(input: &[u8]) -> Option<String> {
    if let Some(input) = input.strip_prefix(b"\xff\xfe") {
        let units: Vec<u16> = input.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        return String::from_utf16(&units).ok();
    }
    let input = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
    std::str::from_utf8(input).ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dumps_and_digests_are_read_by_file_or_by_the_name_of_the_dump() {
        let digest = "ab".repeat(32);
        let input = format!(
            "[DeviceInfo]\r\nModel=x\r\n[Dumps]\r\nFileDump=Sub\\a.zip\r\nKeyStore=Sub\\a.zip\r\n\
             [SHA256]\r\nFileDump={digest}\r\nb.pdf={digest}\r\nc=12\r\n"
        );
        let read = ufd(input.as_bytes()).unwrap();
        assert_eq!(read.dumps, ["Sub/a.zip"]);
        let files: Vec<_> = read.digests.iter().map(|(file, kind, _)| (file.as_str(), *kind)).collect();
        assert_eq!(files, [("Sub/a.zip", "sha256"), ("b.pdf", "sha256")]);
        assert_eq!(read.malformed, 1);
        assert_eq!(ufd(b"[General]\nDumps=1\n"), None);
    }
}
