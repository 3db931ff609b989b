//! The rooms may know each other in one direction only (DESIGN.md, section 2).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// Room → the rooms that it may import.
const ARROWS: &[(&str, &[&str])] = &[
    ("parse", &["parse"]),
    ("record", &["record"]),
    ("evidence", &["evidence", "parse"]),
    ("artifact", &["artifact", "evidence", "parse", "record"]),
    ("report", &["report", "record"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every room that a source names as `crate::ROOM`.
fn rooms_named(text: &str) -> Vec<String> {
    let after = text.split("crate::").skip(1);
    after
        .map(|rest| {
            rest.trim_start_matches('{').chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        })
        .collect()
}

#[test]
fn no_room_knows_a_room_that_it_must_not() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut checked = 0;
    for (room, allowed) in ARROWS {
        let files = sources(&root.join(room));
        assert!(!files.is_empty(), "the room {room} is empty");
        for file in files {
            for named in rooms_named(&fs::read_to_string(&file).unwrap()) {
                let is_room = ARROWS.iter().any(|(known, _)| *known == named);
                assert!(!is_room || allowed.contains(&named.as_str()), "{} names {named}", file.display());
                checked += usize::from(is_room);
            }
        }
    }
    assert!(checked > 50, "only {checked} arrows were seen: the test no longer reads them");
}

#[test]
fn the_command_line_uses_the_library_s_public_names_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = sources(&root.join("cli"));
    files.push(root.join("main.rs"));
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert!(
            rooms_named(&text).iter().all(|room| !ARROWS.iter().any(|(known, _)| known == room)),
            "{}",
            file.display()
        );
    }
}

#[test]
fn no_app_is_named_in_rust() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in sources(&root) {
        let text = fs::read_to_string(&file).unwrap();
        let code: String = text
            .split("#[cfg(test)]")
            .next()
            .unwrap()
            .lines()
            .filter(|l| !l.trim_start().starts_with("//"))
            .collect();
        for app in ["whatsapp", "telegram", "mmssms", "com.android", "threema", "ChatStorage"] {
            let named = code.to_lowercase().contains(&app.to_lowercase());
            let is_help = file.ends_with("args.rs");
            assert!(!named || is_help, "{} names {app}", file.display());
        }
    }
}
