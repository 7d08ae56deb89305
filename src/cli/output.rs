//! Where the command writes: stdout is data, stderr is talk.

use crate::cli::exit::Status;
use crate::report::text::{Style, Tone};
use std::io::{IsTerminal, Write};
use thiserror::Error;

/// Why a verb could not do its work.
#[derive(Debug, Error)]
pub enum Failure {
    /// The command line asks for something that is not there or not possible.
    #[error("{0}")]
    Usage(String),
    /// A scenario is invalid; the text is the rendered diagnostics.
    #[error("{0}")]
    Invalid(String),
    /// Something that should not happen: files that cannot be written, a broken library.
    #[error("{0}")]
    Internal(String),
    /// Nobody reads standard output any more; nothing is left to say.
    #[error("standard output was closed")]
    Closed,
}

/// What a verb returns.
pub type Outcome = Result<Status, Failure>;

/// The two streams and how to write on them.
pub struct Output<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    /// How tables on stdout look.
    pub style: Style,
    /// How diagnostics on stderr look.
    pub talk: Style,
    /// Whether to show progress.
    pub progress: bool,
}

impl<'a> Output<'a> {
    /// Streams that are no terminals: no colours, no progress, 110 columns.
    pub fn plain(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Output<'a> {
        Output { out, err, style: Style::default(), talk: Style::default(), progress: false }
    }

    /// The process's own streams: colours and progress on terminals only, as wide as the terminal.
    pub fn terminal(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Output<'a> {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let width =
            terminal_size::terminal_size().map_or(Style::default().width, |(w, _)| usize::from(w.0).max(60));
        let style = |terminal: bool| match terminal {
            true => Style { width, colour: !plain },
            false => Style::default(),
        };
        let (stdout, stderr) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        Output { out, err, style: style(stdout), talk: style(stderr), progress: stderr }
    }

    /// Writes data.
    ///
    /// # Errors
    /// [`Failure::Closed`] when the reader has gone away, [`Failure::Internal`] for other errors.
    pub fn data(&mut self, text: &str) -> Result<(), Failure> {
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        written.map_err(|error| match error.kind() {
            std::io::ErrorKind::BrokenPipe => Failure::Closed,
            _ => Failure::Internal(format!("cannot write to standard output: {error}")),
        })
    }

    /// Says something to the person at the terminal. Errors are ignored: there is nowhere left to report them.
    pub fn say(&mut self, text: &str) {
        let _ = writeln!(self.err, "{text}");
    }

    /// Reports why a verb failed.
    pub fn fail(&mut self, failure: Failure) -> Status {
        let (status, text) = match failure {
            Failure::Closed => return Status::Met,
            // Diagnostics are rendered by their own type and carry their own headings.
            Failure::Invalid(text) => {
                self.say(text.trim_end());
                return Status::Invalid;
            }
            Failure::Usage(text) => (Status::Usage, text),
            Failure::Internal(text) => (Status::Internal, text),
        };
        self.error(&text);
        status
    }

    /// Says what went wrong.
    pub fn error(&mut self, text: &str) {
        let heading = self.talk.paint(Tone::Bad, "error");
        self.say(&format!("{heading}: {text}"));
    }

    /// Help and version go to stdout, mistakes to stderr.
    pub fn usage(&mut self, error: &clap::Error) -> Status {
        let text = match self.talk.colour {
            true => error.render().ansi().to_string(),
            false => error.render().to_string(),
        };
        match error.kind() {
            clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion => {
                self.data(&text).map_or_else(|failure| self.fail(failure), |()| Status::Met)
            }
            _ => {
                self.say(text.trim_end());
                Status::Usage
            }
        }
    }
}
