//! Realm files that were cut or changed: live rows, rows of the commit before and of free space are read or refused, and it takes no longer.
//!
//! `AFFIANT_CORPUS=FOLDER cargo test --test realm_hostile -- --nocapture` does the same with every Realm file of the corpus.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../fuzz/inputs/realm.rs"]
mod input;
mod realm_writer;

use affiant::parse::realm;
use realm_writer::{Cell, Format, Kind, Writer, field};
use std::convert::Infallible;
use std::time::{Duration, Instant};

/// A file with deleted and changed rows in its free space.
fn written(format: Format) -> Writer {
    let mut file = Writer::new(format).leaf_rows(4);
    file.class(
        "Message",
        vec![
            field("text", Kind::Text).nullable(),
            field("at", Kind::Time),
            field("picture", Kind::Bytes).nullable(),
            field("size", Kind::Int).nullable(),
            field("answers", Kind::Links("Message")),
        ],
    );
    for number in 0..12 {
        let (text, answers) = (format!("{number} {}", "z".repeat(number as usize * 9)), vec![number / 2]);
        let cells = vec![
            Cell::Text(text),
            Cell::Time(number, 1),
            Cell::Bytes(vec![7; 70]),
            Cell::Int(number),
            Cell::Links(answers),
        ];
        file.insert("Message", cells);
    }
    file.commit();
    for key in [3, 7, 0] {
        file.delete("Message", key);
        file.commit();
        file.set("Message", 1, "text", Cell::text("another"));
        file.commit();
    }
    file
}

fn timed(what: &str, bytes: &[u8]) -> Duration {
    let started = Instant::now();
    input::file(bytes);
    let taken = started.elapsed();
    assert!(taken < Duration::from_secs(20), "{what}: {taken:?}");
    taken
}

#[test]
fn a_written_file_cut_anywhere_is_read_or_refused() {
    for format in [Format::Nine, Format::TwentyFour] {
        let bytes = written(format).bytes();
        assert!(input::file(&bytes).unwrap().older > 0);
        for length in (0..bytes.len()).step_by(16) {
            timed("cut", &bytes[..length]);
        }
    }
}

#[test]
fn a_written_file_with_any_byte_changed_is_read_or_refused() {
    for format in [Format::Nine, Format::TwentyFour] {
        let bytes = written(format).bytes();
        for at in (0..bytes.len()).step_by(7) {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            timed("changed", &changed);
        }
    }
}

#[test]
fn an_encrypted_file_cut_or_changed_is_read_or_refused() {
    let sealed = [&[1][..], &written(Format::Nine).encrypted(&input::KEY)].concat();
    assert!(input::read(&sealed).unwrap().live > 0);
    for at in (0..sealed.len()).step_by(61) {
        input::read(&sealed[..at]);
        let mut changed = sealed.clone();
        changed[at] ^= 4;
        input::read(&changed);
    }
}

const KEYS: [&[u8; 64]; 2] = [b"1234567890123456789012345678901234567890123456789012345678901234", &[1; 64]];

fn opened(bytes: Vec<u8>) -> Vec<u8> {
    let Some(key) = KEYS.iter().find_map(|key| realm::unlock(&bytes, &key[..]).ok()) else { return bytes };
    let mut plain = Vec::new();
    let done: Result<_, Infallible> = key.decrypt(&bytes, &mut |page| {
        plain.extend_from_slice(page);
        Ok(())
    });
    done.unwrap();
    plain
}

#[test]
fn every_file_of_the_corpus_cut_or_changed_is_read_or_refused() {
    let root = std::env::var_os("AFFIANT_CORPUS").map(std::path::PathBuf::from).filter(|root| root.is_dir());
    let Some(root) = root else {
        println!("SKIPPED: AFFIANT_CORPUS is not set to a folder");
        return;
    };
    let index = std::fs::read_to_string(root.join("INDEX.tsv")).unwrap();
    let paths = index.lines().map(|line| line.split('\t').next().unwrap());
    let (mut slowest, mut files, mut reads) = ((Duration::ZERO, String::new()), 0, 0);
    for (position, path) in
        paths.filter(|path| path.split('@').next().unwrap().ends_with(".realm")).enumerate()
    {
        let bytes = opened(std::fs::read(root.join(path)).unwrap());
        files += 1;
        // Every 64th byte of a file of up to 4 KiB, of larger ones 32 places, each file at another phase; at every other place a bit too.
        let step = if bytes.len() <= 4096 { 64 } else { bytes.len() / 32 };
        for (number, cut) in (position * 8 % 64..bytes.len()).step_by(step).enumerate() {
            let mut taken = timed(path, &bytes[..cut]);
            reads += 1;
            if number % 2 == 0 {
                let mut changed = bytes.clone();
                changed[cut] ^= 1 << (cut / 8 % 8);
                taken = taken.max(timed(path, &changed));
                reads += 1;
            }
            slowest = slowest.max((taken, path.to_owned()));
        }
    }
    println!("{files} files, {reads} readings, slowest {slowest:?}");
}

/// The seeds of the fuzz target: `AFFIANT_WRITE_SEEDS=1 cargo test --test realm_hostile seeds` writes them anew.
#[test]
fn the_seeds_of_the_fuzz_target_are_what_the_writer_writes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/realm");
    let (nine, new) = (written(Format::Nine), written(Format::TwentyFour));
    let seeds = [
        ("format_9", [&[0][..], &nine.bytes()].concat()),
        ("format_9_encrypted", [&[1][..], &nine.encrypted(&input::KEY)].concat()),
        ("format_24", [&[0][..], &new.bytes()].concat()),
        ("format_24_encrypted", [&[1][..], &new.encrypted(&input::KEY)].concat()),
    ];
    for (name, bytes) in seeds {
        let counts = input::read(&bytes).unwrap();
        assert!(counts.live == 9 && counts.older > 0, "{name}: {counts:?}");
        if std::env::var_os("AFFIANT_WRITE_SEEDS").is_some() {
            std::fs::write(folder.join(name), &bytes).unwrap();
        }
        assert!(std::fs::read(folder.join(name)).unwrap() == bytes, "{name} is another");
    }
}
