//! The lanes above the panels: what failed and when, recovery time, recovery point.

use crate::report::number::seconds;
use crate::report::svg::canvas::{Canvas, Side, width_of};
use crate::report::svg::frame::{Frame, LANE, LEFT, RIGHT};
use crate::report::svg::palette::{FAULT, INK, PAPER, RPO, RTO, SHADE};
use crate::report::timeline::{FaultSpan, Mark, MarkKind, Timeline};
use plotters::style::RGBColor;

const TEXT: u32 = 13;
/// Between a bracket and its caption.
const GAP: i32 = 8;

/// Draws one lane per fault, then one per mark.
pub fn draw(canvas: &mut Canvas<'_>, timeline: &Timeline, frame: &Frame) -> Result<(), String> {
    let mut y = frame.lanes_top + LANE / 2;
    for fault in &timeline.faults {
        canvas.text((LEFT - 10, y), "fault", TEXT, INK, Side::Left)?;
        bar(canvas, fault, y, frame)?;
        y += LANE;
    }
    for mark in &timeline.marks {
        let (name, colour) = match mark.kind {
            MarkKind::Rto => ("RTO", RTO),
            MarkKind::Rpo => ("RPO", RPO),
        };
        canvas.bold((LEFT - 10, y), name, TEXT, colour, Side::Left)?;
        bracket(canvas, mark, y, colour, frame)?;
        y += LANE;
    }
    Ok(())
}

/// A fault as a bar that carries its name.
fn bar(canvas: &mut Canvas<'_>, fault: &FaultSpan, y: i32, frame: &Frame) -> Result<(), String> {
    let (from, to) =
        (frame.x(fault.begin_s), frame.x(fault.end_s.unwrap_or(f64::MAX)).max(frame.x(fault.begin_s) + 2));
    canvas.fill((from, y - 10), (to, y + 10), FAULT)?;
    let cut = fault.end_s.is_none_or(|end| end > frame.end_s);
    let lasting = match fault.end_s {
        None => format!("{}, for good", fault.label),
        Some(end) => format!("{}, {}", fault.label, seconds(end - fault.begin_s)),
    };
    if cut {
        canvas.arrow((to + 10, y), 1, FAULT)?;
    }
    let width = width_of(&lasting, TEXT);
    if width + 2 * GAP <= to - from {
        return canvas.text((from + GAP, y), &lasting, TEXT, PAPER, Side::Right);
    }
    beside(canvas, (from, to + if cut { 10 } else { 0 }), y, &lasting, INK)
}

/// A span as a line with a bar at each end and arrows between, if there is room for them.
fn bracket(
    canvas: &mut Canvas<'_>,
    mark: &Mark,
    y: i32,
    colour: RGBColor,
    frame: &Frame,
) -> Result<(), String> {
    let end_s = mark.to_s.unwrap_or(f64::MAX);
    let (from, to) = (frame.x(mark.from_s), frame.x(end_s));
    // A span that began before the picture has no bar at its left edge, only an arrow out of it.
    if mark.from_s >= frame.begin_s {
        canvas.line(&[(from, y - 8), (from, y + 8)], colour, 2)?;
    }
    if to - from >= 4 {
        canvas.line(&[(from, y), (to, y)], colour, 2)?;
    }
    if to - from >= 24 {
        canvas.arrow((from + 1, y), -1, colour)?;
        canvas.arrow((to - 1, y), 1, colour)?;
    }
    if mark.to_s.is_some() {
        canvas.line(&[(to, y - 8), (to, y + 8)], colour, 2)?;
    }
    beside(canvas, (from, to), y, &mark.caption, colour)
}

/// A caption to the right of a span, or to its left when there is no room, or in its middle on the shade of a fault.
fn beside(
    canvas: &mut Canvas<'_>,
    (from, to): (i32, i32),
    y: i32,
    text: &str,
    colour: RGBColor,
) -> Result<(), String> {
    let width = width_of(text, TEXT);
    if to + GAP + width <= RIGHT + 30 {
        return canvas.text((to + GAP, y), text, TEXT, colour, Side::Right);
    }
    if from - GAP - width >= LEFT {
        return canvas.text((from - GAP, y), text, TEXT, colour, Side::Left);
    }
    let middle = i32::midpoint(from, to).clamp(LEFT + width / 2, (RIGHT - width / 2).max(LEFT + width / 2));
    canvas.fill((middle - width / 2 - 4, y - 9), (middle + width / 2 + 4, y + 9), SHADE)?;
    canvas.text((middle, y), text, TEXT, colour, Side::Middle)
}
