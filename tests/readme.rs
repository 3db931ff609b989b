//! What the README shows is what its commands print.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

/// The commands of the README that run the binary, each with the output shown below it, if any.
fn shown(readme: &str) -> Vec<(String, Option<String>)> {
    let blocks: Vec<&str> = readme.split("```").collect();
    let mut commands: Vec<(String, Option<String>)> = Vec::new();
    for block in blocks.iter().skip(1).step_by(2) {
        match block.split_once('\n') {
            Some(("sh", body)) => {
                let runs = body.lines().filter_map(|line| line.strip_prefix("cargo run --release -- "));
                commands.extend(runs.map(|arguments| (arguments.to_owned(), None)));
            }
            Some(("text", body)) => commands.last_mut().unwrap().1 = Some(body.to_owned()),
            _ => {}
        }
    }
    commands
}

#[test]
fn every_command_of_the_readme_prints_what_it_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let desk = tempfile::tempdir().unwrap();
    for folder in ["samples", "formats"] {
        std::os::unix::fs::symlink(root.join(folder), desk.path().join(folder)).unwrap();
    }
    let commands = shown(&readme);
    assert_eq!(commands.iter().filter(|(_, output)| output.is_some()).count(), 3);
    let mut mended = readme.clone();
    for (arguments, expected) in commands {
        let binary = Path::new(env!("CARGO_BIN_EXE_affiant"));
        // The program that sets pages is built apart: without it the exhibit has none.
        let is_bare = arguments.starts_with("exhibit") && !binary.with_file_name("affiant-exhibit").exists();
        let without = if is_bare { " --no-pdf" } else { "" };
        let line = format!("'{}' {arguments}{without}", binary.display());
        let run = Command::new("sh").args(["-c", &line]).current_dir(desk.path()).output().unwrap();
        assert_eq!(run.status.code(), Some(0), "{arguments}: {}", String::from_utf8_lossy(&run.stderr));
        let printed = if arguments.starts_with("parse") { run.stderr } else { run.stdout };
        let printed = String::from_utf8(printed).unwrap();
        let Some(expected) = expected else { continue };
        let place = mended.find(&format!("-- {arguments}")).unwrap();
        let from = place + mended[place..].find("```text\n").unwrap() + "```text\n".len();
        mended.replace_range(from..from + expected.len(), &printed);
    }
    if std::env::var_os("AFFIANT_MEND_README").is_some() {
        fs::write(root.join("README.md"), &mended).unwrap();
        return;
    }
    assert!(
        mended == readme,
        "the README shows other output: AFFIANT_MEND_README=1 cargo test --test readme mends it"
    );
}
