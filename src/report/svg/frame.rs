//! Where everything goes: the stretch of time that is shown and the pixels it maps to.

use crate::report::document::Document;
use crate::report::text::wrap;
use crate::report::timeline::Timeline;

/// Width of the picture in pixels.
pub const WIDTH: i32 = 1200;
/// Left edge of the panels.
pub const LEFT: i32 = 84;
/// Right edge of the panels.
pub const RIGHT: i32 = WIDTH - 40;
/// Height of one lane above the panels.
pub const LANE: i32 = 26;
/// The picture is at least this high; many client regions make it higher.
const HEIGHT: i32 = 700;
/// A panel is at least this high, its title included.
const PANEL: i32 = 118;
/// A panel is at most this high.
const TALLEST: i32 = 260;
/// Room for the time axis and the footer.
const BOTTOM: i32 = 66;
/// A bucket is at least this many pixels wide ...
const BUCKET_PIXELS: f64 = 3.0;
/// ... and holds at least this many operations on average, or the line would be all noise.
const BUCKET_OPERATIONS: f64 = 5.0;

/// The layout of one picture.
pub struct Frame {
    /// Height of the picture in pixels.
    pub height: i32,
    /// The scenario's question, wrapped.
    pub question: Vec<String>,
    /// Client regions, one panel each, in order of first appearance.
    pub regions: Vec<String>,
    /// First instant shown, in virtual seconds.
    pub begin_s: f64,
    /// Last instant shown.
    pub end_s: f64,
    /// Top of the first lane.
    pub lanes_top: i32,
    /// Top of the first panel.
    pub panels_top: i32,
    /// Height of a panel, its title included.
    pub panel: i32,
    /// How many buckets of the timeline are drawn as one.
    pub merge: usize,
}

impl Frame {
    /// Lays out a timeline.
    pub fn new(document: &Document, timeline: &Timeline) -> Frame {
        let mut regions: Vec<String> = Vec::new();
        for series in &timeline.series {
            if !regions.contains(&series.region) {
                regions.push(series.region.clone());
            }
        }
        let question = wrap(&document.about, 150);
        let lanes = (timeline.faults.len() + timeline.marks.len()) as i32;
        let lanes_top = 54 + 19 * question.len() as i32 + 2;
        let panels_top = lanes_top + LANE * lanes + 8;
        let count = regions.len().max(1) as i32;
        let panel = ((HEIGHT - BOTTOM - panels_top) / count).clamp(PANEL, TALLEST);
        let (begin_s, end_s) = stretch(timeline);
        let mut frame = Frame {
            height: panels_top + panel * count + BOTTOM,
            question,
            regions,
            begin_s,
            end_s,
            lanes_top,
            panels_top,
            panel,
            merge: 1,
        };
        frame.merge = frame.merging(timeline);
        frame
    }

    /// The pixel column of an instant, kept within the panels.
    pub fn x(&self, at_s: f64) -> i32 {
        let share = ((at_s - self.begin_s) / (self.end_s - self.begin_s)).clamp(0.0, 1.0);
        LEFT + (share * f64::from(RIGHT - LEFT)).round() as i32
    }

    /// Top and bottom of the plot in panel `i`, below its title.
    pub fn plot(&self, i: usize) -> (i32, i32) {
        let top = self.panels_top + self.panel * i as i32;
        (top + 26, top + self.panel - 12)
    }

    /// Bottom of the last panel's plot.
    pub fn floor(&self) -> i32 {
        self.plot(self.regions.len().max(1) - 1).1
    }

    fn merging(&self, timeline: &Timeline) -> usize {
        let per_pixel = (self.end_s - self.begin_s) / f64::from(RIGHT - LEFT);
        let by_pixels = (BUCKET_PIXELS * per_pixel / timeline.step_s).ceil();
        let by_operations = timeline.series.iter().map(|series| {
            let operations: u64 = series.total.iter().sum();
            let mean = operations as f64 / series.total.len().max(1) as f64;
            if mean > 0.0 { (BUCKET_OPERATIONS / mean).ceil() } else { 1.0 }
        });
        let wanted = by_operations.fold(by_pixels, f64::max);
        // A bucket wider than a fortieth of the picture would hide the outage it should show.
        let most = ((self.end_s - self.begin_s) / timeline.step_s / 40.0).max(1.0);
        wanted.min(most).max(1.0) as usize
    }
}

/// The stretch worth showing: from a little before the first fault until service is back and the fault over. A fault that
/// lasts far longer than its consequences is cut off, else they would be too small to see.
fn stretch(timeline: &Timeline) -> (f64, f64) {
    let (first, last) = (timeline.start_s, timeline.end_s().max(timeline.start_s + timeline.step_s.max(1.0)));
    let onsets = timeline.faults.iter().map(|f| f.begin_s).chain(timeline.marks.iter().map(|m| m.from_s));
    let onset = onsets.fold(f64::INFINITY, f64::min);
    if !onset.is_finite() {
        return (first, last);
    }
    let last_onset = timeline.faults.iter().map(|f| f.begin_s).fold(onset, f64::max);
    let marks = timeline.marks.iter().map(|m| m.to_s.unwrap_or(last));
    let mut until = marks.chain(last_bad(timeline)).fold(last_onset, f64::max);
    let consequences = (until - onset).max(60.0);
    for end in timeline.faults.iter().filter_map(|f| f.end_s) {
        if end - onset <= 12.0 * consequences {
            until = until.max(end);
        }
    }
    let length = (until - onset).max(60.0);
    ((onset - length * 0.12).max(first), (until + length * 0.15).min(last).max(onset + timeline.step_s))
}

/// End of the last bucket in which more than one operation in a hundred failed.
fn last_bad(timeline: &Timeline) -> Option<f64> {
    let last_of = |series: &crate::report::timeline::Series| {
        (0..series.total.len()).rev().find(|i| series.share(*i).is_some_and(|share| share < 0.99))
    };
    timeline.series.iter().filter_map(last_of).max().map(|i| timeline.bucket_start(i + 1))
}
