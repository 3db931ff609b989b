//! What Typst sees: one page description, three files of data, the fonts. No disk, no clock, no network.

use crate::fonts::Fonts;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};

/// The description of the page.
const PAGE: &str = include_str!("schedule.typ");

/// Everything that a page is made from.
pub struct Desk<'d> {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: &'d Fonts,
    page: Source,
    data: Vec<(FileId, Bytes)>,
}

impl<'d> Desk<'d> {
    /// A desk with data under these paths.
    pub fn new(fonts: &'d Fonts, data: Vec<(&str, Vec<u8>)>) -> Result<Self, String> {
        let page = Source::new(id("/schedule.typ")?, PAGE.to_owned());
        let data = data.into_iter().map(|(path, bytes)| Ok((id(path)?, Bytes::new(bytes))));
        Ok(Desk {
            library: LazyHash::new(Library::builder().build()),
            book: LazyHash::new(fonts.book.clone()),
            fonts,
            page,
            data: data.collect::<Result<_, String>>()?,
        })
    }
}

fn id(path: &str) -> Result<FileId, String> {
    let path = VirtualPath::new(path).map_err(|error| format!("{path}: {error:?}"))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.page.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.page.id() { Ok(self.page.clone()) } else { Err(FileError::NotSource) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let found = self.data.iter().find(|(known, _)| *known == id);
        found.map(|(_, bytes)| bytes.clone()).ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index)
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
