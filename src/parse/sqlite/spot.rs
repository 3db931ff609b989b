//! A place in one of the files, and the findings that are made there.

use super::super::Finding;
use super::place::Source;

/// Where something odd was met.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub source: Source,
    pub offset: u64,
    pub page: Option<u32>,
}

impl Spot {
    pub(super) fn new(source: Source, offset: u64) -> Spot {
        Spot { source, offset, page: None }
    }

    pub(super) fn on_page(self, page: u32) -> Spot {
        Spot { page: Some(page), ..self }
    }

    /// Evidence could not be read because of this.
    pub(super) fn loss(self, code: &'static str, message: String) -> Finding {
        self.finding(code, message, true)
    }

    /// Odd, and nothing is lost by it.
    pub(super) fn note(self, code: &'static str, message: String) -> Finding {
        self.finding(code, message, false)
    }

    fn finding(self, code: &'static str, message: String, loss: bool) -> Finding {
        let Spot { source, offset, page } = self;
        Finding { code, message, offset: Some(offset), page, source: source.name(), loss }
    }
}

/// The place that a look at a page is made from where nothing leads to it.
pub(super) fn root_of(page: u32) -> Spot {
    Spot::new(Source::Main, 0).on_page(page)
}

/// A length or index as a number of bytes in a file.
pub(super) fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A claimed length as an index into memory; what memory cannot hold becomes the greatest index, which nothing fits.
pub(super) fn narrow(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
