//! `timeline.svg`: the outage as its clients saw it. One panel per client region with the share of reads and writes that
//! succeeded, faults shaded across all panels, and lanes above for what failed, how long it took (RTO) and what was
//! lost (RPO).
//!
//! Drawn with basic elements at whole pixels and with our own ticks: no font is measured and no platform function is
//! called, so that the same document gives the same bytes everywhere.

mod axis;
mod canvas;
mod frame;
mod lanes;
mod palette;
mod panel;

use crate::report::document::Document;
use crate::report::number::seconds;
use crate::report::timeline::Timeline;
use canvas::{Canvas, Side};
use frame::{Frame, LEFT, WIDTH};
use palette::{INK, MUTED, READ, WRITE};

/// Draws a timeline.
///
/// # Errors
/// A message when the drawing backend fails, which a picture in memory does not.
pub fn render(document: &Document, timeline: &Timeline) -> Result<String, String> {
    let frame = Frame::new(document, timeline);
    let mut text = String::new();
    {
        let mut canvas = Canvas::new(&mut text, WIDTH, frame.height)?;
        heading(&mut canvas, document, &frame)?;
        panel::shade(&mut canvas, timeline, &frame)?;
        axis::draw(&mut canvas, &frame)?;
        for (i, region) in frame.regions.iter().enumerate() {
            panel::draw(&mut canvas, timeline, region, i, &frame)?;
        }
        lanes::draw(&mut canvas, timeline, &frame)?;
        footer(&mut canvas, timeline, &frame)?;
        canvas.finish()?;
    }
    Ok(text)
}

/// Name, question, legend.
fn heading(canvas: &mut Canvas<'_>, document: &Document, frame: &Frame) -> Result<(), String> {
    canvas.bold((24, 30), &document.scenario, 20, INK, Side::Right)?;
    for (i, line) in frame.question.iter().enumerate() {
        canvas.text((24, 54 + 19 * i as i32), line, 14, MUTED, Side::Right)?;
    }
    let right = WIDTH - 24;
    for (x, colour, width, name) in
        [(right - 380, READ, 5, "reads that succeed"), (right - 180, WRITE, 2, "writes that succeed")]
    {
        canvas.line(&[(x, 30), (x + 34, 30)], colour, width)?;
        canvas.text((x + 42, 30), name, 14, INK, Side::Right)?;
    }
    Ok(())
}

/// How to read the picture.
fn footer(canvas: &mut Canvas<'_>, timeline: &Timeline, frame: &Frame) -> Result<(), String> {
    let bucket = seconds(timeline.step_s * frame.merge as f64);
    let note = format!(
        "Share of operations that succeeded, by the time they were due, in steps of {bucket}; seed {}. Virtual time.",
        timeline.seed
    );
    canvas.text((LEFT, frame.height - 16), &note, 12, MUTED, Side::Right)
}
