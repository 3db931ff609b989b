//! What people, or a pipeline, see of a run that goes on.

use super::args::ParseOptions;
use super::text::printable;
use affiant::artifact::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal as _, Write as _};

/// Where progress goes.
pub(crate) enum Watcher {
    /// Nowhere.
    Quiet,
    /// JSON Lines on stderr.
    Json,
    /// A bar on a terminal.
    Bar(ProgressBar),
}

impl Watcher {
    pub(crate) fn new(options: &ParseOptions, artifacts: u64) -> Self {
        if options.log_json {
            return Watcher::Json;
        }
        if options.quiet || !io::stderr().is_terminal() {
            return Watcher::Quiet;
        }
        let bar = ProgressBar::new(artifacts);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
            bar.set_style(style);
        }
        Watcher::Bar(bar)
    }

    pub(crate) fn see(&self, progress: Progress<'_>) {
        match self {
            Watcher::Quiet => {}
            Watcher::Json => log(&event(progress)),
            Watcher::Bar(bar) => match progress {
                Progress::Reading { path, .. } => bar.set_message(printable(path)),
                Progress::Read { .. } => bar.inc(1),
                Progress::Sealing => bar.set_message("hashing the sources again"),
            },
        }
    }

    pub(crate) fn end(&self) {
        if let Watcher::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn event(progress: Progress<'_>) -> serde_json::Value {
    match progress {
        Progress::Reading { path, size } => serde_json::json!({"event":"reading","path":path,"size":size}),
        Progress::Read { path, size, records, findings } => {
            serde_json::json!({"event":"read","path":path,"size":size,"records":records,"findings":findings})
        }
        Progress::Sealing => serde_json::json!({"event":"sealing"}),
    }
}

/// One JSON line on stderr.
pub(crate) fn log(event: &serde_json::Value) {
    let _ = writeln!(io::stderr(), "{event}");
}
