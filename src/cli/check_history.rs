//! `geodes check-history`: judge a history that another test recorded.

use crate::base::diagnostics::{self, Code, Diagnostics, SourceMap};
use crate::base::document::load::read_text;
use crate::cli::args::{CheckHistoryArgs, HistoryModel};
use crate::cli::exit::Status;
use crate::cli::output::{Failure, Outcome, Output};
use crate::history::exchange::datum::Datum;
use crate::history::exchange::edn;
use crate::history::exchange::judge::judge;
use crate::history::exchange::op::History;
use crate::history::exchange::read::{LARGEST, Model, Syntax, read};
use crate::history::verdict::{GuaranteeVerdict, Verdict};
use crate::report::number::plural;
use crate::report::text::wrap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;

/// Prints the verdict on a history, and of a violation the operations that show it.
///
/// # Errors
/// [`Failure::Invalid`] with the diagnostics of a history that cannot be read, [`Failure::Usage`] for an initial value that
/// is none.
pub fn check_history(args: &CheckHistoryArgs, output: &mut Output<'_>) -> Outcome {
    let initial = initial(&args.initial)?;
    let mut sources = SourceMap::new();
    let colours = if output.talk.colour { diagnostics::Style::Coloured } else { diagnostics::Style::Plain };
    let history = load(&args.file, args.model, &mut sources)
        .map_err(|errors| Failure::Invalid(errors.render(&sources, colours)))?;
    let verdict = judge(&history, &initial).verdict;
    output.data(&shown(&history, &verdict, output.style.width))?;
    Ok(match verdict.verdict {
        Verdict::Holds => Status::Met,
        Verdict::Unknown => Status::Inconclusive,
        Verdict::Violated => Status::GuaranteeBroken,
    })
}

/// A value of the command line, in EDN.
fn initial(text: &str) -> Result<Datum, Failure> {
    let refused = || Failure::Usage("--initial takes one value, as EDN: nil, 0, \"a\"".to_owned());
    // Inside a vector, since one that holds all forms is taken for the list of them.
    let inside = format!("[{text}\n]");
    let mut reader = edn::Reader::new(&inside);
    let first = reader.next_form().ok().flatten().ok_or_else(refused)?;
    match reader.next_form() {
        Ok(None) => Ok(first.datum()),
        _ => Err(refused()),
    }
}

fn load(path: &Path, model: HistoryModel, sources: &mut SourceMap) -> Result<History, Diagnostics> {
    let mut errors = Diagnostics::new();
    let name = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
    let text = match if path == Path::new("-") { standard_input() } else { read_text(path, LARGEST) } {
        Ok(text) => text,
        Err((code, message)) => {
            let code = if code == Code::FileTooLarge { Code::HistoryTooLarge } else { code };
            let hint = format!("a history has at most {} MiB", LARGEST >> 20);
            errors.error(code, None, message).hint(if code == Code::HistoryTooLarge {
                hint
            } else {
                String::new()
            });
            return Err(errors);
        }
    };
    let model = match model {
        HistoryModel::Register => Model::Register,
        HistoryModel::CasRegister => Model::CasRegister,
    };
    let syntax = Syntax::of(&name, &text);
    let file = sources.add(name, text.as_str());
    read(&text, file, syntax, model)
}

fn standard_input() -> Result<String, (Code, String)> {
    let mut bytes = Vec::new();
    let failed =
        |error: std::io::Error| (Code::UnreadableFile, format!("cannot read standard input: {error}"));
    std::io::stdin().take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err((Code::FileTooLarge, "standard input is too long".to_owned()));
    }
    String::from_utf8(bytes).map_err(|_| (Code::NotUtf8, "standard input is not UTF-8 text".to_owned()))
}

/// What was judged, and how.
fn shown(history: &History, verdict: &GuaranteeVerdict, width: usize) -> String {
    let mut out = String::new();
    let mut parts =
        vec![plural(history.ops.len() as u64, "operation"), plural(history.keys.len() as u64, "key")];
    for (n, what) in [
        (history.unknown, "of unknown outcome"),
        (history.left_out, "without effect left out"),
        (history.ignored, "events of no client ignored"),
    ] {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    }
    let _ = writeln!(out, "{}", parts.join(", "));
    if history.transactions > 0 {
        let _ = writeln!(
            out,
            "{} judged key by key: whether they are atomic is not judged",
            plural(history.transactions.into(), "transaction")
        );
    }
    let _ = writeln!(out, "{}: {}", verdict.name, verdict.verdict);
    for line in wrap(&verdict.why, width.saturating_sub(2)) {
        let _ = writeln!(out, "  {line}");
    }
    for line in &verdict.evidence {
        let _ = writeln!(out, "    {line}");
    }
    out
}
