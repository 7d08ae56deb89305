//! The time axis, with round ticks.

use crate::report::number::seconds;
use crate::report::svg::canvas::{Canvas, Side};
use crate::report::svg::frame::{Frame, LEFT, RIGHT};
use crate::report::svg::palette::{INK, MUTED};

/// Steps a person reads easily, in seconds.
const STEPS: [f64; 24] = [
    0.1,
    0.2,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1_800.0,
    3_600.0,
    7_200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    604_800.0,
    2_592_000.0,
];
/// There are at most this many ticks.
const MOST: f64 = 11.0;

/// Round instants within the frame, in seconds.
pub fn ticks(begin_s: f64, end_s: f64) -> Vec<f64> {
    let length = end_s - begin_s;
    let step =
        STEPS.iter().copied().find(|step| length / step <= MOST).unwrap_or((length / MOST).max(1.0).ceil());
    let first = (begin_s / step).ceil() as u64;
    (first..).map(|i| i as f64 * step).take_while(|t| *t <= end_s).collect()
}

/// Draws the axis below the last panel.
pub fn draw(canvas: &mut Canvas<'_>, frame: &Frame) -> Result<(), String> {
    let y = frame.floor();
    canvas.line(&[(LEFT, y), (RIGHT, y)], INK, 1)?;
    for at in ticks(frame.begin_s, frame.end_s) {
        let x = frame.x(at);
        canvas.line(&[(x, y), (x, y + 5)], INK, 1)?;
        canvas.text((x, y + 17), &seconds(at), 13, MUTED, Side::Middle)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(ticks(550.0, 1_500.0), [600.0, 720.0, 840.0, 960.0, 1_080.0, 1_200.0, 1_320.0, 1_440.0]);
        assert!(ticks(0.0, 1e9).len() <= 12);
        assert_eq!(ticks(0.0, 1.0).len(), 11);
    }
}
