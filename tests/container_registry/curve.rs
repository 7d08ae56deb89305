//! The picture of the sweep: the share of split pushes over the difference of the round trips, a line for each way to push.

use plotters::backend::SVGBackend;
use plotters::drawing::IntoDrawingArea;
use plotters::element::{Circle, PathElement, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, RGBColor, TextStyle};
use std::error::Error;

const PICTURE: (u32, u32) = (720, 420);
/// The frame in pixels: left, right, top and bottom.
const FRAME: (i32, i32, i32, i32) = (70, 690, 50, 350);
/// The largest share that is drawn.
const TOP: f64 = 0.8;
const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const GRID: RGBColor = RGBColor(0xE0, 0xE0, 0xE0);
/// Colours that colour-blind eyes can tell apart (Okabe and Ito, 2008).
const COLOURS: [RGBColor; 5] = [
    RGBColor(0xD5, 0x5E, 0x00),
    RGBColor(0x00, 0x72, 0xB2),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x56, 0xB4, 0xE9),
    RGBColor(0x00, 0x9E, 0x73),
];

/// A line: what it is about, and its share at each difference in ms.
pub type Line = (String, Vec<(u32, f64)>);

fn place((apart, share): (f64, f64), widest: f64) -> (i32, i32) {
    let x = f64::from(FRAME.0) + f64::from(FRAME.1 - FRAME.0) * apart / widest;
    let y = f64::from(FRAME.3) - f64::from(FRAME.3 - FRAME.2) * share / TOP;
    (x.round() as i32, y.round() as i32)
}

/// The picture as SVG.
pub fn svg(lines: &[Line]) -> Result<String, Box<dyn Error>> {
    let mut out = String::new();
    draw(&mut out, lines)?;
    Ok(out + "\n")
}

fn draw(out: &mut String, lines: &[Line]) -> Result<(), Box<dyn Error>> {
    let paper = SVGBackend::with_string(out, PICTURE).into_drawing_area();
    paper.fill(&RGBColor(0xFF, 0xFF, 0xFF)).map_err(|e| e.to_string())?;
    let write = |at: (i32, i32), text: &str, side: HPos| -> Result<(), String> {
        let style: TextStyle<'_> = TextStyle::from(("Helvetica, Arial, sans-serif", 15.0).into_font());
        let style = style.color(&INK).pos(Pos::new(side, VPos::Center));
        paper.draw(&Text::new(text.to_owned(), at, style)).map_err(|e| e.to_string())
    };
    let stroke = |points: Vec<(i32, i32)>, colour: RGBColor, width: u32| -> Result<(), String> {
        paper.draw(&PathElement::new(points, colour.stroke_width(width))).map_err(|e| e.to_string())
    };
    let ticks: Vec<u32> = lines.first().map_or(Vec::new(), |(_, at)| at.iter().map(|(x, _)| *x).collect());
    let widest = f64::from(ticks.last().copied().unwrap_or(1));
    for share in [0.0, 0.2, 0.4, 0.6, 0.8] {
        let (left, right) = (place((0.0, share), widest), place((widest, share), widest));
        stroke(vec![left, right], GRID, 1)?;
        write((left.0 - 8, left.1), &format!("{:.0} %", share * 100.0), HPos::Right)?;
    }
    for tick in ticks {
        let (x, y) = place((f64::from(tick), 0.0), widest);
        stroke(vec![(x, y), (x, y + 5)], INK, 1)?;
        write((x, y + 16), &tick.to_string(), HPos::Center)?;
    }
    write((FRAME.0, 22), "Split pushes, by how far apart the two nearest replicas are", HPos::Left)?;
    write(((FRAME.0 + FRAME.1) / 2, FRAME.3 + 44), "difference of round trips, ms", HPos::Center)?;
    for (i, ((name, shares), colour)) in lines.iter().zip(COLOURS).enumerate() {
        let at = |(apart, share): &(u32, f64)| place((f64::from(*apart), *share), widest);
        let points: Vec<(i32, i32)> = shares.iter().map(at).collect();
        for point in &points {
            paper.draw(&Circle::new(*point, 3, colour.filled())).map_err(|e| e.to_string())?;
        }
        stroke(points, colour, 2)?;
        let y = FRAME.2 + 20 * i as i32 + 10;
        stroke(vec![(FRAME.1 - 250, y), (FRAME.1 - 222, y)], colour, 3)?;
        write((FRAME.1 - 214, y), name, HPos::Left)?;
    }
    paper.present().map_err(|e| e.to_string())?;
    Ok(())
}
