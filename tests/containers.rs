//! The promise about containers: one extraction gives the same records, in whatever it is handed over; what is damaged
//! costs what is damaged; and every member has the bytes that another program put there.
//!
//! The `tar` crate, GNU tar and the compressors of the system are the independent writers. Where a program is not
//! installed, its test says that it was skipped.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use affiant::evidence::{Evidence, Kind, Options, SourceTime};
use common::{files, parsed, root, zip_of};
use serde_json::Value;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

fn open(path: &Path) -> Evidence {
    Evidence::open(
        path,
        Options { md5: false, sha1: false, spill_dir: std::env::temp_dir(), keys: Default::default() },
    )
    .unwrap()
}

fn saved(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// Every file by its device path, with its bytes; a loss while reading is a failure.
fn contents(evidence: &Evidence) -> Vec<(String, Vec<u8>)> {
    let read = |file: &affiant::evidence::SourceFile| {
        let content = evidence.read(file).unwrap();
        assert!(content.findings.iter().all(|finding| !finding.loss), "{:?}", content.findings);
        assert!(evidence.unchanged(file, &content.hashes).unwrap());
        (file.device_path.clone(), content.to_vec())
    };
    evidence.files().iter().map(read).collect()
}

fn codes(evidence: &Evidence) -> Vec<(&str, bool)> {
    evidence.findings().iter().map(|finding| (finding.code, finding.loss)).collect()
}

fn paths(evidence: &Evidence) -> Vec<&str> {
    evidence.files().iter().map(|file| file.device_path.as_str()).collect()
}

/// Runs a program on the bytes; nothing where it is not installed, which is told.
fn piped(program: &str, arguments: &[&str], bytes: &[u8]) -> Option<Vec<u8>> {
    let spawned = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        println!("SKIPPED: {program} is not installed");
        return None;
    };
    let mut input = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&bytes).unwrap());
    let mut output = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut output).unwrap();
    writer.join().unwrap();
    assert!(child.wait().unwrap().success(), "{program} failed");
    Some(output)
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> Option<()> {
    let status = Command::new(program).args(arguments).current_dir(folder).stderr(Stdio::inherit()).status();
    let Ok(status) = status else {
        println!("SKIPPED: {program} is not installed");
        return None;
    };
    assert!(status.success(), "{program} {arguments:?}");
    Some(())
}

/// A tar of members, by the `tar` crate.
fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(1_700_000_000);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

/// A tar of a folder, by the `tar` crate, under a prefix.
fn tar_of_folder(folder: &Path, prefix: &str) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for file in files(folder) {
        builder.append_path_with_name(folder.join(&file), Path::new(prefix).join(&file)).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip_holding(members: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A report without what the acquisition itself differs in.
fn comparable(mut report: Value) -> Value {
    report["evidence"] = Value::Null;
    for file in report["files"].as_array_mut().unwrap() {
        let file = file.as_object_mut().unwrap();
        for key in ["times", "original", "within"] {
            file.remove(key);
        }
    }
    report
}

#[test]
fn one_extraction_gives_the_same_records_in_every_container() {
    for sample in ["samples/android", "samples/ios"] {
        let work = tempfile::tempdir().unwrap();
        let tar = tar_of_folder(&root().join(sample), "Dump");
        zip_of(&root().join(sample), "Dump/", &work.path().join("a.zip"));
        let plain_zip = fs::read(work.path().join("a.zip")).unwrap();
        let (stored, deflated) = (zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated);
        let made = [
            ("zip", Some(plain_zip.clone())),
            ("tar", Some(tar.clone())),
            ("tar-gz", piped("gzip", &["-c"], &tar)),
            ("tar-zst", piped("zstd", &["-qc"], &tar)),
            ("tar-bz2", piped("bzip2", &["-c"], &tar)),
            ("tar-xz", piped("xz", &["-c"], &tar)),
            ("zip", Some(zip_holding(&[("case/extraction.tar", &tar)], stored))),
            ("zip", Some(zip_holding(&[("case/extraction.tar", &tar)], deflated))),
            ("tar", Some(tar_of(&[("extraction.zip", &plain_zip)]))),
        ];
        let (_folder, expected) = parsed(sample, &[]);
        let expected = comparable(expected);
        for (number, (kind, bytes)) in made.into_iter().enumerate() {
            let Some(bytes) = bytes else { continue };
            let path = work.path().join(format!("evidence-{number}"));
            fs::write(&path, bytes).unwrap();
            let (_folder, report) = parsed(path.to_str().unwrap(), &[]);
            assert_eq!(report["evidence"]["kind"], kind);
            assert_eq!(report["evidence"]["layers"].is_array(), number >= 6, "{number}");
            assert_eq!(report["files"][0]["within"].is_array(), number >= 6, "{number}");
            assert_eq!(comparable(report), expected, "{sample} as {kind} ({number})");
        }
    }
}

#[test]
fn a_report_on_a_nested_archive_is_verified_and_explained_to_its_bytes() {
    let tar = tar_of_folder(&root().join("samples/android"), "Dump");
    let (folder, path) =
        saved("case.zip", &zip_holding(&[("extraction.tar", &tar)], zip::CompressionMethod::Deflated));
    let (output, report) = parsed(path.to_str().unwrap(), &[]);
    let output = output.path().join("report");
    let verified = common::affiant(&["verify", output.to_str().unwrap(), path.to_str().unwrap()]);
    let run = { verified }.output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stdout));
    let id = report["messages"][0]["id"].as_str().unwrap();
    let explained =
        common::affiant(&["explain", output.to_str().unwrap(), id, path.to_str().unwrap()]).output().unwrap();
    let text = String::from_utf8(explained.stdout).unwrap();
    assert!(text.contains("extraction.tar | bsdtar -xOf - Dump/"), "{text}");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let run =
        common::affiant(&["verify", output.to_str().unwrap(), path.to_str().unwrap()]).output().unwrap();
    assert_eq!(run.status.code(), Some(1));
    drop(folder);
}

/// A folder with what tar formats are about: long names, a sparse file, an empty one, links, a fifo.
fn tree() -> Option<TempDir> {
    let folder = tempfile::tempdir().unwrap();
    let long = "l".repeat(90);
    let deep = folder.path().join(format!("data/data/org.example/{long}/{long}/{long}"));
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("grüße"), [7; 1000]).unwrap();
    let at = |name: &str| folder.path().join("data/data/org.example").join(name);
    fs::write(at("empty"), b"").unwrap();
    fs::write(at("plain"), [8; 512]).unwrap();
    let mut sparse = fs::File::create(at("sparse")).unwrap();
    sparse.set_len(3_000_000).unwrap();
    use std::io::Seek as _;
    for place in (0..40).map(|number| number * 70_000) {
        sparse.seek(std::io::SeekFrom::Start(place)).unwrap();
        sparse.write_all(&[9; 5000]).unwrap();
    }
    std::os::unix::fs::symlink("/etc/passwd", at("link")).unwrap();
    fs::hard_link(at("plain"), at("plain-again")).unwrap();
    run("mkfifo", &[at("pipe").to_str().unwrap()], folder.path())?;
    Some(folder)
}

#[test]
fn every_format_of_gnu_tar_is_read_as_it_was_written() {
    let formats: [&[&str]; 7] = [
        &["--format=ustar"],
        &["--format=gnu", "--sparse"],
        &["--format=oldgnu", "--sparse"],
        &["--format=posix"],
        &["--format=posix", "--sparse", "--sparse-version=0.0"],
        &["--format=posix", "--sparse", "--sparse-version=0.1"],
        &["--format=posix", "--sparse", "--sparse-version=1.0"],
    ];
    let Some(tree) = tree() else { return };
    let read = |name: &Path| fs::read(tree.path().join(name)).unwrap();
    for format in formats {
        let archive = tempfile::NamedTempFile::new().unwrap();
        let mut arguments = vec!["-cf", archive.path().to_str().unwrap()];
        arguments.extend(format);
        // A name of 300 bytes is more than ustar holds.
        let (skipped, fits) = ("--exclude=l*", !format.contains(&"--format=ustar"));
        arguments.extend((!fits).then_some(skipped));
        arguments.extend(["--sort=name", "data"]);
        let Some(()) = run("tar", &arguments, tree.path()) else { return };
        let evidence = open(archive.path());
        let mut found = contents(&evidence);
        found.sort();
        // The second name of a file that the archive has already is a link.
        let expected: Vec<(String, Vec<u8>)> = files(tree.path())
            .iter()
            .filter(|name| fits || !name.to_str().unwrap().contains("lll"))
            .filter(|name| !name.ends_with("plain-again"))
            .map(|name| (format!("/{}", name.display()), read(name)))
            .collect();
        assert!(
            found == expected,
            "{format:?}: {:?}",
            found.iter().map(|(n, b)| (n, b.len())).collect::<Vec<_>>()
        );
        let mut odd = codes(&evidence);
        odd.sort_unstable();
        let mut links = vec![("special-file", false), ("symlink-not-followed", false)];
        links.push(("symlink-not-followed", false));
        links.truncate(if fits { 3 } else { 2 + usize::from(odd.len() == 3) });
        assert_eq!(odd, links, "{format:?}");
    }
}

#[test]
fn the_time_of_a_tar_is_utc_to_the_nanosecond_that_it_has() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x"), b"x").unwrap();
    let arguments = ["-cf", "a.tar", "--format=posix", "--mtime=@-1.25", "x"];
    let Some(()) = run("tar", &arguments, folder.path()) else { return };
    let evidence = open(&folder.path().join("a.tar"));
    let expected = SourceTime::Utc { seconds: -2, nanos: 750_000_000, source: "tar" };
    assert_eq!(evidence.files()[0].times.modified, Some(expected));
    let (_folder, path) = saved("b.tar", &tar_of(&[("x", b"x")]));
    let expected = SourceTime::Utc { seconds: 1_700_000_000, nanos: 0, source: "tar" };
    assert_eq!(open(&path).files()[0].times.modified, Some(expected));
}

#[test]
fn the_tars_of_the_corpus_are_read_like_an_independent_reader_does() {
    let Some(corpus) = std::env::var_os("AFFIANT_CORPUS").map(PathBuf::from) else {
        println!("SKIPPED: AFFIANT_CORPUS does not name the folder of the corpus");
        return;
    };
    let mut members = 0;
    for name in files(&corpus).iter().filter(|name| name.extension().is_some_and(|end| end == "tar")) {
        let path = corpus.join(name);
        let mut expected = Vec::new();
        for entry in tar::Archive::new(fs::File::open(&path).unwrap()).entries().unwrap() {
            let mut entry = entry.unwrap();
            if entry.header().entry_type().is_file() {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).unwrap();
                expected.push(bytes);
            }
        }
        let mut found: Vec<Vec<u8>> = contents(&open(&path)).into_iter().map(|(_, bytes)| bytes).collect();
        members += found.len();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{}", path.display());
    }
    assert!(members >= 5, "only {members} members");
}

const THREE: [(&str, &[u8]); 3] = [
    ("data/data/org.example/a", &[1; 700]),
    ("data/data/org.example/b", &[2; 10]),
    ("data/data/org.example/c", &[3; 600]),
];

#[test]
fn a_tar_cut_off_anywhere_says_so_and_gives_what_is_whole() {
    let whole = tar_of(&THREE);
    for length in 513..whole.len() - 1024 {
        let (_folder, path) = saved("cut.tar", &whole[..length]);
        let evidence = open(&path);
        // Header, 700 bytes in two blocks; header, one block; header, two blocks.
        let ends = [512 + 700, 1536 + 512 + 10, 2560 + 512 + 600];
        let complete = ends.iter().filter(|end| **end <= length).count();
        for (number, file) in evidence.files().iter().enumerate() {
            let content = evidence.read(file).unwrap();
            assert_eq!(
                content.findings.iter().any(|found| found.loss),
                number >= complete,
                "cut at {length}"
            );
            assert!(number >= complete || *content == *THREE[number].1);
        }
        assert!(evidence.files().len() >= complete);
        assert_eq!(codes(&evidence), [("tar-truncated", true)], "cut at {length}");
    }
}

#[test]
fn a_damaged_header_costs_its_member_and_no_other() {
    let mut bytes = tar_of(&THREE);
    bytes[1536 + 3] ^= 1;
    let (_folder, path) = saved("flipped.tar", &bytes);
    let evidence = open(&path);
    assert_eq!(paths(&evidence), ["/data/data/org.example/a", "/data/data/org.example/c"]);
    assert_eq!(codes(&evidence), [("tar-header-damaged", true)]);
    assert_eq!(evidence.findings()[0].offset, Some(1536));
    assert_eq!(contents(&evidence)[1].1, [3; 600]);
}

#[test]
fn what_stands_behind_the_end_of_a_tar_is_listed_or_told() {
    let one = tar_of(&THREE[..1]);
    let cases = [
        ([&one[..], &tar_of(&THREE[1..])].concat(), 3, vec![("tar-goes-on", false)]),
        ([&one[..], b"signature of the tool"].concat(), 1, vec![("tar-trailing-bytes", false)]),
        ([&one[..], &[0; 20000]].concat(), 1, vec![]),
        (one[..one.len() - 1024].to_vec(), 1, vec![("tar-truncated", true)]),
    ];
    for (bytes, members, expected) in cases {
        let (_folder, path) = saved("more.tar", &bytes);
        let evidence = open(&path);
        assert_eq!((evidence.files().len(), codes(&evidence)), (members, expected));
    }
}

#[test]
fn a_compressed_tar_that_breaks_off_gives_what_is_in_front_of_it() {
    // Noise does not shrink: the compressed stream is cut inside of the last member, whatever the method.
    let mut state = 1_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    let [noise, other]: [Vec<u8>; 2] = [0; 2].map(|_| (0..400_000).map(|_| next()).collect());
    let first = &THREE[0];
    let tar = tar_of(&[*first, ("data/data/org.example/noise", &noise), ("data/data/org.example/z", &other)]);
    for (program, arguments) in [("gzip", ["-1c"]), ("zstd", ["-1qc"]), ("xz", ["-0c"])] {
        let Some(bytes) = piped(program, &arguments, &tar) else { continue };
        for keep in [bytes.len() * 9 / 10, bytes.len() - 3] {
            let (_folder, path) = saved("cut", &bytes[..keep]);
            let evidence = open(&path);
            assert!(codes(&evidence).contains(&("stream-damaged", true)), "{program} {:?}", codes(&evidence));
            assert_eq!(*evidence.read(&evidence.files()[0]).unwrap(), *first.1, "{program}");
            let second = evidence.read(&evidence.files()[1]).unwrap();
            assert!(*second == *noise, "{program}: {} bytes, {:?}", second.len(), evidence.findings());
        }
        let mut flipped = bytes.clone();
        flipped[bytes.len() - 200_000] ^= 0x10;
        let (_folder, path) = saved("flipped", &flipped);
        let evidence = open(&path);
        assert!(codes(&evidence).iter().any(|(_, loss)| *loss), "{program}: a flip is not seen");
    }
}

#[test]
fn streams_one_behind_the_other_and_zeros_behind_them_are_one_tar() {
    let tar = tar_of(&THREE);
    let (front, back) = tar.split_at(1000);
    for (program, arguments) in [("gzip", ["-c"]), ("zstd", ["-qc"]), ("bzip2", ["-c"]), ("xz", ["-c"])] {
        let parts = [front, back].map(|part| piped(program, &arguments, part));
        let [Some(one), Some(two)] = parts else { continue };
        for zeros in [0, 4096] {
            let (_folder, path) = saved("parts", &[one.clone(), two.clone(), vec![0; zeros]].concat());
            let evidence = open(&path);
            assert_eq!(codes(&evidence), [], "{program}, {zeros} zeros");
            assert_eq!(contents(&evidence).len(), 3);
        }
    }
}

#[test]
fn a_change_of_a_compressed_tar_is_seen() {
    let Some(bytes) = piped("gzip", &["-c"], &tar_of(&THREE)) else { return };
    let (_folder, path) = saved("a.tgz", &bytes);
    let evidence = open(&path);
    let file = &evidence.files()[0];
    let hashes = evidence.read(file).unwrap().hashes;
    assert!(evidence.unchanged(file, &hashes).unwrap());
    let mut changed = bytes.clone();
    changed[30] ^= 1;
    fs::write(&path, &changed).unwrap();
    assert!(!evidence.unchanged(file, &hashes).unwrap());
    fs::write(&path, &bytes).unwrap();
    assert!(evidence.unchanged(file, &hashes).unwrap());
}

#[test]
fn a_flip_of_any_byte_of_a_tar_is_survived() {
    let whole = tar_of(&THREE);
    for at in (0..whole.len() - 1024).step_by(3) {
        for flip in [1, 0x80] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            let (_folder, path) = saved("flip.tar", &bytes);
            let evidence = open(&path);
            let complete = evidence.files().iter().all(|file| evidence.read(file).is_ok());
            assert!(complete, "{at}");
        }
    }
}

#[test]
fn a_sparse_file_that_claims_far_more_than_it_holds_is_bounded() {
    let pairs = "1\n0\n5\n";
    let mut front = pairs.as_bytes().to_vec();
    front.resize(512, 0);
    front.extend(b"hello");
    let mut builder = tar::Builder::new(Vec::new());
    let records: [(&str, &[u8]); 4] = [
        ("GNU.sparse.major", b"1"),
        ("GNU.sparse.minor", b"0"),
        ("GNU.sparse.name", b"data/data/org.example/huge"),
        ("GNU.sparse.realsize", b"9000000000000000000"),
    ];
    builder.append_pax_extensions(records).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_size(front.len() as u64);
    header.set_entry_type(tar::EntryType::Regular);
    builder.append_data(&mut header, "GNUSparseFile.0/huge", &front[..]).unwrap();
    let (_folder, path) = saved("huge.tar", &builder.into_inner().unwrap());
    let evidence = open(&path);
    assert_eq!(paths(&evidence), ["/data/data/org.example/huge"]);
    assert_eq!(evidence.kind(), Kind::Tar);
    assert_eq!(evidence.head(&evidence.files()[0], 8).unwrap(), b"hello\0\0\0");
}

/// A `.ufdr` of a folder: files sorted away, and a report that says where they were.
fn ufdr_of(folder: &Path, change: impl Fn(&str) -> String) -> Vec<u8> {
    use sha2::Digest as _;
    let mut report = String::from(
        r#"<?xml version="1.0" encoding="utf-8"?><project id="x" xmlns="http://pa.cellebrite.com/report/2.0"><taggedFiles>"#,
    );
    let mut members = Vec::new();
    for (number, name) in files(folder).iter().enumerate() {
        let bytes = fs::read(folder.join(name)).unwrap();
        let (path, local) = (name.display(), format!("files\\Database\\{number}.bin"));
        let digest = hex::encode(sha2::Sha256::digest(&bytes));
        report += &format!(
            r#"<file fs="userdata" path="/{path}" size="{}" deleted="Intact"><accessInfo>
            <timestamp name="ModifyTime">2023-11-14T22:13:20+00:00</timestamp></accessInfo><metadata section="File">
            <item name="Local Path"><![CDATA[{local}]]></item><item name="SHA256"><![CDATA[{digest}]]></item>
            </metadata></file>"#,
            bytes.len()
        );
        members.push((local.replace('\\', "/"), bytes));
    }
    report += "</taggedFiles><decodedData/></project>";
    members.push(("report.xml".to_owned(), change(&report).into_bytes()));
    let members: Vec<(&str, &[u8])> =
        members.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
    zip_holding(&members, zip::CompressionMethod::Deflated)
}

#[test]
fn a_ufdr_gives_the_same_records_as_the_folder_that_it_was_made_of() {
    for sample in ["samples/android", "samples/ios"] {
        let (_folder, path) = saved("phone.ufdr", &ufdr_of(&root().join(sample), str::to_owned));
        let (_a, expected) = parsed(sample, &[]);
        let (_b, report) = parsed(path.to_str().unwrap(), &[]);
        assert_eq!(report["evidence"]["kind"], "ufdr");
        assert_eq!(report["files"][0]["times"]["modified"]["utc"], "2023-11-14T22:13:20Z");
        assert!(report["files"][0]["original"].as_str().unwrap().starts_with("files/Database/"));
        assert_eq!(comparable(report), comparable(expected), "{sample}");
    }
}

#[test]
fn a_file_of_a_ufdr_that_is_not_what_was_hashed_is_a_loss() {
    let sample = root().join("samples/android");
    let swapped = |report: &str| {
        report.replacen(
            r#"name="SHA256"><![CDATA["#,
            &format!(r#"name="SHA256"><![CDATA[{}]]></item><item name="x"><![CDATA["#, "0".repeat(64)),
            1,
        )
    };
    let (_folder, path) = saved("phone.ufdr", &ufdr_of(&sample, swapped));
    let evidence = open(&path);
    let odd = |file: &affiant::evidence::SourceFile| {
        evidence
            .read(file)
            .unwrap()
            .findings
            .iter()
            .any(|found| found.code == "recorded-hash-differs" && found.loss)
    };
    assert_eq!(evidence.files().iter().filter(|file| odd(file)).count(), 1);
    let cut = |report: &str| report[..report.len() / 2].to_owned();
    let (_folder, path) = saved("cut.ufdr", &ufdr_of(&sample, cut));
    let evidence = open(&path);
    assert_eq!(codes(&evidence), [("ufdr-report-damaged", true)]);
    let (named, kept): (Vec<_>, Vec<_>) =
        paths(&evidence).into_iter().partition(|path| path.starts_with("/data/"));
    assert!(named.len() > 5 && kept.len() > 5);
}

/// A folder as UFED leaves it.
fn ufed_folder(digest: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("EXTRACTION_FFS 01");
    fs::create_dir(&inner).unwrap();
    zip_of(&root().join("samples/android"), "Dump/", &inner.join("EXTRACTION_FFS.zip"));
    let ufd = format!(
        "[DeviceInfo]\r\nModel=x\r\n[Dumps]\r\nFileDump=EXTRACTION_FFS.zip\r\n[FileDump]\r\nType=ZIPfolder\r\n\
         ZIPLogicalPath=Dump\r\n[SHA256]\r\nEXTRACTION_FFS.zip={digest}\r\n"
    );
    fs::write(inner.join("EXTRACTION_FFS.ufd"), ufd).unwrap();
    fs::write(folder.path().join("SummaryReport.pdf"), vec![b'p'; 4_000_000]).unwrap();
    let ufdx = r#"<?xml version="1.0"?><Evidence EvidenceID="1"><DeviceInfo Vendor="x" Model="y"/><Extractions>
        <Extraction TransferType="Usb" Path="EXTRACTION_FFS 01\EXTRACTION_FFS.ufd"/></Extractions></Evidence>"#;
    fs::write(folder.path().join("EvidenceCollection.ufdx"), ufdx).unwrap();
    folder
}

#[test]
fn the_hash_lines_of_a_ufd_are_held_against_what_is_there() {
    use sha2::Digest as _;
    let right = |folder: &TempDir| {
        let bytes = fs::read(folder.path().join("EXTRACTION_FFS 01/EXTRACTION_FFS.zip")).unwrap();
        hex::encode_upper(sha2::Sha256::digest(&bytes))
    };
    let (_folder, expected) = parsed("samples/android", &[]);
    let messages = &expected["messages"];
    for holds in [true, false] {
        let folder = ufed_folder(&"ab".repeat(32));
        if holds {
            let ufd = folder.path().join("EXTRACTION_FFS 01/EXTRACTION_FFS.ufd");
            let text = fs::read_to_string(&ufd).unwrap().replace(&"ab".repeat(32), &right(&folder));
            fs::write(&ufd, text).unwrap();
        }
        let given = [
            ("folder", ""),
            ("ufed", "EvidenceCollection.ufdx"),
            ("ufed", "EXTRACTION_FFS 01/EXTRACTION_FFS.ufd"),
            ("zip", "EXTRACTION_FFS 01/EXTRACTION_FFS.zip"),
        ];
        for (kind, name) in given {
            let (_report, report) = parsed(folder.path().join(name).to_str().unwrap(), &[]);
            assert_eq!(report["evidence"]["kind"], kind);
            assert_eq!(
                report["messages"].as_array().unwrap().len(),
                messages.as_array().unwrap().len(),
                "{name}"
            );
            let of_hash = |finding: &&Value| finding["code"].as_str().unwrap().starts_with("recorded-hash");
            let found: Vec<&Value> = report["findings"].as_array().unwrap().iter().filter(of_hash).collect();
            let code = if holds { "recorded-hash-holds" } else { "recorded-hash-differs" };
            assert_eq!((found.len(), &found[0]["code"]), (1, &Value::from(code)), "{name}");
            assert_eq!(found[0]["loss"], !holds);
        }
    }
}

#[test]
fn a_dump_that_a_ufd_names_and_is_not_there_is_a_loss() {
    let folder = ufed_folder("");
    fs::remove_file(folder.path().join("EXTRACTION_FFS 01/EXTRACTION_FFS.zip")).unwrap();
    let evidence = open(folder.path());
    assert_eq!(codes(&evidence), [("ufd-malformed", false), ("ufd-file-missing", true)]);
}

#[test]
fn a_zip_with_several_roots_gives_each_its_place() {
    let zip = zip_holding(
        &[
            ("filesystem1/System/Library/CoreServices/SystemVersion.plist", b"1"),
            ("filesystem2/mobile/Library/SMS/sms.db", b"2"),
            ("extra/KeychainDump/backup_keychain_v2.plist", b"3"),
            ("metadata1/metadata.msgpack", b"4"),
        ],
        zip::CompressionMethod::Stored,
    );
    let (_folder, path) = saved("files_full.zip", &zip);
    assert_eq!(
        paths(&open(&path)),
        [
            "/System/Library/CoreServices/SystemVersion.plist",
            "/extra/KeychainDump/backup_keychain_v2.plist",
            "/metadata1/metadata.msgpack",
            "/private/var/mobile/Library/SMS/sms.db",
        ]
    );
}

/// An image of 64 MiB with a file system of a folder, by a program of the system.
fn ext4_of(folder: &Path, kind: &str) -> Option<(TempDir, PathBuf)> {
    let work = tempfile::tempdir().unwrap();
    let image = work.path().join("userdata.dd");
    fs::File::create(&image).unwrap().set_len(64 << 20).unwrap();
    let program = format!("/usr/sbin/mkfs.{kind}");
    run(&program, &["-q", "-F", "-d", folder.to_str().unwrap(), image.to_str().unwrap()], work.path())?;
    Some((work, image))
}

/// A FAT image with a folder copied into it.
fn fat_of(folder: &Path, bits: &str, size: u64) -> Option<(TempDir, PathBuf)> {
    let work = tempfile::tempdir().unwrap();
    let image = work.path().join("card.img");
    fs::File::create(&image).unwrap().set_len(size).unwrap();
    let path = image.to_str().unwrap();
    run("/usr/sbin/mkfs.vfat", &["-F", bits, path], work.path())?;
    let mut arguments = vec!["-s", "-i", path];
    let children: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    arguments.extend(children.iter().map(|child| child.to_str().unwrap()));
    arguments.push("::/");
    run("mcopy", &arguments, work.path())?;
    Some((work, image))
}

#[test]
fn an_ext_image_gives_the_same_records_as_the_folder_that_it_was_made_of() {
    let sample = "samples/android";
    let (_folder, expected) = parsed(sample, &[]);
    let expected = comparable(expected);
    for kind in ["ext2", "ext3", "ext4"] {
        let Some((work, image)) = ext4_of(&root().join(sample), kind) else { return };
        let (_folder, report) = parsed(image.to_str().unwrap(), &[]);
        assert_eq!(report["evidence"]["kind"], "raw-image");
        assert_eq!(comparable(report), expected, "{kind}");
        let bytes = fs::read(&image).unwrap();
        for (number, part) in bytes.chunks(20_000_000).enumerate() {
            fs::write(work.path().join(format!("split.{:03}", number + 1)), part).unwrap();
        }
        let (_folder, report) = parsed(work.path().join("split.001").to_str().unwrap(), &[]);
        assert_eq!(report["evidence"]["bytes"], bytes.len());
        assert_eq!(comparable(report), expected, "{kind}, split");
        let zipped = zip_holding(&[("case/userdata.dd", &bytes)], zip::CompressionMethod::Deflated);
        for inside in [piped("gzip", &["-1c"], &bytes), Some(zipped)] {
            let Some(inside) = inside else { continue };
            let (_work, path) = saved("packed", &inside);
            let (_folder, report) = parsed(path.to_str().unwrap(), &[]);
            assert_eq!(comparable(report), expected, "{kind}, packed");
        }
    }
}

/// A table of partitions with these images in them, by `sfdisk`.
fn partitioned(label: &str, images: &[&Path]) -> Option<(TempDir, PathBuf)> {
    let work = tempfile::tempdir().unwrap();
    let disk = work.path().join("mmcblk0.bin");
    let images: Vec<Vec<u8>> = images.iter().map(|image| fs::read(image).unwrap()).collect();
    let length: usize = images.iter().map(Vec::len).sum();
    fs::File::create(&disk).unwrap().set_len(length as u64 + (4 << 20)).unwrap();
    let mut script = format!("label: {label}\n");
    let mut at = 2048;
    for (number, image) in images.iter().enumerate() {
        let name = if label == "gpt" { format!(", name=\"part{number}\"") } else { String::new() };
        script += &format!("start={at}, size={}{name}\n", image.len() / 512);
        at += image.len() / 512;
    }
    let input = work.path().join("script");
    fs::write(&input, script).unwrap();
    run(
        "sh",
        &["-c", "sfdisk -q mmcblk0.bin < script || /usr/sbin/sfdisk -q mmcblk0.bin < script"],
        work.path(),
    )?;
    use std::io::{Seek as _, SeekFrom};
    let mut file = fs::File::options().write(true).open(&disk).unwrap();
    file.seek(SeekFrom::Start(2048 * 512)).unwrap();
    for image in images {
        file.write_all(&image).unwrap();
    }
    Some((work, disk))
}

#[test]
fn the_partitions_of_a_disk_are_one_evidence() {
    let card = tempfile::tempdir().unwrap();
    fs::create_dir_all(card.path().join("DCIM/Camera")).unwrap();
    fs::write(card.path().join("DCIM/Camera/IMG_20231114_221320.jpg"), [1; 40_000]).unwrap();
    let Some((_a, data)) = ext4_of(&root().join("samples/android"), "ext4") else { return };
    let Some((_b, card)) = fat_of(card.path(), "32", 40 << 20) else { return };
    let (_folder, expected) = parsed("samples/android", &[]);
    for label in ["gpt", "dos"] {
        let Some((_work, disk)) = partitioned(label, &[&data, &card]) else { return };
        let evidence = open(&disk);
        assert_eq!(codes(&evidence), [], "{label}");
        let picture = evidence.files().iter().find(|file| file.device_path.starts_with("/DCIM")).unwrap();
        let way = if label == "gpt" { "partition 2 (part1)" } else { "partition 2" };
        assert_eq!(picture.within(), [way]);
        assert_eq!(*evidence.read(picture).unwrap(), [1; 40_000]);
        let (_folder, report) = parsed(disk.to_str().unwrap(), &[]);
        assert_eq!(report["messages"], expected["messages"], "{label}");
        // The copy of a GPT at its end is used where the first is damaged.
        if label == "gpt" {
            let mut bytes = fs::read(&disk).unwrap();
            bytes[1024 + 40] ^= 1;
            fs::write(&disk, &bytes).unwrap();
            let evidence = open(&disk);
            assert_eq!(codes(&evidence), [("partition-table-damaged", false)]);
            assert_eq!(evidence.files().len(), report["evidence"]["files"].as_u64().unwrap() as usize);
        }
    }
}

#[test]
fn every_fat_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("Android/data/a long name of a folder");
    fs::create_dir_all(&deep).unwrap();
    for number in 0..200_u32 {
        let name = format!("{number} – ein längerer Name {number}.txt");
        fs::write(deep.join(name), vec![number as u8; number as usize * 97]).unwrap();
    }
    fs::write(folder.path().join("SHORT.TXT"), b"short").unwrap();
    fs::write(folder.path().join("empty"), b"").unwrap();
    for (bits, size) in [("12", 4 << 20), ("16", 32 << 20), ("32", 64 << 20)] {
        let Some((_work, image)) = fat_of(folder.path(), bits, size) else { return };
        let evidence = open(&image);
        assert_eq!((codes(&evidence), evidence.kind()), (vec![], Kind::RawImage));
        let expected: Vec<(String, Vec<u8>)> = files(folder.path())
            .iter()
            .map(|name| (format!("/{}", name.display()), fs::read(folder.path().join(name)).unwrap()))
            .collect();
        let mut found = contents(&evidence);
        found.sort();
        assert!(found == expected, "FAT{bits}: {:?}", found.iter().map(|(name, _)| name).collect::<Vec<_>>());
    }
}

#[test]
fn a_flip_of_any_byte_of_the_tables_of_a_fat_is_survived() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("a/b")).unwrap();
    fs::write(folder.path().join("a/b/file"), [1; 5000]).unwrap();
    let Some((_work, image)) = fat_of(folder.path(), "16", 16 << 20) else { return };
    let whole = fs::read(&image).unwrap();
    let (_folder, path) = saved("flip.img", &whole);
    let interesting: Vec<usize> =
        (0..whole.len().min(200_000)).filter(|at| *at < 64 || whole[*at] != 0).collect();
    for at in interesting.into_iter().step_by(41) {
        for flip in [1, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            fs::write(&path, &bytes).unwrap();
            let evidence = open(&path);
            for file in evidence.files().iter().filter(|file| file.size < 1 << 20) {
                let _ = evidence.read(file);
            }
        }
    }
}

#[test]
fn an_image_that_cannot_be_read_is_named_for_what_it_is() {
    let cases: [(usize, &[u8], &str); 4] = [
        (1024, &[0x10, 0x20, 0xf5, 0xf2], "F2FS"),
        (32, b"NXSB", "APFS"),
        (0, b"EVF\x09\x0d\x0a\xff\0", "Expert Witness"),
        (0, &[0x3a, 0xff, 0x26, 0xed], "sparse image of Android"),
    ];
    for (offset, magic, name) in cases {
        let mut bytes = vec![0; 100_000];
        bytes[offset..offset + magic.len()].copy_from_slice(magic);
        let (_folder, path) = saved("image.bin", &bytes);
        let run = common::affiant(&["identify", path.to_str().unwrap()]).output().unwrap();
        let text = String::from_utf8(run.stdout).unwrap();
        assert!(text.contains(name) && text.contains("raw-image"), "{text}");
        assert_eq!(run.status.code(), Some(1));
        let (_folder, report) = parsed(path.to_str().unwrap(), &[]);
        assert_eq!(report["findings"][0]["code"], "image-not-readable");
    }
}

#[test]
fn the_images_of_the_corpus_are_read_or_named() {
    let Some(corpus) = std::env::var_os("AFFIANT_CORPUS").map(PathBuf::from) else {
        println!("SKIPPED: AFFIANT_CORPUS does not name the folder of the corpus");
        return;
    };
    // dfvfs and plaso, tests/vfs: what their images hold.
    let evidence = open(&corpus.join("log2timeline+plaso/test_data/syslog_image.dd"));
    let found = contents(&evidence);
    let named: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(named, ["/logs/hidden.zip", "/logs/sys.tgz"]);
    let evidence = open(&corpus.join("log2timeline+dfvfs/test_data/apfs.raw"));
    assert_eq!(codes(&evidence), [("image-not-readable", true)]);
    let evidence = open(&corpus.join("log2timeline+dfvfs/test_data/ext2.qcow2"));
    assert_eq!(codes(&evidence), [("image-not-readable", true)]);
}

/// A block device of an image; the driver of exFAT takes nothing else.
fn loop_device(image: &Path) -> Option<String> {
    let made = Command::new("losetup").args(["-f", "--show"]).arg(image).output();
    let Some(made) = made.ok().filter(|made| made.status.success()) else {
        println!("SKIPPED: losetup makes no device here");
        return None;
    };
    Some(String::from_utf8(made.stdout).unwrap().trim().to_owned())
}

fn detach(device: &str) {
    assert!(Command::new("losetup").args(["-d", device]).status().unwrap().success());
}

#[test]
fn an_exfat_volume_is_read_as_its_driver_wrote_it() {
    let work = tempfile::tempdir().unwrap();
    let image = work.path().join("card.img");
    let mount = work.path().join("mounted");
    fs::create_dir(&mount).unwrap();
    fs::File::create(&image).unwrap().set_len(32 << 20).unwrap();
    let Some(()) = run("/usr/sbin/mkfs.exfat", &[image.to_str().unwrap()], work.path()) else { return };
    let Some(device) = loop_device(&image) else { return };
    let mounted = Command::new("mount.exfat-fuse").arg(&device).arg(&mount).output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        println!("SKIPPED: mount.exfat-fuse cannot mount here");
        return detach(&device);
    }
    let folder = mount.join("Android/media/ein längerer Name 📷");
    fs::create_dir_all(&folder).unwrap();
    // Two files that grow in turn: their clusters do not follow each other.
    let mut turns = [0, 1].map(|number| fs::File::create(folder.join(format!("turn {number}.bin"))).unwrap());
    for round in 0..20_u8 {
        for (number, file) in turns.iter_mut().enumerate() {
            file.write_all(&vec![round * 2 + number as u8; 50_000]).unwrap();
            file.sync_all().unwrap();
        }
    }
    for number in 0..300 {
        fs::write(folder.join(format!("{number}.txt")), vec![number as u8; number * 31]).unwrap();
    }
    let read = |name: &PathBuf| (format!("/{}", name.display()), fs::read(mount.join(name)).unwrap());
    let expected: Vec<(String, Vec<u8>)> = files(&mount).iter().map(read).collect();
    drop(turns);
    assert!(Command::new("umount").arg(&mount).status().unwrap().success());
    detach(&device);
    let evidence = open(&image);
    assert_eq!((codes(&evidence), evidence.kind()), (vec![], Kind::RawImage));
    let mut found = contents(&evidence);
    found.sort();
    let mut expected = expected;
    expected.sort();
    assert_eq!(found.len(), 302);
    assert!(found == expected);
}

#[test]
fn a_flip_of_a_byte_of_a_compressed_tar_is_survived_and_seen() {
    let tar = tar_of_folder(&root().join("samples/ios/private/var/mobile/Library/SMS"), "Library/SMS");
    for (program, arguments) in [("gzip", ["-c"]), ("zstd", ["-qc"]), ("bzip2", ["-c"]), ("xz", ["-c"])] {
        let Some(bytes) = piped(program, &arguments, &tar) else { continue };
        let (_folder, path) = saved("sound", &bytes);
        let sound = contents(&open(&path));
        for at in (0..bytes.len()).step_by(bytes.len() / 150 + 1) {
            for flip in [1, 0x80] {
                let mut flipped = bytes.clone();
                flipped[at] ^= flip;
                let (_folder, path) = saved("flipped", &flipped);
                let evidence = open(&path);
                let names: Vec<&str> =
                    evidence.files().iter().map(|file| file.original.text.as_str()).collect();
                let is_seen = evidence.kind() == Kind::File || codes(&evidence).iter().any(|(_, loss)| *loss);
                // The header of gzip holds a time and a name that no checksum covers; and in a run of zeros one distance is as good as
                // another, so that a flip there changes no byte.
                let is_seen = is_seen || at < 20 || contents(&evidence) == sound;
                assert!(is_seen, "{program}: a flip at {at} of {}: {names:?}", bytes.len());
                for file in evidence.files().iter().filter(|file| file.size < 16 << 20) {
                    let _ = evidence.read(file);
                }
            }
        }
    }
}

#[test]
fn a_flip_of_a_byte_of_an_ext4_image_is_survived() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("data/org.example/databases")).unwrap();
    fs::write(folder.path().join("data/org.example/databases/x.db"), vec![7; 300_000]).unwrap();
    let Some((_work, image)) = ext4_of(folder.path(), "ext4") else { return };
    let whole = fs::read(&image).unwrap();
    let used: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] != 0 && whole[*at] != 7).collect();
    for at in used.iter().step_by(used.len() / 400 + 1) {
        let mut file = fs::File::options().write(true).open(&image).unwrap();
        let mut put = |byte: u8| {
            use std::io::{Seek as _, SeekFrom};
            file.seek(SeekFrom::Start(*at as u64)).unwrap();
            file.write_all(&[byte]).unwrap();
        };
        put(whole[*at] ^ 0xff);
        let evidence = open(&image);
        for file in evidence.files().iter().filter(|file| file.size < 16 << 20) {
            let _ = evidence.read(file);
        }
        put(whole[*at]);
    }
}
