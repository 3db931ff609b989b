//! What is sealed is checked by tools that know nothing of this one: sha256sum, bagit, minisign, openssl ts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::affiant;
use sha2::Digest as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const CASE: [&str; 8] =
    ["--case", "R v Doe", "--exhibit", "AB1", "--operator", "DC Smith", "--authority", "Warrant 12/2026"];

/// Whether a tool is there; a test without it says that it was skipped.
fn has(tool: &str, version: &[&str]) -> bool {
    let run = Command::new(tool).args(version).stdin(Stdio::null()).output();
    let found = run.is_ok_and(|run| run.status.success());
    if !found {
        eprintln!("SKIPPED: `{tool}` is not installed");
    }
    found
}

fn bag(options: &[&str]) -> (TempDir, PathBuf) {
    let work = tempfile::tempdir().unwrap();
    let report = work.path().join("report");
    let mut arguments = vec![
        "parse",
        "samples/ios",
        "--only",
        "ios.call_history,ios.device",
        "-q",
        "-o",
        report.to_str().unwrap(),
    ];
    arguments.extend(options);
    let run = affiant(&arguments).output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    (work, report)
}

/// Exit code and everything that was told.
fn told(arguments: &[&str]) -> (i32, String) {
    let run = affiant(arguments).stdin(Stdio::null()).output().unwrap();
    let text = [run.stdout, run.stderr].concat();
    (run.status.code().unwrap(), String::from_utf8_lossy(&text).into_owned())
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn ok(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).output().unwrap().status.success()
}

fn sums(report: &Path, list: &str) -> bool {
    ok(Command::new("sha256sum").args(["-c", list]).current_dir(report))
}

fn bagit(report: &Path) -> bool {
    ok(Command::new("python3").args(["-m", "bagit", "--quiet", "--validate", path(report)]))
}

fn sha256(path: &Path) -> String {
    hex::encode(sha2::Sha256::digest(fs::read(path).unwrap()))
}

#[test]
fn a_report_is_a_bag_and_what_was_done_to_it_is_told() {
    let changes: [&dyn Fn(&Path); 3] = [
        &|report| fs::write(report.join("data/run.json"), b"{}").unwrap(),
        &|report| fs::write(report.join("data/more.json"), b"{}").unwrap(),
        &|report| fs::remove_file(report.join("data/run.json")).unwrap(),
    ];
    let (has_bagit, has_sums) =
        (has("python3", &["-m", "bagit", "--version"]), has("sha256sum", &["--version"]));
    let (_work, report) = bag(&CASE);
    assert_eq!(told(&["verify", path(&report)]).0, 0);
    assert!(!has_sums || sums(&report, "manifest-sha256.txt") && sums(&report, "tagmanifest-sha256.txt"));
    assert!(!has_bagit || bagit(&report));
    for (index, change) in changes.into_iter().enumerate() {
        let (_work, report) = bag(&[]);
        change(&report);
        let (code, text) = told(&["verify", path(&report)]);
        assert!(code == 1 && text.contains("data/"), "{index}: {text}");
        // A list of sums says nothing of what it does not list; a bag does.
        assert!(!has_sums || sums(&report, "manifest-sha256.txt") == (index == 1), "{index}");
        assert!(!has_bagit || !bagit(&report), "{index}");
    }
}

#[test]
fn the_case_is_echoed_everywhere_and_is_an_option_of_the_run() {
    let (work, report) = bag(&CASE);
    let case = serde_json::json!({"name": "R v Doe", "exhibit": "AB1", "operator": "DC Smith", "authority": "Warrant 12/2026"});
    for name in ["data/report.json", "data/run.json"] {
        let value: serde_json::Value = serde_json::from_slice(&fs::read(report.join(name)).unwrap()).unwrap();
        assert_eq!(value["case"], case, "{name}");
    }
    let info = fs::read_to_string(report.join("bag-info.txt")).unwrap();
    assert!(
        info.contains("\nCase: R v Doe\nExhibit: AB1\nOperator: DC Smith\nAuthority: Warrant 12/2026\n"),
        "{info}"
    );
    let (code, text) = told(&["verify", path(&report), "samples/ios"]);
    assert_eq!(code, 0, "{text}");

    let file = work.path().join("case.toml");
    fs::write(
        &file,
        "case = \"R v Roe\"\nexhibit = \"AB1\"\noperator = \"DC Smith\"\nauthority = \"Warrant 12/2026\"\n",
    )
    .unwrap();
    let (_other, again) = bag(&["--case-file", path(&file), "--case", "R v Doe"]);
    assert_eq!(sha256(&report.join("data/report.json")), sha256(&again.join("data/report.json")));
    let (_none, without) = bag(&[]);
    assert!(!fs::read_to_string(without.join("data/report.json")).unwrap().contains("\"case\""));

    let refused = |arguments: &[&str]| {
        let output = work.path().join("refused");
        let all = [&["parse", "samples/ios", "-q", "-o", path(&output)], arguments].concat();
        let (code, text) = told(&all);
        assert!(code == 2 && !output.exists(), "{text}");
        text
    };
    fs::write(&file, "judge = \"x\"\n").unwrap();
    assert!(refused(&["--case-file", path(&file)]).contains("judge"));
    assert!(refused(&["--case", "a\nPayload-Oxum: 0.0"]).contains("one line"));
    assert!(refused(&["--exhibit", " "]).contains("exhibit"));
}

fn password(work: &TempDir, name: &str, text: &str) -> PathBuf {
    let file = work.path().join(name);
    fs::write(&file, text).unwrap();
    file
}

fn minisign(report: &Path, public: &Path) -> bool {
    let manifest = report.join("manifest-sha256.txt");
    ok(Command::new("minisign").args(["-V", "-q", "-p", path(public), "-m", path(&manifest)]))
}

#[test]
fn a_new_key_signs_and_minisign_agrees() {
    let (work, report) = bag(&CASE);
    let (key, public) = (work.path().join("lab.key"), work.path().join("lab.pub"));
    let secret = "correct horse";
    let file = password(&work, "password", &format!("{secret}\n"));
    let (code, text) =
        told(&["seal", path(&report), "--new-key", path(&key), "--password-file", path(&file)]);
    assert!(code == 0 && text.contains("signed with key"), "{text}");
    let stored = fs::read_to_string(&key).unwrap();
    assert!(!stored.contains(secret) && !text.contains(secret));
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&key).unwrap().permissions()) & 0o777,
        0o600
    );
    let has_minisign = has("minisign", &["-v"]);
    assert!(!has_minisign || minisign(&report, &public));
    let (code, text) = told(&["verify", path(&report), "samples/ios", "--public-key", path(&public)]);
    assert!(code == 0 && text.contains("signature: holds"), "{text}");
    assert!(told(&["verify", path(&report)]).1.contains("not checked"));

    let (code, text) = told(&["seal", path(&report), "--key", path(&key), "--password-file", path(&file)]);
    assert!(code == 2 && text.contains("manifest-sha256.txt.minisig"), "a second signature: {text}");
    let (_other, second) = bag(&[]);
    let wrong = password(&work, "wrong", "battery staple\n");
    let (code, text) = told(&["seal", path(&second), "--key", path(&key), "--password-file", path(&wrong)]);
    assert!(code == 2 && text.contains("password") && !text.contains("staple"), "{text}");
    // In a session of its own it has no terminal to ask at.
    if has("setsid", &["--version"]) {
        let mut asking = Command::new("setsid");
        asking.args(["-w", env!("CARGO_BIN_EXE_affiant"), "seal", path(&second), "--key", path(&key)]);
        assert!(!ok(&mut asking) && !second.join("manifest-sha256.txt.minisig").exists(), "nobody to ask");
    }
    assert_eq!(told(&["seal", path(&second), "--key", path(&key), "--password-file", path(&file)]).0, 0);
    assert!(!has_minisign || minisign(&second, &public));
    let (code, text) = told(&["verify", path(&bag(&[]).1), "--public-key", path(&public)]);
    assert!(code == 1 && text.contains("not signed"), "{text}");
}

#[test]
fn keys_are_made_outside_of_the_bag_and_overwrite_nothing() {
    let (work, report) = bag(&[]);
    let (code, text) =
        told(&["seal", path(&report), "--new-key", path(&report.join("lab.key")), "--no-password"]);
    assert!(code == 2 && text.contains("inside the report"), "{text}");
    let key = password(&work, "lab.key", "here already");
    let (code, text) = told(&["seal", path(&report), "--new-key", path(&key), "--no-password"]);
    assert!(code == 2 && text.contains("exists already"), "{text}");
    assert_eq!(fs::read_to_string(&key).unwrap(), "here already");
    fs::write(report.join("data/run.json"), b"{}").unwrap();
    let new = work.path().join("new.key");
    let (code, text) = told(&["seal", path(&report), "--new-key", path(&new), "--no-password"]);
    assert!(code == 2 && text.contains("nothing was sealed") && !new.exists(), "{text}");
}

#[test]
fn a_key_of_minisign_signs_with_and_without_a_password() {
    if !has("minisign", &["-v"]) {
        return;
    }
    for protected in [false, true] {
        let (work, report) = bag(&[]);
        let (key, public) = (work.path().join("debian.key"), work.path().join("debian.pub"));
        let mut make = Command::new("minisign");
        make.args(["-G", "-p", path(&public), "-s", path(&key)]);
        if !protected {
            make.arg("-W");
        }
        let mut child =
            make.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Without a password it reads none, and can be gone already.
        let _ = child.stdin.take().unwrap().write_all(b"tulip\ntulip\n");
        if !child.wait().unwrap().success() {
            eprintln!("SKIPPED: this minisign makes no key without a terminal (protected: {protected})");
            continue;
        }
        let file = password(&work, "password", "tulip");
        let (code, text) =
            told(&["seal", path(&report), "--key", path(&key), "--password-file", path(&file)]);
        assert_eq!(code, 0, "{text}");
        assert!(minisign(&report, &public));
    }
}

fn signed() -> (TempDir, PathBuf, PathBuf) {
    let (work, report) = bag(&CASE);
    let key = work.path().join("lab.key");
    let (code, text) = told(&["seal", path(&report), "--new-key", path(&key), "--no-password"]);
    assert_eq!(code, 0, "{text}");
    let public = work.path().join("lab.pub");
    (work, report, public)
}

/// What is told of a report whose manifest or what describes it was written anew, as a forger would.
#[test]
fn a_forged_bag_does_not_carry_the_signature() {
    let (_work, report, public) = signed();
    let check = |report: &Path| told(&["verify", path(report), "--public-key", path(&public)]);
    assert_eq!(check(&report).0, 0);
    let info = fs::read_to_string(report.join("bag-info.txt")).unwrap();
    fs::write(report.join("bag-info.txt"), info.replace("R v Doe", "R v Roe")).unwrap();
    let mut tags = String::new();
    for name in ["bag-info.txt", "bagit.txt", "manifest-sha256.txt"] {
        tags.push_str(&format!("{}  {name}\n", sha256(&report.join(name))));
    }
    fs::write(report.join("tagmanifest-sha256.txt"), tags).unwrap();
    let (code, text) = check(&report);
    assert!(code == 1 && text.contains("another tagmanifest"), "{text}");

    let (_work, report, _) = signed();
    let (code, text) = check(&report);
    assert!(code == 1 && text.contains("different from public key"), "{text}");
}

#[test]
fn a_broken_signature_is_told_and_panics_nowhere() {
    let (_work, report, public) = signed();
    let path_of = report.join("manifest-sha256.txt.minisig");
    let whole = fs::read_to_string(&path_of).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let short_second = [lines[0], lines[1], lines[2], "AAAA"].join("\n");
    let short_first = [lines[0], "AAAA", lines[2], lines[3]].join("\n");
    let other_comment = whole.replace("tagmanifest", "TAGMANIFEST");
    for text in [short_second.as_str(), &short_first, &other_comment, "", "\n\n\n\n", "untrusted comment: "] {
        fs::write(&path_of, text).unwrap();
        let (code, told) = told(&["verify", path(&report), "--public-key", path(&public)]);
        assert!(code == 1 && told.contains("minisig"), "{text:?}: {told}");
    }
}

/// A certificate authority and a time-stamping authority, as `man ts` makes them.
struct Authority(TempDir);

impl Authority {
    fn new() -> Self {
        let authority = Authority(tempfile::tempdir().unwrap());
        let config = "[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=tsa\n[dn]\nCN=Test authority\n\
            [tsa]\nextendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\nbasicConstraints=CA:FALSE\n";
        let ts = "[tsa]\ndefault_tsa=one\n[one]\nserial=serial\ncrypto_device=builtin\nsigner_cert=tsa.pem\nsigner_key=tsa.key\n\
            signer_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256\naccuracy=secs:1\nordering=yes\ntsa_name=yes\n";
        fs::write(authority.0.path().join("req.cnf"), config).unwrap();
        fs::write(authority.0.path().join("ts.cnf"), ts).unwrap();
        fs::write(authority.0.path().join("serial"), "01\n").unwrap();
        authority.openssl(&[
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-config", "req.cnf", "-keyout",
            "tsa.key", "-out", "tsa.pem",
        ]);
        authority
    }

    fn openssl(&self, arguments: &[&str]) -> String {
        let run = Command::new("openssl").args(arguments).current_dir(self.0.path()).output().unwrap();
        let text = String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned();
        assert!(run.status.success(), "openssl {}: {text}", arguments.join(" "));
        text
    }

    /// Answers a request.
    fn answer(&self, request: &Path) -> PathBuf {
        let answer = request.with_extension("tsr");
        self.openssl(&[
            "ts",
            "-reply",
            "-queryfile",
            path(request),
            "-out",
            path(&answer),
            "-config",
            "ts.cnf",
        ]);
        answer
    }
}

#[test]
fn a_report_is_stamped_and_openssl_agrees() {
    if !has("openssl", &["version"]) {
        return;
    }
    let authority = Authority::new();
    let (work, report) = bag(&[]);
    let request = work.path().join("report.tsq");
    let (code, text) = told(&["seal", path(&report), "--tsq", path(&request)]);
    assert_eq!(code, 0, "{text}");
    let manifest = report.join("manifest-sha256.txt");
    let made = work.path().join("openssl.tsq");
    authority.openssl(&[
        "ts",
        "-query",
        "-data",
        path(&manifest),
        "-sha256",
        "-no_nonce",
        "-cert",
        "-out",
        path(&made),
    ]);
    assert_eq!(fs::read(&request).unwrap(), fs::read(&made).unwrap(), "openssl makes the same request");

    let answer = authority.answer(&request);
    let (other_work, other) = bag(&["--kinds", "call"]);
    let (code, text) = told(&["seal", path(&other), "--tsr", path(&answer)]);
    assert!(code == 2 && text.contains("it stamps SHA-256"), "another report's stamp: {text}");
    assert!(!other.join("manifest-sha256.txt.tsr").exists());
    let refusal = other_work.path().join("refusal.tsr");
    fs::write(&refusal, b"\x30\x05\x30\x03\x02\x01\x02").unwrap();
    assert!(told(&["seal", path(&other), "--tsr", path(&refusal)]).1.contains("refused"));

    let (code, text) = told(&["seal", path(&report), "--tsr", path(&answer)]);
    assert!(code == 0 && text.contains("stamped at 20"), "{text}");
    let attached = report.join("manifest-sha256.txt.tsr");
    let said = authority.openssl(&[
        "ts",
        "-verify",
        "-data",
        path(&manifest),
        "-in",
        path(&attached),
        "-CAfile",
        "tsa.pem",
    ]);
    assert!(said.contains("Verification: OK"), "{said}");
    let (code, text) = told(&["verify", path(&report), "samples/ios"]);
    assert!(code == 0 && text.contains("time stamp: 20"), "{text}");
    if has("python3", &["-m", "bagit", "--version"]) {
        assert!(bagit(&report), "a sealed bag is a bag");
    }

    let list = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, list.to_uppercase()).unwrap();
    let (code, text) = told(&["verify", path(&report)]);
    assert!(code == 1 && text.contains("manifest-sha256.txt.tsr: it stamps"), "{text}");
}

fn annex(report: &Path, options: &[&str]) -> String {
    let all = [&["certificate", path(report), "--output", "-"], options].concat();
    let (code, text) = told(&all);
    assert_eq!(code, 0, "{text}");
    text
}

#[test]
fn an_annex_holds_what_the_record_holds_and_leaves_the_rest_open() {
    let (work, report, public) = signed();
    let text = annex(&report, &["--public-key", path(&public)]);
    for needed in [
        "# DRAFT",
        "902(13)",
        "902(14)",
        "28 U.S.C. 1746",
        "Criminal Justice Act 1967",
        "CrimPR 19.4",
        "R v Doe",
        "Warrant 12/2026",
        "ios.call\\_history",
        "signature: holds",
        &sha256(&report.join("data/report.json")),
        &sha256(&report.join("manifest-sha256.txt")),
        &format!("affiant {}", env!("CARGO_PKG_VERSION")),
        "[name]",
        "| Option: from | no restriction |",
        "## 6. What was not read",
    ] {
        assert!(text.contains(needed), "{needed} is missing in\n{text}");
    }
    assert_eq!(text, annex(&report, &["--public-key", path(&public)]));
    let us = annex(&report, &["--form", "us"]);
    assert!(us.contains("902(13)") && !us.contains("Criminal Justice Act") && us.contains("not checked"));
    assert!(!annex(&report, &["--form", "uk"]).contains("Certification (United States)"));

    let output = work.path().join("annex.md");
    let arguments = ["certificate", path(&report), "--output", path(&output)];
    assert_eq!((told(&arguments).0, told(&arguments).0), (0, 2), "nothing is overwritten");
    fs::write(report.join("data/run.json"), b"{}").unwrap();
    let (code, text) = told(&["certificate", path(&report), "--output", "-"]);
    assert!(code == 2 && text.contains("no annex"), "{text}");
}

#[test]
fn an_annex_names_losses_and_what_was_encrypted() {
    let work = tempfile::tempdir().unwrap();
    let evidence = work.path().join("evidence");
    let database = evidence.join("data/user_de/0/com.android.providers.telephony/databases/mmssms.db");
    fs::create_dir_all(database.parent().unwrap()).unwrap();
    fs::write(&database, [b"SQLite format 3\0".as_slice(), &[0; 100]].concat()).unwrap();
    let report = work.path().join("report");
    assert_eq!(told(&["parse", path(&evidence), "-q", "-o", path(&report)]).0, 1);
    let text = annex(&report, &[]);
    assert!(text.contains("lost to the report: 1") && text.contains("mmssms.db"), "{text}");
    assert!(text.contains("none of the whole: it was examined as a folder"), "{text}");
}
