//! How far something is that takes long, on a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error; nothing, if that is no terminal.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

/// How often what has no measure shows that it goes on.
const TICK: Duration = Duration::from_millis(120);

impl Progress {
    /// Shows how much of something is done.
    pub(crate) fn new(unit: &str) -> Progress {
        let progress = Progress::on(ProgressBar::new(0));
        let template = format!("{{wide_bar}} {{percent:>3}} %  {{pos}} of {{len}} {unit}, {{msg}}");
        progress.styled(&template)
    }

    /// Shows that something goes on.
    pub(crate) fn spinner(what: &'static str) -> Progress {
        let progress = Progress::on(ProgressBar::new_spinner()).styled("{spinner} {msg}  {elapsed}");
        progress.0.set_message(what);
        if !progress.0.is_hidden() {
            progress.0.enable_steady_tick(TICK);
        }
        progress
    }

    fn on(bar: ProgressBar) -> Progress {
        match std::io::stderr().is_terminal() {
            true => Progress(bar),
            false => Progress(ProgressBar::hidden()),
        }
    }

    fn styled(self, template: &str) -> Progress {
        // The templates are those above; one that cannot be read would leave the bar as it is.
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
        self
    }

    /// So much is done of so much, the last of it of `what`.
    pub(crate) fn is_at(&self, what: &str, done: u64, of: u64) {
        if !self.0.is_hidden() {
            self.0.set_length(of);
            self.0.set_position(done);
            self.0.set_message(what.to_owned());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
