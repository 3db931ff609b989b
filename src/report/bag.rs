//! A report's folder as a BagIt bag (RFC 8493): the report is its payload, and the hash list is one that `sha256sum -c` reads.
//!
//! ```text
//! DIR/bagit.txt                 BagIt 1.0, UTF-8
//!     bag-info.txt              what is in it, by whom, for which case
//!     manifest-sha256.txt       the files under data/
//!     tagmanifest-sha256.txt    the three above
//!     data/report.json …        the payload
//! ```

use super::case::Case;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

/// What a report consists of at the least.
pub const SEALED: &[&str] = &["report.json", "run.json"];

/// The folder of a bag that holds its payload (RFC 8493, section 2.1.2).
pub const PAYLOAD: &str = "data";
/// The hash list of the payload (section 2.1.3).
pub const MANIFEST: &str = "manifest-sha256.txt";
/// The hash list of the files that describe the bag (section 2.2.1).
pub const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";

/// The declaration (section 2.1.1).
const DECLARATION: (&str, &str) = ("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
const INFO: &str = "bag-info.txt";
/// What the tag manifest of a report lists.
const TAGS: &[&str] = &[INFO, DECLARATION.0, MANIFEST];

/// A file of a report that is not what the hash list says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its name.
    pub name: String,
    /// What is wrong.
    pub message: String,
}

/// What `bag-info.txt` says beside the size of the payload.
#[derive(Debug)]
pub struct BagInfo<'b> {
    /// The day of the run, `2023-11-14`, in UTC.
    pub date: &'b str,
    /// The base name of the evidence.
    pub evidence: &'b str,
    /// What the examiner said of the case.
    pub case: &'b Case,
}

/// Where `report.json` lies in a folder: in the payload of a bag, or in the folder itself where it was taken out of its bag.
pub fn payload(folder: &Path) -> PathBuf {
    let inner = folder.join(PAYLOAD);
    let is_bare = !inner.join("report.json").exists() && folder.join("report.json").exists();
    if is_bare { folder.to_owned() } else { inner }
}

/// SHA-256 of a file, in hex, read in pieces.
///
/// # Errors
/// Where it cannot be read.
pub fn sha256_of_file(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hex::encode(hasher.finalize()))
}

/// Makes a bag of a folder whose payload is written: its hash lists and what describes it. `lines` are those of the payload's files, as
/// [`super::Sealed::end`] gives them.
///
/// # Errors
/// Where one of its files exists, or cannot be written.
pub fn write_bag(folder: &Path, lines: &[String], info: &BagInfo<'_>) -> io::Result<()> {
    let (mut list, mut bytes) = (String::new(), 0_u64);
    for line in lines {
        let (hash, name) = line.trim_end().split_once("  ").unwrap_or((line, ""));
        list.push_str(&format!("{hash}  {PAYLOAD}/{name}\n"));
        bytes = bytes.saturating_add(fs::metadata(folder.join(PAYLOAD).join(name))?.len());
    }
    let info = told(info, (bytes, lines.len()));
    for (name, text) in [DECLARATION, (INFO, &info), (MANIFEST, &list)] {
        write_new(folder, name, text)?;
    }
    let mut tags = String::new();
    for name in TAGS {
        tags.push_str(&format!("{}  {name}\n", sha256_of_file(&folder.join(name))?));
    }
    write_new(folder, TAG_MANIFEST, &tags)
}

/// `bag-info.txt` (section 2.2.2): reserved labels first, then our own.
fn told(info: &BagInfo<'_>, (bytes, files): (u64, usize)) -> String {
    let mut text = format!("Bag-Software-Agent: affiant {}\n", env!("CARGO_PKG_VERSION"));
    text.push_str(&format!("Bagging-Date: {}\nPayload-Oxum: {bytes}.{files}\n", info.date));
    // A name comes from a file system: it could hold a line of its own.
    let name: String = info.evidence.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    text.push_str(&format!("External-Description: affiant report of {name}\n"));
    for (label, value) in info.case.labelled() {
        text.push_str(&format!("{label}: {value}\n"));
    }
    text
}

fn write_new(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let mut file = File::create_new(folder.join(name))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Holds a bag against its hash lists: every file that they list, and every file of the payload that they do not.
///
/// # Errors
/// Where there is no hash list of the payload.
pub fn check_manifest(folder: &Path) -> io::Result<Vec<Broken>> {
    let list = fs::read_to_string(folder.join(MANIFEST))?;
    let mut broken = Vec::new();
    let listed = check_list(folder, (MANIFEST, &list), &mut broken);
    for name in SEALED.iter().map(|name| format!("{PAYLOAD}/{name}")).filter(|name| !listed.contains(name)) {
        broken.push(Broken { name, message: format!("{MANIFEST} does not list it") });
    }
    for found in payload_files(folder) {
        match found {
            Ok(name)
                if listed.contains(&name)
                    || SEALED.iter().any(|sealed| name == format!("{PAYLOAD}/{sealed}")) => {}
            Ok(name) => broken.push(Broken {
                name,
                message: format!("it lies in {PAYLOAD}/ and {MANIFEST} does not list it"),
            }),
            Err(message) => broken.push(Broken { name: PAYLOAD.to_owned(), message }),
        }
    }
    check_tags(folder, &mut broken);
    Ok(broken)
}

fn check_tags(folder: &Path, broken: &mut Vec<Broken>) {
    let list = match fs::read_to_string(folder.join(TAG_MANIFEST)) {
        Ok(list) => list,
        Err(error) => {
            broken.push(Broken { name: TAG_MANIFEST.to_owned(), message: error.to_string() });
            return;
        }
    };
    let listed = check_list(folder, (TAG_MANIFEST, &list), broken);
    for name in TAGS.iter().filter(|name| !listed.contains(**name)) {
        broken.push(Broken { name: (*name).to_owned(), message: format!("{TAG_MANIFEST} does not list it") });
    }
}

/// Checks the files of one hash list; gives their names.
fn check_list(folder: &Path, (list_name, list): (&str, &str), broken: &mut Vec<Broken>) -> BTreeSet<String> {
    let mut listed = BTreeSet::new();
    for line in list.lines().filter(|line| !line.is_empty()) {
        let (said, name) = line.split_once("  ").unwrap_or((line, ""));
        listed.insert(name.to_owned());
        let message = match inside(folder, name, list_name == MANIFEST) {
            None => Some(format!("{list_name} names what is no file of the report")),
            Some(path) => match sha256_of_file(&path) {
                Ok(found) if found == said => None,
                Ok(found) => Some(format!("SHA-256 {said} in {list_name}, {found} now")),
                Err(error) => Some(error.to_string()),
            },
        };
        broken.extend(message.map(|message| Broken { name: name.to_owned(), message }));
    }
    listed
}

/// The path of a file that a hash list names, where it is one of the bag. A path could lead out of the folder, to a pipe or to another
/// report, and so could a link on the way.
fn inside(folder: &Path, name: &str, is_payload: bool) -> Option<PathBuf> {
    let is_plain = !name.is_empty() && !name.contains('\\');
    let in_payload = name.strip_prefix(PAYLOAD).is_some_and(|rest| rest.starts_with('/'));
    if !is_plain || in_payload != is_payload || !is_payload && name.contains('/') {
        return None;
    }
    let mut path = folder.to_owned();
    for component in Path::new(name).components() {
        let Component::Normal(part) = component else { return None };
        path.push(part);
        if path.symlink_metadata().is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            return None;
        }
    }
    (!name.ends_with('/') && !path.is_dir()).then_some(path)
}

/// The files under `data/`, as a hash list writes them.
fn payload_files(folder: &Path) -> impl Iterator<Item = Result<String, String>> {
    let root = folder.to_owned();
    let walk = walkdir::WalkDir::new(folder.join(PAYLOAD)).sort_by_file_name().into_iter();
    walk.filter_map(move |entry| match entry {
        Ok(entry) if entry.file_type().is_dir() => None,
        Ok(entry) => {
            let path = entry.path().strip_prefix(&root).unwrap_or(entry.path());
            let parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            Some(Ok(parts.join("/")))
        }
        Err(error) => Some(Err(error.to_string())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const WHOLE: [&str; 2] = ["data/report.json", "data/run.json"];

    fn bag() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(PAYLOAD)).unwrap();
        let lines = SEALED.iter().map(|name| {
            fs::write(folder.path().join(PAYLOAD).join(name), b"").unwrap();
            format!("{EMPTY}  {name}\n")
        });
        let lines: Vec<String> = lines.collect();
        let info = BagInfo { date: "2023-11-14", evidence: "a\nb", case: &Case::default() };
        write_bag(folder.path(), &lines, &info).unwrap();
        folder
    }

    /// What is told of a bag whose list of the payload is this.
    fn messages(names: &[&str]) -> Vec<String> {
        let bag = bag();
        let list: String = names.iter().map(|name| format!("{EMPTY}  {name}\n")).collect();
        fs::write(bag.path().join(MANIFEST), &list).unwrap();
        told_of(&bag).into_iter().filter(|line| !line.starts_with(MANIFEST)).collect()
    }

    fn told_of(bag: &tempfile::TempDir) -> Vec<String> {
        check_manifest(bag.path())
            .unwrap()
            .into_iter()
            .map(|b| format!("{}: {}", b.name, b.message))
            .collect()
    }

    #[test]
    fn a_list_that_lists_nothing_seals_nothing() {
        let told = messages(&[]);
        assert_eq!(told.len(), 2);
        assert!(told.iter().all(|line| line.ends_with("does not list it")), "{told:?}");
        assert!(messages(&WHOLE).is_empty());
    }

    #[test]
    fn a_list_cannot_lead_out_of_its_folder() {
        for name in [
            "/dev/zero",
            "../report.json",
            "data/../report.json",
            "data",
            "data/",
            "data/..",
            "..",
            "",
            "bagit.txt",
            "report.json",
        ] {
            let told = messages(&[WHOLE[0], WHOLE[1], name]);
            assert_eq!(told.len(), 1, "{name}: {told:?}");
            assert!(told[0].contains("no file of the report"), "{told:?}");
        }
    }

    #[test]
    fn a_file_that_was_added_removed_or_changed_is_told() {
        type Change<'c> = (&'c str, &'c dyn Fn(&Path));
        let changes: [Change<'_>; 4] = [
            ("data/parts/more", &|bag| {
                fs::create_dir(bag.join("data/parts")).unwrap();
                fs::write(bag.join("data/parts/more"), b"").unwrap();
            }),
            ("data/run.json", &|bag| fs::remove_file(bag.join("data/run.json")).unwrap()),
            ("bag-info.txt", &|bag| fs::write(bag.join(INFO), b"Case: another\n").unwrap()),
            (TAG_MANIFEST, &|bag| fs::remove_file(bag.join(TAG_MANIFEST)).unwrap()),
        ];
        assert_eq!(told_of(&bag()), Vec::<String>::new());
        for (name, change) in changes {
            let bag = bag();
            change(bag.path());
            let told = told_of(&bag);
            assert!(told.len() == 1 && told[0].starts_with(&format!("{name}: ")), "{name}: {told:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_payload_is_no_file_of_it() {
        let bag = bag();
        fs::remove_file(bag.path().join("data/run.json")).unwrap();
        std::os::unix::fs::symlink("/dev/null", bag.path().join("data/run.json")).unwrap();
        assert!(told_of(&bag)[0].contains("no file of the report"));
    }

    #[test]
    fn a_name_of_the_evidence_makes_no_line_of_its_own() {
        let text = fs::read_to_string(bag().path().join(INFO)).unwrap();
        assert!(
            text.lines().all(|line| line.contains(": ")) && text.contains("Payload-Oxum: 0.2\n"),
            "{text}"
        );
    }
}
