//! One drawing: two axes and what stands between them.

use plotters::{
    chart::{ChartBuilder, ChartContext},
    coord::{Shift, cartesian::Cartesian2d, ranged1d::Ranged},
    drawing::{DrawingArea, IntoDrawingArea},
    element::{Circle, Cross, PathElement, Polygon, Rectangle, Text, TriangleMarker},
    prelude::SVGBackend,
    style::{
        Color, IntoFont, TRANSPARENT, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::{axis::Axis, colour::Colour};

/// The size of a drawing, in the units that the letters are [`LETTER`] of.
pub(super) const SIZE: (u32, u32) = (560, 340);
/// The height of letters as the library counts it, which writes 1/1.24 of it.
const LETTER: f64 = 18.6;
/// From one line of words to the next.
const LINE: i32 = 18;

/// A drawing.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) x_title: &'static str,
    pub(super) y_title: &'static str,
    pub(super) marks: Vec<Mark>,
}

/// Something drawn; places are values of the axes.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    /// Filled between two lines over the same places.
    Band { upper: Vec<(i64, i64)>, lower: Vec<(i64, i64)>, colour: Colour },
    /// A line through points.
    Line { points: Vec<(i64, i64)>, colour: Colour, width: u32 },
    /// A filled rectangle between two corners.
    Bar { corners: [(i64, i64); 2], colour: Colour },
    /// A line across the drawing at a place of the x axis, with a word beside it, so many lines from above.
    At { x: i64, word: String, line: i32 },
    /// A disc.
    Point { at: (i64, i64), colour: Colour, size: i32 },
    /// A cross.
    Crossed { at: (i64, i64), colour: Colour, size: i32 },
    /// A triangle with a word beside it.
    Peak { at: (i64, i64), colour: Colour, word: &'static str },
    /// A dashed line across the drawing at a place of the y axis, with a word on it.
    Limit { y: i64, word: String },
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Context<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<Axis, Axis>>;

impl Chart {
    /// The elements of the drawing, without the `svg` around them.
    pub(super) fn draw(&self) -> String {
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            let mut builder = ChartBuilder::on(&area);
            let left = 14 + 9 * self.y.letters() as u32 + if self.y_title.is_empty() { 0 } else { 22 };
            builder.margin(8).margin_right(34).x_label_area_size(48).y_label_area_size(left);
            let mut context = drawn(builder.build_cartesian_2d(self.x.clone(), self.y.clone()));
            let mesh = &mut context.configure_mesh();
            mesh.light_line_style(TRANSPARENT)
                .bold_line_style(Colour::GRID.rgb())
                .axis_style(Colour::GRID.rgb())
                .label_style(lettering(Colour::INK))
                .axis_desc_style(lettering(Colour::INK))
                .x_desc(self.x_title)
                .y_desc(self.y_title);
            drawn(mesh.draw());
            self.marks.iter().for_each(|mark| self.draw_mark(&area, &mut context, mark));
            drawn(area.present());
        }
        inner(&svg)
    }

    fn draw_mark(&self, area: &Area<'_>, context: &mut Context<'_>, mark: &Mark) {
        let (x, y) = (self.x.range(), self.y.range());
        match mark {
            Mark::Band { upper, lower, colour } => {
                let outline: Vec<_> = upper.iter().chain(lower.iter().rev()).copied().collect();
                drawn(context.draw_series([Polygon::new(outline, colour.rgb())]));
            }
            Mark::Line { points, colour, width } => {
                let style = colour.rgb().stroke_width(*width);
                drawn(context.draw_series([PathElement::new(points.clone(), style)]));
            }
            Mark::Bar { corners, colour } => {
                drawn(context.draw_series([Rectangle::new(*corners, colour.rgb().filled())]));
            }
            Mark::At { x: at, word, line } => {
                let path = vec![(*at, y.start), (*at, y.end)];
                drawn(context.draw_series([PathElement::new(path, Colour::INK.rgb().stroke_width(2))]));
                let (left, top) = context.backend_coord(&(*at, y.end));
                let (side, gap) = beside(left, 5);
                write(area, word, (left + gap, top + 2 + LINE * line), (side, VPos::Top));
            }
            Mark::Point { at, colour, size } => {
                drawn(context.draw_series([Circle::new(*at, *size, colour.rgb().filled())]));
            }
            Mark::Crossed { at, colour, size } => {
                drawn(context.draw_series([Cross::new(*at, *size, colour.rgb().stroke_width(2))]));
            }
            Mark::Peak { at, colour, word } => {
                drawn(context.draw_series([TriangleMarker::new(*at, 9, colour.rgb().filled())]));
                let (left, top) = context.backend_coord(at);
                let (side, gap) = beside(left, 11);
                write(area, word, (left + gap, top), (side, VPos::Center));
            }
            Mark::Limit { y: at, word } => {
                let path = vec![(x.start, *at), (x.end, *at)];
                drawn(context.draw_series([PathElement::new(path, Colour::LIMIT.rgb().stroke_width(2))]));
                let (right, above) = context.backend_coord(&(x.end, *at));
                write(area, word, (right - 4, above - 4), (HPos::Right, VPos::Bottom));
            }
        }
    }
}

/// On which side of a place there is room for a word, and how far from it.
fn beside(left: i32, gap: i32) -> (HPos, i32) {
    let beyond = left > SIZE.0 as i32 * 2 / 3;
    if beyond { (HPos::Right, -gap) } else { (HPos::Left, gap) }
}

fn write(area: &Area<'_>, word: &str, at: (i32, i32), (horizontal, vertical): (HPos, VPos)) {
    let style = lettering(Colour::INK).pos(Pos::new(horizontal, vertical));
    drawn(area.draw(&Text::new(word, at, style)));
}

fn lettering(colour: Colour) -> TextStyle<'static> {
    let mut style = TextStyle::from(("sans-serif", LETTER).into_font());
    style.color = colour.rgb().to_backend_color();
    style
}

fn drawn<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    result.expect("a string takes every drawing")
}

/// What stands inside the outermost element.
fn inner(svg: &str) -> String {
    let begin = svg.find('>').map_or(0, |at| at + 1);
    let end = svg.rfind("</svg>").unwrap_or(svg.len());
    svg[begin..end].trim().to_string()
}
