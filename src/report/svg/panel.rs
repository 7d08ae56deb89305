//! One panel per client region: the share of reads and writes that succeeded, as step lines.

use crate::report::svg::canvas::{Canvas, Point, Side};
use crate::report::svg::frame::{Frame, LEFT, RIGHT};
use crate::report::svg::palette::{GRID, INK, MUTED, READ, RTO, SHADE, WRITE};
use crate::report::timeline::{MarkKind, Series, Timeline};

/// Shades the faults behind all panels, and marks where service was restored.
pub fn shade(canvas: &mut Canvas<'_>, timeline: &Timeline, frame: &Frame) -> Result<(), String> {
    let (top, bottom) = (frame.lanes_top, frame.floor());
    for fault in &timeline.faults {
        let (from, to) = (frame.x(fault.begin_s), frame.x(fault.end_s.unwrap_or(f64::MAX)));
        canvas.fill((from, top), (to.max(from + 1), bottom), SHADE)?;
    }
    for mark in timeline.marks.iter().filter(|m| m.kind == MarkKind::Rto) {
        if let Some(to) = mark.to_s.filter(|to| *to > mark.from_s && *to <= frame.end_s) {
            for i in 0..frame.regions.len() {
                let (top, bottom) = frame.plot(i);
                canvas.dashes(frame.x(to), top, bottom, RTO)?;
            }
        }
    }
    Ok(())
}

/// Draws panel `i`.
pub fn draw(
    canvas: &mut Canvas<'_>,
    timeline: &Timeline,
    region: &str,
    i: usize,
    frame: &Frame,
) -> Result<(), String> {
    let (top, bottom) = frame.plot(i);
    canvas.bold((LEFT, top - 13), &format!("clients in {region}"), 14, INK, Side::Right)?;
    for percent in [0, 50, 100] {
        let y = bottom - (bottom - top) * percent / 100;
        canvas.line(&[(LEFT, y), (RIGHT, y)], GRID, 1)?;
        canvas.text((LEFT - 10, y), &format!("{percent}%"), 13, MUTED, Side::Left)?;
    }
    for (kind, colour, width) in [("read", READ, 5), ("write", WRITE, 2)] {
        for series in timeline.series.iter().filter(|s| s.region == region && s.kind == kind) {
            for line in steps(series, timeline, (top, bottom), frame) {
                canvas.line(&line, colour, width)?;
            }
        }
    }
    canvas.line(&[(LEFT, top), (LEFT, bottom)], INK, 1)
}

/// The step lines of a series: one for each stretch without an empty bucket.
fn steps(series: &Series, timeline: &Timeline, (top, bottom): (i32, i32), frame: &Frame) -> Vec<Vec<Point>> {
    let mut lines: Vec<Vec<Point>> = Vec::new();
    let mut open = false;
    for first in (0..series.total.len()).step_by(frame.merge) {
        let past = (first + frame.merge).min(series.total.len());
        let (begin, end) = (timeline.bucket_start(first), timeline.bucket_start(past));
        let sum = |counts: &[u64]| counts.get(first..past).map_or(0, |c| c.iter().sum::<u64>());
        let (ok, total) = (sum(&series.ok), sum(&series.total));
        if total == 0 || end <= frame.begin_s || begin >= frame.end_s {
            open = false;
            continue;
        }
        let share = ok as f64 / total as f64;
        let y = bottom - (share * f64::from(bottom - top)).round() as i32;
        let (from, to) = ((frame.x(begin), y), (frame.x(end), y));
        match lines.last_mut().filter(|_| open) {
            Some(line) => extend(line, from, to),
            None => lines.push(vec![from, to]),
        }
        open = true;
    }
    lines
}

/// Adds a step; a step at the height of the last one only lengthens it.
fn extend(line: &mut Vec<Point>, from: Point, to: Point) {
    match line.last_mut() {
        Some(last) if last.1 == to.1 => last.0 = to.0,
        _ => line.extend([from, to]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_steps_are_one_line() {
        let mut line = vec![(0, 5), (3, 5)];
        extend(&mut line, (3, 5), (6, 5));
        assert_eq!(line, [(0, 5), (6, 5)]);
        extend(&mut line, (6, 9), (9, 9));
        assert_eq!(line, [(0, 5), (6, 5), (6, 9), (9, 9)]);
    }
}
