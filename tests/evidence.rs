//! The promise of the evidence room: every file of an acquisition is listed under its device path and read as it is,
//! whatever was done to the container, and what cannot be read is said.
//!
//! The `zip` crate and `sha2` are the independent readers. Damaged and hostile archives are made from sound ones.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    io::{Cursor, Read, Write},
    path::{Path, PathBuf},
};

use affiant::evidence::{Companion, Content, Error, Evidence, Hashes, Kind, Options, SourceFile, SourceTime};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Stored)
}

fn deflated() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

fn options() -> Options {
    Options { md5: true, sha1: true, spill_dir: std::env::temp_dir(), keys: Default::default() }
}

fn open(path: &Path) -> Evidence {
    Evidence::open(path, options()).unwrap()
}

/// An archive with these members.
fn zip(members: &[(&str, SimpleFileOptions, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, options, bytes) in members {
        writer.start_file(*name, *options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn saved(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.bin");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn open_bytes(bytes: &[u8]) -> (TempDir, Evidence) {
    let (folder, path) = saved(bytes);
    let evidence = open(&path);
    (folder, evidence)
}

/// Puts other bytes of the same length in the place of a name or a field, wherever it stands.
fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<_> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

fn device_paths(evidence: &Evidence) -> Vec<&str> {
    evidence.files().iter().map(|file| file.device_path.as_str()).collect()
}

fn codes(evidence: &Evidence) -> Vec<&str> {
    evidence.findings().iter().map(|finding| finding.code).collect()
}

fn file<'a>(evidence: &'a Evidence, device_path: &str) -> &'a SourceFile {
    evidence.files().iter().find(|file| file.device_path == device_path).unwrap()
}

fn read(evidence: &Evidence, device_path: &str) -> Content {
    evidence.read(file(evidence, device_path)).unwrap()
}

fn write(root: &Path, name: &str, bytes: &[u8]) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn evidence_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Evidence>();
    shared::<Content>();
}

#[test]
fn a_folder_lists_its_files_under_their_device_paths_with_their_hashes() {
    let root = tempfile::tempdir().unwrap();
    let large = vec![5; 200_000];
    write(root.path(), "Dump/data/user/0/org.example.mail/databases/mail.db", &large);
    write(root.path(), "Dump/data/data/org.example.chat/x.xml", b"abc");
    write(root.path(), "Dump/efs/imei", b"");
    let evidence = open(root.path());
    assert_eq!((evidence.kind(), evidence.kind().to_string().as_str()), (Kind::Folder, "folder"));
    assert_eq!(evidence.total_bytes(), 200_003);
    assert!(evidence.container_hashes().unwrap().is_none());
    let expected =
        ["/data/data/org.example.chat/x.xml", "/data/data/org.example.mail/databases/mail.db", "/efs/imei"];
    assert_eq!(device_paths(&evidence), expected);
    let content = read(&evidence, expected[1]);
    assert_eq!((&*content, content.hashes.sha256), (&large[..], Sha256::digest(&large).into()));
    assert!(content.hashes.md5.is_some() && content.hashes.sha1.is_some());
    assert_eq!(&*read(&evidence, expected[2]), b"");
    assert_eq!(file(&evidence, expected[0]).original.text, "Dump/data/data/org.example.chat/x.xml");
}

#[test]
fn a_change_after_reading_is_seen() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "a", b"before");
    write(root.path(), "b", b"gone");
    let evidence = open(root.path());
    let hashes: Vec<Hashes> =
        evidence.files().iter().map(|file| evidence.read(file).unwrap().hashes).collect();
    let unchanged = |index: usize| evidence.unchanged(&evidence.files()[index], &hashes[index]).unwrap();
    assert!(unchanged(0) && unchanged(1));
    write(root.path(), "a", b"after!");
    fs::remove_file(root.path().join("b")).unwrap();
    assert!(!unchanged(0) && !unchanged(1));
}

#[test]
fn a_change_of_a_small_and_of_a_large_zip_is_seen() {
    for length in [10, 200_000] {
        let bytes = zip(&[("a", stored(), &vec![1; length]), ("b", deflated(), b"neighbour")]);
        let (_folder, path) = saved(&bytes);
        let evidence = open(&path);
        let hashes: Vec<Hashes> =
            evidence.files().iter().map(|file| evidence.read(file).unwrap().hashes).collect();
        let container = evidence.container_hashes().unwrap();
        let unchanged = |index: usize| evidence.unchanged(&evidence.files()[index], &hashes[index]).unwrap();
        assert!(unchanged(0) && unchanged(1));
        let mut changed = bytes.clone();
        changed[35] ^= 1; // in the bytes of the first member
        fs::write(&path, &changed).unwrap();
        assert!(!unchanged(0) && unchanged(1));
        assert_ne!(evidence.container_hashes().unwrap(), container);
    }
}

#[test]
fn a_second_name_in_the_local_header_is_a_finding_and_the_bytes_are_read() {
    let mut bytes = zip(&[("a", stored(), b"x")]);
    bytes[30] = b'z';
    let (_folder, evidence) = open_bytes(&bytes);
    let content = read(&evidence, "/a");
    assert_eq!(
        (&*content, content.findings[0].code, content.findings[0].loss),
        (&b"x"[..], "zip-name-differs", false)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn reading_a_file_of_ones_own_leaves_its_access_time() {
    let root = tempfile::tempdir().unwrap();
    for (name, length) in [("small", 10), ("large", 200_000)] {
        write(root.path(), name, &vec![1; length]);
        // Older than the modification: a plain read would move it (mount option relatime).
        let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        let file = fs::File::options().write(true).open(root.path().join(name)).unwrap();
        file.set_times(fs::FileTimes::new().set_accessed(long_ago)).unwrap();
        let evidence = open(root.path());
        assert_eq!(read(&evidence, &format!("/{name}")).len(), length);
        assert_eq!(fs::metadata(root.path().join(name)).unwrap().accessed().unwrap(), long_ago, "{name}");
    }
}

#[test]
fn an_empty_folder_is_evidence_without_files() {
    let root = tempfile::tempdir().unwrap();
    let evidence = open(root.path());
    assert_eq!((evidence.files().len(), evidence.findings().len()), (0, 0));
}

#[test]
fn a_path_with_nothing_there_is_one_line() {
    let error = Evidence::open(Path::new("/nonexistent/phone.zip"), options()).unwrap_err();
    assert_eq!(error.to_string(), "/nonexistent/phone.zip: no such file or folder");
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_findings_and_never_followed() {
    let root = tempfile::tempdir().unwrap();
    let outside = tempfile::NamedTempFile::new().unwrap();
    write(root.path(), "data/data/org.example/x.db", b"x");
    std::os::unix::fs::symlink(outside.path(), root.path().join("data/data/org.example/x.db-wal")).unwrap();
    std::os::unix::fs::symlink(root.path(), root.path().join("loop")).unwrap();
    std::os::unix::net::UnixListener::bind(root.path().join("socket")).unwrap();
    let evidence = open(root.path());
    assert_eq!(device_paths(&evidence), ["/data/data/org.example/x.db"]);
    assert_eq!(codes(&evidence), ["symlink-not-followed", "symlink-not-followed", "special-file"]);
    assert!(evidence.companions(&evidence.files()[0]).is_empty());
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_utf_8_keeps_its_bytes() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join(OsStr::from_bytes(b"caf\xe9")), b"x").unwrap();
    let evidence = open(root.path());
    let name = &evidence.files()[0].original;
    assert_eq!((name.text.as_str(), name.bytes.as_deref()), ("caf\\xe9", Some(&b"caf\xe9"[..])));
    assert_eq!(&*evidence.read(&evidence.files()[0]).unwrap(), b"x");
}

#[test]
fn a_loose_file_is_evidence_with_its_companions() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "mmssms.db", b"SQLite format 3\0");
    write(root.path(), "mmssms.db-wal", b"wal");
    write(root.path(), "other.db", b"other");
    write(root.path(), "mmssms.db-journal/recovered", b"a folder is no journal");
    let evidence = open(&root.path().join("mmssms.db"));
    assert_eq!((evidence.kind(), evidence.base_name()), (Kind::File, "mmssms.db"));
    assert_eq!(device_paths(&evidence), ["/mmssms.db", "/mmssms.db-wal"]);
    assert_eq!(evidence.total_bytes(), 16);
    let hashes = evidence.container_hashes().unwrap().unwrap();
    assert_eq!(hashes.sha256, <[u8; 32]>::from(Sha256::digest(b"SQLite format 3\0")));
    let found = evidence.companions(&evidence.files()[0]);
    assert_eq!(found, [(Companion::Wal, &evidence.files()[1])]);
}

#[test]
fn a_zip_is_known_by_its_content_and_read_like_an_independent_reader_does() {
    let bytes = zip(&[
        ("filesystem2/mobile/Library/SMS/sms.db", stored(), b"stored"),
        ("filesystem2/mobile/Library/SMS/sms.db-wal", deflated(), &[7; 300_000]),
        ("filesystem2/mobile/Library/SMS/sms.db-shm", deflated().large_file(true), b"index"),
        ("filesystem2/root/grüße", stored().large_file(true), b"unicode"),
    ]);
    let (folder, evidence) = open_bytes(&bytes);
    assert_eq!((evidence.kind(), evidence.total_bytes()), (Kind::Zip, bytes.len() as u64));
    assert_eq!(evidence.findings(), []);
    let expected = [
        "/private/var/mobile/Library/SMS/sms.db",
        "/private/var/mobile/Library/SMS/sms.db-shm",
        "/private/var/mobile/Library/SMS/sms.db-wal",
        "/private/var/root/grüße",
    ];
    assert_eq!(device_paths(&evidence), expected);
    assert_equal_to_oracle(&evidence, &bytes);
    let hashes = evidence.container_hashes().unwrap().unwrap();
    assert_eq!(hashes.sha256, <[u8; 32]>::from(Sha256::digest(&bytes)));
    let kinds: Vec<_> = evidence.companions(&evidence.files()[0]).iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [Companion::Wal, Companion::Shm]);
    assert_eq!(evidence.head(file(&evidence, expected[2]), 4).unwrap(), [7; 4]);
    assert_eq!(evidence.head(file(&evidence, expected[0]), 400).unwrap(), b"stored");
    drop(folder);
}

#[test]
fn the_time_of_a_zip_is_wall_clock_without_a_zone() {
    let time = zip::DateTime::from_date_and_time(2023, 11, 14, 22, 13, 20).unwrap();
    let (_folder, evidence) = open_bytes(&zip(&[("a", stored().last_modified_time(time), b"x")]));
    let expected = SourceTime::Local { text: "2023-11-14T22:13:20".to_owned(), source: "zip DOS time" };
    assert_eq!(evidence.files()[0].times.modified, Some(expected));
}

#[test]
fn copies_through_an_alias_stay_and_point_at_the_first() {
    let (_folder, evidence) = open_bytes(&zip(&[
        ("data/data/org.example/x.db", stored(), b"same"),
        ("data/user/0/org.example/x.db", stored(), b"same"),
        ("data_mirror/data_ce/null/0/org.example/x.db", stored(), b"not the same"),
        ("data/user/10/org.example/x.db", stored(), b"another user"),
    ]));
    let path = "/data/data/org.example/x.db";
    assert_eq!(device_paths(&evidence), [path, path, path, "/data/user/10/org.example/x.db"]);
    let links: Vec<_> = evidence.files().iter().map(|file| file.same_path_as).collect();
    assert_eq!(links, [None, Some(0), Some(0), None]);
    assert_eq!(codes(&evidence), ["same-device-path"]);
}

#[test]
fn companions_are_those_of_the_same_copy() {
    let (_folder, evidence) = open_bytes(&zip(&[
        ("data/data/org.example/x.db", stored(), b"first"),
        ("data/user/0/org.example/x.db", stored(), b"second"),
        ("data/user/0/org.example/x.db-wal", stored(), b"wal of the second"),
    ]));
    let count = |index: usize| evidence.companions(&evidence.files()[index]).len();
    assert_eq!((count(0), count(1)), (0, 1));
}

#[test]
fn a_name_twice_gives_two_files_and_each_is_readable() {
    let bytes = zip(&[
        ("a1", stored(), b"one"),
        ("a2", deflated(), b"two"),
        ("a1-wal", stored(), b"w1"),
        ("a2-wal", stored(), b"w2"),
    ]);
    let (_folder, evidence) = open_bytes(&replaced(replaced(bytes, b"a2-", b"a1-"), b"a2", b"a1"));
    assert_eq!(device_paths(&evidence), ["/a1", "/a1", "/a1-wal", "/a1-wal"]);
    let contents: Vec<_> =
        evidence.files().iter().map(|file| evidence.read(file).unwrap().to_vec()).collect();
    assert_eq!(contents, [&b"one"[..], b"two", b"w1", b"w2"]);
    assert_eq!(codes(&evidence), ["duplicate-name", "duplicate-name"]);
    let wal = evidence.companions(&evidence.files()[1])[0].1;
    assert_eq!(&*evidence.read(wal).unwrap(), b"w2");
}

#[test]
fn hostile_names_are_only_names() {
    let hostile: [(&[u8], &str); 6] = [
        (b"../../../etc", "/etc"),
        (b"C:\\data\\abc", "/data/abc"),
        (b"data\\x\\yyyy", "/data/x/yyyy"),
        (b"/x//./a/../b", "/x/b"),
        (b"nul\0and\nline", "/nul\0and\nline"),
        (b"caf\x82........", "/café........"),
    ];
    for (name, expected) in hostile {
        let plain = "n".repeat(name.len());
        let (_folder, evidence) =
            open_bytes(&replaced(zip(&[(&plain, stored(), b"x")]), plain.as_bytes(), name));
        assert_eq!(device_paths(&evidence), [expected]);
        assert_eq!(&*evidence.read(&evidence.files()[0]).unwrap(), b"x");
        let original = &evidence.files()[0].original;
        assert_eq!(original.bytes.as_deref().unwrap_or(original.text.as_bytes()), name);
        assert!(!original.text.contains(char::is_control));
        let is_odd =
            name.contains(&b'.') && name.contains(&b'/') || name.contains(&b'\0') || name.starts_with(b"C:");
        assert_eq!(codes(&evidence).contains(&"hostile-name"), is_odd, "{expected}");
    }
}

#[test]
fn a_link_in_a_zip_is_a_finding_and_a_folder_is_no_file() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_directory("data", stored()).unwrap();
    writer.add_symlink("data/link", "/etc/passwd", stored()).unwrap();
    let (_folder, evidence) = open_bytes(&writer.finish().unwrap().into_inner());
    assert_eq!((evidence.files().len(), codes(&evidence)), (0, vec!["symlink-not-followed"]));
}

#[test]
fn a_member_whose_bytes_were_changed_is_read_with_a_loss() {
    for method in [stored(), deflated()] {
        let mut bytes = zip(&[("a", method, b"evidence evidence evidence"), ("b", stored(), b"neighbour")]);
        bytes[33] ^= 1; // behind the local header (30) and the name (1)
        let (_folder, evidence) = open_bytes(&bytes);
        let content = read(&evidence, "/a");
        assert_eq!(content.findings.len(), 1, "{method:?}");
        assert!(content.findings[0].loss && content.findings[0].path.as_deref() == Some("a"));
        assert_eq!(content.hashes.sha256, <[u8; 32]>::from(Sha256::digest(&*content)));
        let neighbour = read(&evidence, "/b");
        assert_eq!((&*neighbour, neighbour.findings.len()), (&b"neighbour"[..], 0));
    }
}

#[test]
fn encrypted_and_unsupported_members_are_refused_by_name() {
    let sound = zip(&[("a", stored(), b"x")]);
    let central = sound.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let with = |offset: usize, value: u8| {
        let mut bytes = sound.clone();
        bytes[central + offset] = value;
        let (_folder, evidence) = open_bytes(&bytes);
        evidence.read(&evidence.files()[0]).unwrap_err()
    };
    assert!(matches!(with(8, 1), Error::Encrypted { name, offset: 0 } if name == "a"));
    assert!(matches!(with(10, 9), Error::Unsupported { method, .. } if method == "deflate64 (method 9)"));
    assert!(matches!(with(42, 3), Error::Member { name, .. } if name == "a"), "no local header at its place");
}

#[test]
fn a_large_member_is_spilled_where_it_is_allowed_and_leaves_nothing() {
    let large = vec![0; 65 * 1024 * 1024];
    let (folder, path) = saved(&zip(&[("a", deflated(), &large)]));
    let spill = tempfile::tempdir().unwrap();
    let options =
        Options { md5: false, sha1: false, spill_dir: spill.path().to_owned(), keys: Default::default() };
    let evidence = Evidence::open(&path, options).unwrap();
    let content = read(&evidence, "/a");
    assert!(content[..] == large[..] && content.findings.is_empty());
    assert_eq!(fs::read_dir(spill.path()).unwrap().count(), 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing beside the evidence");
}

#[test]
fn a_zip_cut_off_anywhere_says_so_and_gives_what_is_whole() {
    let bytes = zip(&[("data/data/org.example/a", stored(), b"first"), ("b", deflated(), &[9; 900])]);
    let second = bytes.windows(4).enumerate().filter(|(_, four)| *four == b"PK\x03\x04").nth(1).unwrap().0;
    for length in 4..bytes.len() {
        let (_folder, evidence) = open_bytes(&bytes[..length]);
        assert_eq!(evidence.kind(), Kind::Zip, "{length} bytes");
        assert!(evidence.findings().iter().any(|finding| finding.loss), "{length} bytes: no loss");
        if length >= second {
            let content = read(&evidence, "/data/data/org.example/a");
            assert_eq!((&*content, content.findings.len()), (&b"first"[..], 0), "{length} bytes");
        }
    }
}

#[test]
fn a_member_that_was_cut_off_is_read_with_a_loss() {
    let bytes = zip(&[("stored", stored(), b"0123456789"), ("deflated", deflated(), &[9; 900])]);
    let second = bytes.windows(4).enumerate().filter(|(_, four)| *four == b"PK\x03\x04").nth(1).unwrap().0;
    for (length, path, most) in [(40, "/stored", 4), (second + 42, "/deflated", 899)] {
        let (_folder, evidence) = open_bytes(&bytes[..length]);
        let found = read(&evidence, path);
        assert!(found.len() <= most, "{path}");
        assert_eq!((found.findings[0].code, found.findings[0].loss), ("member-damaged", true), "{path}");
    }
    // The same with its sizes in a descriptor that is cut off too (bit 3, no sizes in the header).
    let mut streamed = bytes[..40].to_vec();
    streamed[6] |= 8;
    streamed[14..26].fill(0);
    let (_folder, evidence) = open_bytes(&streamed);
    let found = read(&evidence, "/stored");
    assert_eq!(
        (&*found, found.findings[0].code, found.findings[0].loss),
        (&b"0123"[..], "zip-member-cut-off", true)
    );
}

#[test]
fn a_flip_of_any_byte_is_survived_with_bounded_memory() {
    let bytes = zip(&[("data/data/org.example/a", stored(), b"first"), ("b", deflated(), &[9; 900])]);
    for position in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[position] ^= 0xff;
        let (_folder, path) = saved(&damaged);
        let Ok(evidence) = Evidence::open(&path, options()) else { continue };
        for file in evidence.files() {
            let content = evidence.read(file);
            assert!(content.is_err() || content.unwrap().len() < 1_000_000, "byte {position}");
        }
    }
}

/// The same members with the same bytes, by the raw bytes of their names.
fn assert_equal_to_oracle(evidence: &Evidence, bytes: &[u8]) {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut expected = Vec::new();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).unwrap();
        if member.is_file() {
            let mut content = Vec::new();
            member.read_to_end(&mut content).unwrap();
            expected.push((member.name_raw().to_vec(), content));
        }
    }
    let ours = |file: &SourceFile| {
        let name = file.original.bytes.clone().unwrap_or_else(|| file.original.text.clone().into_bytes());
        let content = evidence.read(file).unwrap();
        assert_eq!(content.findings, []);
        assert_eq!(file.size, content.len() as u64);
        (name, content.to_vec())
    };
    let mut found: Vec<_> = evidence.files().iter().map(ours).collect();
    found.sort();
    expected.sort();
    assert!(found == expected, "{}: members differ", evidence.base_name());
}

#[test]
fn every_zip_of_the_corpus_reads_like_an_independent_reader_does() {
    let Some(corpus) = std::env::var_os("AFFIANT_CORPUS") else {
        eprintln!("skipped: AFFIANT_CORPUS is not set");
        return;
    };
    let is_zip = |path: &Path| path.extension().is_some_and(|extension| extension == "zip");
    let entries = walkdir::WalkDir::new(corpus).into_iter().map(|entry| entry.unwrap().into_path());
    let (mut count, mut layered) = (0, 0);
    for path in entries.filter(|path| is_zip(path)) {
        let options = Options { md5: false, sha1: false, ..options() };
        let evidence = Evidence::open(&path, options).unwrap();
        // tests/data/README.md of archive-forensic: an archive or an image in each of these, which is opened with it.
        if !evidence.layers().is_empty() {
            layered += 1;
            continue;
        }
        let odd = evidence.findings().iter().filter(|finding| finding.code != "archive-not-opened").count();
        assert_eq!(odd, 0, "{}: {:?}", path.display(), evidence.findings());
        assert_equal_to_oracle(&evidence, &fs::read(&path).unwrap());
        let is_case = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("testdata."));
        let is_rooted = |file: &SourceFile| file.device_path.starts_with("/private/var/");
        assert!(!is_case || evidence.files().iter().all(is_rooted), "{}", path.display());
        count += 1;
    }
    assert!(count > 0, "no zip in the corpus");
    assert!(layered <= 3, "{layered} zips of the corpus are taken for zips of archives");
}

#[test]
fn a_zip_in_a_zip_is_one_evidence_and_says_the_way() {
    let inner = zip(&[
        ("Dump/data/data/org.example/databases/x.db", stored(), &vec![3; 100_000]),
        ("Dump/data/data/org.example/databases/x.db-wal", deflated(), b"wal"),
    ]);
    for way in [stored(), deflated()] {
        let outer = zip(&[("Case/readme.txt", stored(), b"by the tool"), ("Case/FFS.zip", way, &inner)]);
        let (_folder, path) = saved(&outer);
        let evidence = open(&path);
        let expected = [
            "/Case/readme.txt",
            "/data/data/org.example/databases/x.db",
            "/data/data/org.example/databases/x.db-wal",
        ];
        assert_eq!(device_paths(&evidence), expected);
        assert_eq!(evidence.kind(), Kind::Zip);
        assert_eq!(evidence.layers().len(), 1);
        let database = file(&evidence, expected[1]);
        assert_eq!(database.within(), ["Case/FFS.zip"]);
        assert_eq!(file(&evidence, expected[0]).within(), [""; 0]);
        assert_eq!(evidence.companions(database).len(), 1);
        let content = evidence.read(database).unwrap();
        assert_eq!(*content, [3; 100_000]);
        assert!(evidence.unchanged(database, &content.hashes).unwrap());
        let at = outer.windows(8).rposition(|window| window == [3; 8]).unwrap_or(outer.len() / 2);
        fs::write(&path, [&outer[..at], &[outer[at] ^ 1], &outer[at + 1..]].concat()).unwrap();
        assert!(!evidence.unchanged(database, &content.hashes).unwrap());
    }
}

#[test]
fn an_archive_that_an_app_kept_is_a_file_of_the_handset() {
    let kept = zip(&[("data/data/org.example/x.db", stored(), &[1; 5000])]);
    let outer = zip(&[("data/data/org.example/files/kept.zip", stored(), &kept)]);
    let (_folder, evidence) = open_bytes(&outer);
    assert_eq!(device_paths(&evidence), ["/data/data/org.example/files/kept.zip"]);
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "data/data/org.example/files/kept.zip", &kept);
    write(root.path(), "kept.zip", &kept);
    assert_eq!(device_paths(&open(root.path())), ["/data/data/org.example/files/kept.zip", "/kept.zip"]);
}

#[test]
fn a_folder_of_archives_of_several_roots_is_one_evidence_and_nests_one_level() {
    let system = zip(&[("system/build.prop", stored(), b"ro.x=y")]);
    let deeper = zip(&[("data/data/org.example/x", stored(), b"x")]);
    let deep = zip(&[("inner.zip", stored(), &deeper)]);
    let outer = zip(&[("deep.zip", stored(), &deep)]);
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "one/system.zip", &system);
    write(root.path(), "one/outer.zip", &outer);
    let evidence = open(root.path());
    assert_eq!(device_paths(&evidence), ["/inner.zip", "/system/build.prop"]);
    let ways: Vec<_> = evidence.layers().into_iter().map(|layer| layer.within.join(">")).collect();
    assert_eq!(ways, ["one/outer.zip", "one/outer.zip>deep.zip", "one/system.zip"]);
}
