//! Archives made by the `zip` crate, an independent writer, and archives damaged by hand.

use std::io::{Cursor, Read, Write};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;

/// Three members: stored, deflated, deflated with the sizes of zip64.
fn sample() -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let deflated = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let members: [(&str, SimpleFileOptions, &[u8]); 3] = [
        ("data/a.txt", stored, b"stored bytes"),
        ("data/b.txt", deflated, &[b'b'; 3000]),
        ("data/grüße.txt", deflated.large_file(true), b"large file flag large file flag"),
    ];
    for (name, options, bytes) in members {
        writer.start_file(name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Everything that can be had of a member, and the error behind it.
fn unpack(input: &[u8], place: &Place) -> (Vec<u8>, Option<Error>) {
    let mut inflater = match body(input, place) {
        Ok(Body::Stored { bytes, .. }) => return (bytes.to_vec(), None),
        Ok(Body::Deflated(inflater)) => inflater,
        Err(error) => return (Vec::new(), Some(error)),
    };
    let (mut all, mut buffer) = (Vec::new(), [0; 512]);
    loop {
        match inflater.read(&mut buffer) {
            Ok(0) => return (all, None),
            Ok(count) => all.extend(&buffer[..count]),
            Err(error) => return (all, Some(error)),
        }
    }
}

fn oracle(bytes: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let read = |index| {
        let mut member: zip::read::ZipFile<'_, _> = archive.by_index(index).unwrap();
        let mut content = Vec::new();
        member.read_to_end(&mut content).unwrap();
        (member.name_raw().to_vec(), content)
    };
    (0..3).map(read).collect()
}

fn ours(bytes: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let members = archive(bytes).unwrap().members;
    members.iter().map(|member| (member.name.bytes.to_vec(), unpack(bytes, &member.place).0)).collect()
}

#[test]
fn every_member_of_an_independent_writer_is_listed_and_read() {
    let bytes = sample();
    assert_eq!(ours(&bytes), oracle(&bytes));
    assert_eq!(archive(&bytes).unwrap().findings, []);
}

#[test]
fn a_prepended_program_shifts_every_member() {
    let mut bytes = b"\x7fELF and more".to_vec();
    bytes.extend(sample());
    assert_eq!(ours(&bytes), oracle(&sample()));
    let found = archive(&bytes).unwrap().findings;
    assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["zip-prepended-bytes"]);
}

#[test]
fn a_truncated_archive_gives_every_complete_member_at_every_length() {
    let bytes = sample();
    let places: Vec<_> = archive(&bytes).unwrap().members.iter().map(|member| member.place).collect();
    let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap() as u64;
    let ends = [places[1].header_offset, places[2].header_offset, directory];
    for length in 4..bytes.len() {
        let cut = &bytes[..length];
        let found = archive(cut).unwrap();
        assert!(found.findings.iter().any(|finding| finding.loss), "{length} bytes: no finding");
        for (place, _) in places.iter().zip(ends).filter(|(_, end)| *end <= length as u64) {
            let same = |member: &&Member<'_>| member.place.header_offset == place.header_offset;
            let listed = found.members.iter().find(same).unwrap();
            assert_eq!(unpack(cut, &listed.place), unpack(&bytes, place), "{length} bytes");
        }
    }
}

#[test]
fn a_flip_of_any_byte_neither_panics_nor_grows() {
    let bytes = sample();
    for position in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[position] ^= flip;
            let Ok(archive) = archive(&damaged) else { continue };
            for member in &archive.members {
                let (content, _) = unpack(&damaged, &member.place);
                assert!(content.len() <= damaged.len() * 1032, "byte {position}");
            }
        }
    }
}

#[test]
fn an_archive_inside_a_member_is_not_taken_for_one_that_was_cut_off() {
    let inner = sample();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in [("base.apk", &inner[..]), ("next", b"cut off")] {
        writer.start_file(name, stored).unwrap();
        writer.write_all(bytes).unwrap();
    }
    let whole = writer.finish().unwrap().into_inner();
    let found = archive(&whole[..30 + 8 + inner.len() + 20]).unwrap();
    assert_eq!(found.members.iter().map(|member| member.name.bytes).collect::<Vec<_>>(), [b"base.apk"]);
    assert!(found.findings.iter().any(|finding| finding.code == "zip-truncated" && finding.loss));
}

#[test]
fn bytes_behind_the_archive_are_a_finding_and_hide_nothing() {
    let mut bytes = sample();
    bytes.extend([0; 700]);
    assert_eq!(ours(&bytes), oracle(&sample()));
    let found = archive(&bytes).unwrap().findings;
    assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["zip-trailing-bytes"]);
}

#[test]
fn two_archives_one_behind_the_other_give_the_members_of_both() {
    let bytes = [sample(), sample()].concat();
    assert_eq!(archive(&bytes).unwrap().members.len(), 6);
}

#[test]
fn a_central_directory_that_breaks_off_is_completed_from_the_local_headers() {
    let mut bytes = sample();
    let second = bytes.windows(4).enumerate().filter(|(_, four)| *four == b"PK\x01\x02").nth(1).unwrap().0;
    bytes[second] = 0;
    let found = archive(&bytes).unwrap();
    assert_eq!(found.members.len(), 3);
    assert!(found.findings.iter().any(|finding| finding.code == "zip-directory-damaged" && finding.loss));
}

#[test]
fn two_members_over_the_same_bytes_are_a_finding() {
    let mut bytes = sample();
    let second = bytes.windows(4).enumerate().filter(|(_, four)| *four == b"PK\x01\x02").nth(1).unwrap().0;
    bytes[second + 42..second + 46].copy_from_slice(&[0; 4]);
    assert!(archive(&bytes).unwrap().findings.iter().any(|finding| finding.code == "zip-members-overlap"));
}

#[test]
fn a_wrong_crc_and_a_wrong_size_are_errors_behind_the_bytes() {
    let bytes = sample();
    let place = archive(&bytes).unwrap().members[1].place;
    let wrong = |place: Place| unpack(&bytes, &place);
    let (content, error) = wrong(Place { crc32: Some(7), ..place });
    assert_eq!((content.len(), error.unwrap().to_string().contains("CRC-32")), (3000, true));
    let (content, error) = wrong(Place { size: Some(2999), ..place });
    assert_eq!((content.len(), error.unwrap().to_string().contains("2999 bytes, found more")), (2999, true));
    let (content, error) = wrong(Place { size: Some(3001), ..place });
    assert_eq!((content.len(), error.unwrap().to_string().contains("3001 bytes, found 3000")), (3000, true));
}

/// One deflated member whose sizes stand in a descriptor, with or without its signature, then cut off.
fn with_descriptor(signature: &[u8]) -> Vec<u8> {
    let whole = sample();
    let places: Vec<_> = archive(&whole).unwrap().members.iter().map(|member| member.place).collect();
    let (start, end) = (places[1].header_offset as usize, places[2].header_offset as usize);
    let mut bytes = whole[start..end].to_vec();
    bytes[6] |= 8;
    bytes[14..26].fill(0);
    bytes.extend(signature);
    bytes.extend(places[1].crc32.unwrap().to_le_bytes());
    bytes.extend((places[1].compressed_size as u32).to_le_bytes());
    bytes.extend((places[1].size.unwrap() as u32).to_le_bytes());
    bytes.extend(b"PK\x03\x04 cut off here");
    bytes
}

#[test]
fn a_descriptor_gives_the_sizes_with_and_without_its_signature() {
    for signature in [&b"PK\x07\x08"[..], b""] {
        let bytes = with_descriptor(signature);
        let found = archive(&bytes).unwrap();
        assert_eq!(found.members[0].place.size, Some(3000));
        assert_eq!(unpack(&bytes, &found.members[0].place), (vec![b'b'; 3000], None));
    }
}

#[test]
fn a_member_cut_off_before_its_descriptor_is_read_as_far_as_it_goes() {
    let bytes = with_descriptor(b"PK\x07\x08");
    let cut = &bytes[..45];
    let found = archive(cut).unwrap();
    assert_eq!((found.members.len(), found.members[0].place.size), (1, None));
    let (_, error) = unpack(cut, &found.members[0].place);
    assert!(matches!(error, Some(Error::Short { .. })), "{error:?}");
}

#[test]
fn what_is_no_archive_is_an_error() {
    assert!(matches!(archive(b"SQLite format 3\0"), Err(Error::WrongKind { .. })));
    assert!(matches!(archive(b""), Err(Error::WrongKind { .. })));
}

#[test]
fn other_methods_and_encrypted_members_are_refused_by_name() {
    let bytes = sample();
    let place = archive(&bytes).unwrap().members[0].place;
    let other = unpack(&bytes, &Place { method: 9.into(), ..place }).1.unwrap();
    assert!(other.to_string().contains("deflate64 (method 9)"), "{other}");
    let locked = unpack(&bytes, &Place { encrypted: true, ..place }).1.unwrap();
    assert!(locked.to_string().contains("an encrypted member"), "{locked}");
}

/// Written by Python's `zipfile` to a pipe, with `force_zip64`: sizes of eight bytes in descriptors behind each member.
/// `data/data/org.example/a.db` stored, `data/data/org.example/b.db` deflated, `grüße` deflated and empty.
const STREAMED: &str = "UEsDBC0ACAAAAKqxblcAAAAA//////////8aABQAZGF0YS9kYXRhL29yZy5leGFtcGxlL2EuZGIBABAAAAAAAAAAAAAAAAAAAAAA\
     AHN0b3JlZFBLBwgL+UNWBgAAAAAAAAAGAAAAAAAAAFBLAwQtAAgACACqsW5XAAAAAP//////////GgAUAGRhdGEvZGF0YS9vcmcu\
     ZXhhbXBsZS9iLmRiAQAQAAAAAAAAAAAAAAAAAAAAAABLSU3LSSxJTVFIGWWkKAAAUEsHCC7CdS8QAAAAAAAAAA4BAAAAAAAAUEsD\
     BC0ACAgIAKqxblcAAAAA//////////8HABQAZ3LDvMOfZQEAEAAAAAAAAAAAAAAAAAAAAAAAAwBQSwcIAAAAAAIAAAAAAAAAAAAA\
     AAAAAABQSwECLQMtAAgAAACqsW5XC/lDVgYAAAAGAAAAGgAAAAAAAAAAAAAAgAEAAAAAZGF0YS9kYXRhL29yZy5leGFtcGxlL2Eu\
     ZGJQSwECLQMtAAgACACqsW5XLsJ1LxAAAAAOAQAAGgAAAAAAAAAAAAAAgAFqAAAAZGF0YS9kYXRhL29yZy5leGFtcGxlL2IuZGJQ\
     SwECLQMtAAgICACqsW5XAAAAAAIAAAAAAAAABwAAAAAAAAAAAAAAgAHeAAAAZ3LDvMOfZVBLBQYAAAAAAwADAMUAAAAxAQAAAAA=";

/// Names and contents of a streamed archive that has this many members left.
fn streamed(count: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
    let members = [
        ("data/data/org.example/a.db", b"stored".to_vec()),
        ("data/data/org.example/b.db", b"deflated ".repeat(30)),
        ("grüße", Vec::new()),
    ];
    members.into_iter().take(count).map(|(name, content)| (name.as_bytes().to_vec(), content)).collect()
}

#[test]
fn a_streamed_zip64_archive_is_read_whole_and_cut_off() {
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, STREAMED).unwrap();
    assert_eq!(ours(&bytes), streamed(3));
    assert_eq!(archive(&bytes).unwrap().findings, []);
    let members = archive(&bytes).unwrap().members;
    let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap() as u64;
    // A wide descriptor with its signature has 24 bytes; in front of it, all bytes of the member are there.
    let ends = [members[1].place.header_offset - 24, members[2].place.header_offset - 24, directory - 24];
    for length in 4..bytes.len() {
        let found = ours(&bytes[..length]);
        assert!(found.len() <= 3, "{length} bytes");
        for ((ours, whole), end) in found.iter().zip(streamed(3)).zip(ends) {
            // A stored member that misses its descriptor does not say where it ends: part of that is read with it.
            let shared = ours.1.len().min(whole.1.len());
            assert!(ours.0 == whole.0 && ours.1[..shared] == whole.1[..shared], "{length} bytes");
            assert!(shared == whole.1.len() || end > length as u64, "{length} bytes");
        }
        let complete = ends.iter().filter(|end| **end <= length as u64).count();
        assert!(found.len() >= complete, "{length} bytes");
    }
}

#[test]
fn a_header_that_claims_more_than_is_left_does_not_hide_what_follows() {
    let bytes = sample();
    let members = archive(&bytes).unwrap().members;
    let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let mut cut = bytes[..directory].to_vec();
    cut[18..22].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f]);
    let found = archive(&cut).unwrap();
    assert_eq!(found.members.len(), members.len());
    assert_eq!(
        found.findings.iter().map(|finding| finding.code).collect::<Vec<_>>(),
        ["zip-truncated", "zip-members-uncertain"]
    );
}

#[test]
fn headers_without_an_end_do_not_make_the_search_quadratic() {
    // bit 3, no sizes, name `a`, and never a descriptor
    let header = b"PK\x03\x04\x14\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0a";
    let bytes = header.repeat(20_000);
    assert_eq!(archive(&bytes).unwrap().members.len(), 20_000);
}
