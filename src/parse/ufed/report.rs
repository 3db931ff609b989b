//! `report.xml` of a `.ufdr`, as far as its list of files, and `.ufdx`.
//!
//! ```text
//! <project xmlns="http://pa.cellebrite.com/report/2.0">
//!   <taggedFiles>
//!     <file fs="…" path="/data/data/…" size="…" deleted="Intact">
//!       <accessInfo><timestamp name="ModifyTime">2023-11-14T22:13:20.000+00:00</timestamp></accessInfo>
//!       <metadata section="File"><item name="Local Path"><![CDATA[files\Database\x.db]]></item>
//!                                <item name="SHA256">…</item></metadata>
//! ```
//!
//! It has gigabytes: it is read event by event, no further than the end of the list, and no event may be larger than
//! 16 MiB.

use std::{
    cell::Cell,
    io::{self, BufRead, Read},
};

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

/// A file of the handset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportFile {
    /// Its path, as the report gives it.
    pub path: String,
    /// Where the archive has it, with `/`; empty where it has not.
    pub local: String,
    /// Its SHA-256, as the report gives it.
    pub sha256: Option<[u8; 32]>,
    /// When it was modified, as the report writes it.
    pub modified: Option<String>,
    /// Whether the tool recovered it as deleted.
    pub is_deleted: bool,
}

/// Why a report could not be read to the end of its list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UfdrFault {
    /// Bytes from the start of the report.
    pub offset: u64,
    /// The reason.
    pub message: String,
}

/// Most bytes of one event of XML.
const MOST: usize = 16 << 20;

/// The namespace of reports.
const NAMESPACE: &[u8] = b"pa.cellebrite.com/report";

/// Whether the first bytes are those of such a report.
#[must_use]
pub fn is_report(head: &[u8]) -> bool {
    head.windows(NAMESPACE.len()).any(|window| window == NAMESPACE)
}

/// Hands out the files of a report, in its order.
///
/// # Errors
/// [`UfdrFault`] where the XML breaks off or is none; the files in front of it have been handed out.
pub fn report_files(report: impl Read, each: &mut dyn FnMut(ReportFile)) -> Result<(), UfdrFault> {
    let room = Cell::new(MOST);
    let mut reader = Reader::from_reader(Bounded { inner: io::BufReader::new(report), room: &room });
    reader.config_mut().check_end_names = false;
    let mut files = Files { current: None, text: None, in_list: false, each };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        room.set(MOST);
        let event = reader.read_event_into(&mut buffer);
        let fault = |message: String| UfdrFault { offset: reader.buffer_position(), message };
        match event.map_err(|error| fault(error.to_string()))? {
            Event::Eof if files.in_list => return Err(fault("it ends within its list of files".to_owned())),
            Event::Eof => return Ok(()),
            Event::End(end) if end.local_name().as_ref() == b"taggedFiles" => return Ok(()),
            event => files.take(&event),
        }
    }
}

struct Files<'e> {
    current: Option<ReportFile>,
    /// Which text is being read, and what there is of it.
    text: Option<(Text, String)>,
    in_list: bool,
    each: &'e mut dyn FnMut(ReportFile),
}

#[derive(Clone, Copy)]
enum Text {
    Local,
    Sha256,
    Modified,
}

impl Files<'_> {
    fn take(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(start) => self.start(start),
            Event::Empty(start) if start.local_name().as_ref() == b"file" => {
                self.start(start);
                self.end(b"file");
            }
            Event::End(end) => self.end(end.local_name().as_ref()),
            Event::Text(text) => {
                // What is no reference of XML is taken as it stands.
                let read =
                    text.unescape().map_or_else(|_| String::from_utf8_lossy(text).into_owned(), Into::into);
                self.add(&read);
            }
            Event::CData(text) => self.add(&String::from_utf8_lossy(text)),
            _ => {}
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) {
        match start.local_name().as_ref() {
            b"taggedFiles" => self.in_list = true,
            b"file" if self.in_list => {
                self.current = Some(ReportFile {
                    path: attribute(start, b"path").unwrap_or_default(),
                    is_deleted: attribute(start, b"deleted")
                        .is_some_and(|state| state.eq_ignore_ascii_case("deleted")),
                    ..ReportFile::default()
                });
            }
            b"item" | b"timestamp" => {
                let text = match attribute(start, b"name").as_deref() {
                    Some("Local Path") => Some(Text::Local),
                    Some("SHA256") => Some(Text::Sha256),
                    Some("ModifyTime") => Some(Text::Modified),
                    _ => None,
                };
                self.text = text.map(|text| (text, String::new()));
            }
            _ => {}
        }
    }

    fn add(&mut self, read: &str) {
        if let Some((_, text)) = &mut self.text {
            text.push_str(read);
        }
    }

    fn end(&mut self, name: &[u8]) {
        if name == b"file" {
            self.current.take().into_iter().for_each(&mut *self.each);
        }
        let Some((text, read)) = self.text.take_if(|_| matches!(name, b"item" | b"timestamp")) else {
            return;
        };
        let Some(file) = &mut self.current else { return };
        match text {
            Text::Local => file.local = read.trim().replace('\\', "/"),
            Text::Modified => file.modified = Some(read.trim().to_owned()).filter(|text| !text.is_empty()),
            Text::Sha256 => {
                let digest = hex::decode(read.trim()).ok();
                file.sha256 = digest.and_then(|digest| digest.try_into().ok());
            }
        }
    }
}

fn attribute(start: &BytesStart<'_>, name: &[u8]) -> Option<String> {
    let found = start
        .attributes()
        .filter_map(|attribute| attribute.ok())
        .find(|a| a.key.local_name().as_ref() == name)?;
    Some(
        found
            .unescape_value()
            .map_or_else(|_| String::from_utf8_lossy(&found.value).into_owned(), Into::into),
    )
}

/// Gives an error for more bytes than an event may have.
struct Bounded<'a, R> {
    inner: R,
    room: &'a Cell<usize>,
}

impl<R: BufRead> BufRead for Bounded<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.room.get() == 0 {
            return Err(io::Error::other("an element is larger than 16 MiB"));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.room.set(self.room.get().saturating_sub(count));
        self.inner.consume(count);
    }
}

impl<R: BufRead> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

/// The paths of the `.ufd` files of a `.ufdx`, with `/`, relative to it; `None` where it is none.
#[must_use]
pub fn ufdx_extractions(input: &[u8]) -> Option<Vec<String>> {
    let mut reader = Reader::from_reader(input.get(..MOST).unwrap_or(input));
    let mut paths = Vec::new();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).ok()? {
            Event::Start(start) | Event::Empty(start) if start.local_name().as_ref() == b"Extraction" => {
                paths.extend(attribute(&start, b"Path").map(|path| path.replace('\\', "/")));
            }
            Event::Eof => return (!paths.is_empty()).then_some(paths),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"<?xml version="1.0"?><project xmlns="http://pa.cellebrite.com/report/2.0"><taggedFiles>
<file fs="x" path="/data/data/a&amp;b/x.db" size="1" deleted="Intact"><accessInfo>
<timestamp name="ModifyTime">2023-11-14T22:13:20.000+00:00</timestamp></accessInfo><metadata section="File">
<item name="Local Path"><![CDATA[files\Database\x.db]]></item><item name="SHA256">abab</item></metadata></file>
<file fs="x" path="/lost" deleted="Deleted"/></taggedFiles><decodedData>"#;

    #[test]
    fn files_are_read_up_to_the_end_of_their_list() {
        let mut files = Vec::new();
        report_files(REPORT.as_bytes(), &mut |file| files.push(file)).unwrap();
        assert_eq!(
            (files[0].path.as_str(), files[0].local.as_str()),
            ("/data/data/a&b/x.db", "files/Database/x.db")
        );
        assert_eq!(files[0].modified.as_deref(), Some("2023-11-14T22:13:20.000+00:00"));
        assert_eq!((files[0].sha256, files[0].is_deleted), (None, false));
        assert_eq!((files[1].local.as_str(), files[1].is_deleted), ("", true));
    }

    #[test]
    fn a_report_that_breaks_off_gives_the_files_in_front() {
        let mut count = 0;
        let cut = &REPORT.as_bytes()[..REPORT.len() - 60];
        assert!(report_files(cut, &mut |_| count += 1).is_err());
        assert_eq!(count, 1);
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let endless = REPORT.as_bytes().chain(io::repeat(b'x'));
        let open = "<taggedFiles><file path='a'>".as_bytes().chain(io::repeat(b'x'));
        assert!(report_files(open, &mut |_| {}).is_err());
        assert!(report_files(endless, &mut |_| {}).is_ok());
    }

    #[test]
    fn extractions_are_named_by_their_paths() {
        let input = br#"<Evidence><Extractions><Extraction TransferType="Usb" Path="FFS 01\FFS.ufd"/></Extractions></Evidence>"#;
        assert_eq!(ufdx_extractions(input), Some(vec!["FFS 01/FFS.ufd".to_owned()]));
        assert_eq!(ufdx_extractions(b"<a/>"), None);
    }
}
