//! Diagnostics as text.

use crate::base::diagnostics::{Diagnostic, Diagnostics, Place, SourceMap};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use std::collections::BTreeMap;
use std::ops::Range;

/// How diagnostics are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Plain text.
    Plain,
    /// With terminal colours.
    Coloured,
}

/// More errors than this help nobody.
const MOST: usize = 100;

pub(super) fn render(errors: &Diagnostics, sources: &SourceMap, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    }
    .decor_style(DecorStyle::Ascii)
    .term_width(120);
    let sorted = errors.sorted();
    let mut out = String::new();
    for diagnostic in sorted.iter().take(MOST) {
        out.push_str(&one(diagnostic, sources, &renderer));
        out.push_str("\n\n");
    }
    if sorted.len() > MOST {
        out.push_str(&format!("and {} more errors\n", sorted.len() - MOST));
    } else {
        out.pop();
    }
    out
}

fn one(diagnostic: &Diagnostic, sources: &SourceMap, renderer: &Renderer) -> String {
    let title = Level::ERROR.primary_title(diagnostic.message.as_str()).id(diagnostic.code.id());
    let mut group = Group::with_title(title);
    for snippet in snippets(diagnostic, sources) {
        group = group.element(snippet);
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    renderer.render(&[group])
}

/// One snippet for each file the diagnostic points into, its own file first.
fn snippets<'a>(diagnostic: &'a Diagnostic, sources: &'a SourceMap) -> Vec<Snippet<'a, Annotation<'a>>> {
    let mut by_file: BTreeMap<(bool, u32), Vec<Annotation<'a>>> = BTreeMap::new();
    let own = diagnostic.place.map(|p| p.file);
    let mut add = |place: Place, kind: AnnotationKind, label: Option<&'a str>| {
        if let Some(file) = sources.get(place.file) {
            let annotation = kind.span(fit(&file.text, place)).label(label);
            by_file.entry((Some(place.file) != own, place.file.0)).or_default().push(annotation);
        }
    };
    if let Some(place) = diagnostic.place {
        add(place, AnnotationKind::Primary, None);
    }
    for (place, text) in &diagnostic.also {
        add(*place, AnnotationKind::Context, Some(text));
    }
    let mut snippets = Vec::new();
    for ((_, file), annotations) in by_file {
        if let Some(file) = sources.get(crate::base::diagnostics::FileId(file)) {
            snippets
                .push(Snippet::source(file.text.as_str()).path(file.name.as_str()).annotations(annotations));
        }
    }
    snippets
}

/// The place as a range that lies in the text, on character boundaries, within one line.
fn fit(text: &str, place: Place) -> Range<usize> {
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(place.start as usize);
    let end = boundary((place.end as usize).max(start));
    // A multi-line stretch (a whole inline table) is shown by its first line.
    let line = text[start..end].find('\n').map_or(end, |at| start + at);
    start..line.max(start)
}
