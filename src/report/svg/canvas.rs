//! The few drawing operations the picture needs, at whole pixels, on plotters' SVG backend.

use crate::report::svg::palette::PAPER;
use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, RGBColor, ShapeStyle, TextStyle};

/// A point in pixels from the top left corner.
pub type Point = (i32, i32);

/// On which side of its point a text lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It ends there.
    Left,
    /// It is centred there.
    Middle,
    /// It begins there.
    Right,
}

/// A picture under way.
pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// plotters turns a font's size into SVG's by dividing by this.
const FONT_RATIO: f64 = 1.24;

impl<'a> Canvas<'a> {
    /// An empty white picture that is written to `out`.
    pub fn new(out: &'a mut String, width: i32, height: i32) -> Result<Self, String> {
        let size = (width.unsigned_abs(), height.unsigned_abs());
        let area = SVGBackend::with_string(out, size).into_drawing_area();
        area.fill(&PAPER).map_err(|e| e.to_string())?;
        Ok(Canvas { area })
    }

    /// Completes the picture.
    pub fn finish(&mut self) -> Result<(), String> {
        self.area.present().map_err(|e| e.to_string())
    }

    /// A filled rectangle.
    pub fn fill(&mut self, from: Point, to: Point, colour: RGBColor) -> Result<(), String> {
        self.area.draw(&Rectangle::new([from, to], colour.filled())).map_err(|e| e.to_string())
    }

    /// A polyline.
    pub fn line(&mut self, points: &[Point], colour: RGBColor, width: u32) -> Result<(), String> {
        let style: ShapeStyle = colour.stroke_width(width);
        self.area.draw(&PathElement::new(points, style)).map_err(|e| e.to_string())
    }

    /// A dashed vertical line.
    pub fn dashes(&mut self, x: i32, from: i32, to: i32, colour: RGBColor) -> Result<(), String> {
        let mut y = from;
        while y < to {
            self.line(&[(x, y), (x, (y + 4).min(to))], colour, 1)?;
            y += 8;
        }
        Ok(())
    }

    /// A filled triangle that points left (`-1`) or right (`1`) with its tip at `tip`.
    pub fn arrow(&mut self, tip: Point, direction: i32, colour: RGBColor) -> Result<(), String> {
        let back = tip.0 - 8 * direction;
        let points = [tip, (back, tip.1 - 4), (back, tip.1 + 4)];
        self.area.draw(&Polygon::new(points, colour.filled())).map_err(|e| e.to_string())
    }

    /// A text, centred on its line at `at.1`.
    pub fn text(
        &mut self,
        at: Point,
        text: &str,
        size: u32,
        colour: RGBColor,
        side: Side,
    ) -> Result<(), String> {
        self.write(at, text, size, colour, side, FontStyle::Normal)
    }

    /// The same in bold.
    pub fn bold(
        &mut self,
        at: Point,
        text: &str,
        size: u32,
        colour: RGBColor,
        side: Side,
    ) -> Result<(), String> {
        self.write(at, text, size, colour, side, FontStyle::Bold)
    }

    fn write(
        &mut self,
        at: Point,
        text: &str,
        size: u32,
        colour: RGBColor,
        side: Side,
        weight: FontStyle,
    ) -> Result<(), String> {
        let anchor = match side {
            Side::Left => HPos::Right,
            Side::Middle => HPos::Center,
            Side::Right => HPos::Left,
        };
        let font = ("Helvetica, Arial, sans-serif", f64::from(size) * FONT_RATIO, weight).into_font();
        let style: TextStyle<'_> = TextStyle::from(font).color(&colour).pos(Pos::new(anchor, VPos::Center));
        self.area.draw(&Text::new(text, at, style)).map_err(|e| e.to_string())
    }
}

/// How wide a text is, about, in pixels: sans-serif letters are just over half as wide as they are high.
pub fn width_of(text: &str, size: u32) -> i32 {
    (text.chars().count() as i32 * size as i32 * 56) / 100
}
