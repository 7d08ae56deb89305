//! A progress bar on stderr, on terminals only.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// Counts windows.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar of `total` windows, or nothing when it is not wanted. One window alone gets a spinner.
    pub fn new(wanted: bool, name: &str, total: u64) -> Progress {
        if !wanted {
            return Progress { bar: ProgressBar::hidden() };
        }
        let template = match total {
            0 | 1 => "{spinner} {msg} {elapsed}",
            _ => "{msg} {wide_bar} {pos}/{len} windows, {eta} left",
        };
        let bar = ProgressBar::new(total);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(name.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress { bar }
    }

    /// A bar for a study, whose number of windows may not be known.
    pub fn open(wanted: bool, name: &str, total: Option<u64>) -> Progress {
        match total {
            Some(total) => Progress::new(wanted, name, total),
            None => {
                let progress = Progress::new(wanted, name, 0);
                let template = "{spinner} {msg} {pos} windows, {elapsed}";
                if let Ok(style) = ProgressStyle::with_template(template) {
                    progress.bar.set_style(style);
                }
                progress
            }
        }
    }

    /// One more window is done.
    pub fn step(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
