//! Drawing: shapes in a coordinate system of pixels, written as SVG by plotters. Colours are those of the light look; the style
//! sheet of the page turns each into its dark one.

use askama::Template;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, RGBColor};

use super::Problem;

/// The colours, by what they mean. `style.css` names the same ones.
pub(super) mod colour {
    use plotters::style::RGBColor;

    pub(crate) const INK: RGBColor = RGBColor(0x16, 0x21, 0x1d);
    pub(crate) const MUTED: RGBColor = RGBColor(0x4d, 0x5a, 0x55);
    pub(crate) const LINE: RGBColor = RGBColor(0x7c, 0x89, 0x84);
    pub(crate) const GRID: RGBColor = RGBColor(0xd5, 0xdc, 0xd9);
    pub(crate) const SURFACE: RGBColor = RGBColor(0xfe, 0xfe, 0xfe);
    pub(crate) const SUNKEN: RGBColor = RGBColor(0xea, 0xee, 0xec);
    pub(crate) const SOFT: RGBColor = RGBColor(0xcf, 0xe6, 0xde);
    pub(crate) const ACCENT: RGBColor = RGBColor(0x0b, 0x5d, 0x4d);
    pub(crate) const SPARE: RGBColor = RGBColor(0xe8, 0xc9, 0x7a);
    pub(crate) const DANGER: RGBColor = RGBColor(0xa5, 0x1d, 0x24);
}

/// Where a text is held.
#[derive(Clone, Copy)]
pub(super) enum Hold {
    Left,
    Middle,
    Right,
}

enum Shape {
    Box { from: (i32, i32), to: (i32, i32), fill: Option<RGBColor>, edge: Option<RGBColor> },
    Line { points: Vec<(i32, i32)>, colour: RGBColor, width: u32 },
    Dot { at: (i32, i32), radius: i32, fill: RGBColor },
    Words { at: (i32, i32), text: String, size: f64, colour: RGBColor, hold: Hold, bold: bool },
}

/// What is being drawn.
pub(super) struct Canvas {
    width: i32,
    shapes: Vec<Shape>,
}

/// A drawing with what is said of it to those who do not see it.
#[derive(Template)]
#[template(path = "report/chart.html", syntax = "page", escape = "html", whitespace = "preserve")]
pub(super) struct Chart {
    id: String,
    width: i32,
    height: i32,
    title: String,
    description: String,
    body: String,
}

impl Canvas {
    pub(super) fn new(width: i32) -> Self {
        Self { width, shapes: Vec::new() }
    }

    pub(super) fn width(&self) -> i32 {
        self.width
    }

    pub(super) fn fill(&mut self, from: (i32, i32), to: (i32, i32), fill: RGBColor) {
        self.shapes.push(Shape::Box { from, to, fill: Some(fill), edge: None });
    }

    /// A box with an edge; it goes below what was drawn from `under` on.
    pub(super) fn frame(&mut self, under: usize, from: (i32, i32), to: (i32, i32), fill: RGBColor, edge: RGBColor) {
        let shape = Shape::Box { from, to, fill: Some(fill), edge: Some(edge) };
        self.shapes.insert(under.min(self.shapes.len()), shape);
    }

    /// How many shapes there are: where a frame goes that is drawn when its height is known.
    pub(super) fn mark(&self) -> usize {
        self.shapes.len()
    }

    pub(super) fn line(&mut self, points: &[(i32, i32)], colour: RGBColor, width: u32) {
        self.shapes.push(Shape::Line { points: points.to_vec(), colour, width });
    }

    pub(super) fn dashed(&mut self, x: i32, from: i32, to: i32, colour: RGBColor) {
        let mut y = from;
        while y < to {
            self.line(&[(x, y), (x, (y + 5).min(to))], colour, 2);
            y += 9;
        }
    }

    pub(super) fn dot(&mut self, at: (i32, i32), radius: i32, fill: RGBColor) {
        self.shapes.push(Shape::Dot { at, radius, fill });
    }

    /// Words, held at the middle of their height.
    pub(super) fn say(&mut self, at: (i32, i32), text: impl Into<String>, size: f64, hold: Hold) {
        self.tell(at, text, size, hold, colour::INK, false);
    }

    pub(super) fn tell(
        &mut self,
        at: (i32, i32),
        text: impl Into<String>,
        size: f64,
        hold: Hold,
        colour: RGBColor,
        bold: bool,
    ) {
        self.shapes.push(Shape::Words { at, text: text.into(), size, colour, hold, bold });
    }

    /// Draws it so high.
    ///
    /// # Errors
    /// What plotters could not draw.
    pub(super) fn finish(
        self,
        height: i32,
        id: String,
        title: impl Into<String>,
        description: impl Into<String>,
    ) -> Result<Chart, Problem> {
        let size = (self.width.unsigned_abs(), height.unsigned_abs());
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            let failed = |error: &dyn std::fmt::Display| Problem(error.to_string());
            for shape in self.shapes {
                draw(&area, shape).map_err(|error| failed(&error))?;
            }
            area.present().map_err(|error| failed(&error))?;
        }
        // The element itself is the template's: it has a title, a description and no size of its own.
        let inside = svg.find('>').map_or("", |end| &svg[end + 1..]);
        let body = inside.trim_end().trim_end_matches("</svg>").to_owned();
        Ok(Chart { id, width: self.width, height, title: title.into(), description: description.into(), body })
    }
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Failed<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;

fn draw<'a>(area: &Area<'a>, shape: Shape) -> Result<(), Failed<'a>> {
    match shape {
        Shape::Box { from, to, fill, edge } => {
            if let Some(fill) = fill {
                area.draw(&Rectangle::new([from, to], fill.filled()))?;
            }
            match edge {
                Some(edge) => area.draw(&Rectangle::new([from, to], edge.stroke_width(1))),
                None => Ok(()),
            }
        }
        Shape::Line { points, colour, width } => area.draw(&PathElement::new(points, colour.stroke_width(width))),
        Shape::Dot { at, radius, fill } => area.draw(&Circle::new(at, radius, fill.filled())),
        Shape::Words { at, text, size, colour, hold, bold } => {
            let across = match hold {
                Hold::Left => HPos::Left,
                Hold::Middle => HPos::Center,
                Hold::Right => HPos::Right,
            };
            let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
            // plotters writes a font's size divided by this.
            let font = ("sans-serif", size * 1.24, style).into_text_style(area);
            area.draw_text(&text, &font.color(&colour).pos(Pos::new(across, VPos::Center)), at)
        }
    }
}

/// Lines that a text is broken into so that each is about so wide; a word that is longer is cut.
pub(super) fn lines(text: &str, width: i32, size: f64) -> Vec<String> {
    let most = letters(width, size);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = cut(word, most);
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// A text that is about so wide at most.
pub(super) fn fit(text: &str, width: i32, size: f64) -> String {
    cut(text, letters(width, size))
}

/// Letters in a width, by a letter's middle width; what stands to the right of them has some room.
fn letters(width: i32, size: f64) -> usize {
    (f64::from(width) / (size * 0.54)).max(4.0) as usize
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
