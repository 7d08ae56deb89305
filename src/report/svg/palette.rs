//! Colours that stay apart for colour-blind eyes (Okabe and Ito, 2008) and on a grey print.

use plotters::style::RGBColor;

/// Text and frames.
pub const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
/// Secondary text.
pub const MUTED: RGBColor = RGBColor(0x60, 0x60, 0x60);
/// Grid lines.
pub const GRID: RGBColor = RGBColor(0xE0, 0xE0, 0xE0);
/// Background.
pub const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
/// Reads: sky blue, drawn thick so that it shows behind writes.
pub const READ: RGBColor = RGBColor(0x56, 0xB4, 0xE9);
/// Writes: vermilion.
pub const WRITE: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
/// The bar of a fault in its lane.
pub const FAULT: RGBColor = RGBColor(0x70, 0x70, 0x70);
/// The shade of a fault behind the panels.
pub const SHADE: RGBColor = RGBColor(0xF1, 0xEE, 0xE6);
/// Recovery time: bluish green, darkened to be readable as text.
pub const RTO: RGBColor = RGBColor(0x00, 0x7A, 0x59);
/// Recovery point: reddish purple, darkened likewise.
pub const RPO: RGBColor = RGBColor(0xA0, 0x3C, 0x7A);
