//! The colours of pictures. A drawing names the light one; the style sheet puts the dark one in its place.

use std::fmt::Write;

use plotters::style::RGBColor;

/// A colour by its value on a light and on a dark page. The light values are all different: the style sheet knows a
/// colour by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour {
    light: [u8; 3],
    dark: [u8; 3],
}

impl Colour {
    pub(super) const INK: Self = Self::new([0x24, 0x2b, 0x33], [0xe3, 0xe7, 0xeb]);
    pub(super) const GRID: Self = Self::new([0xdd, 0xe2, 0xe7], [0x39, 0x42, 0x4c]);
    /// Targets that wait.
    pub(super) const WAITING: Self = Self::new([0xe9, 0xed, 0xf1], [0x2b, 0x33, 0x3b]);
    // Okabe and Ito's palette, which people who see few colours tell apart.
    pub(super) const BLUE: Self = Self::new([0x00, 0x72, 0xb2], [0x4a, 0xa3, 0xdf]);
    pub(super) const SKY: Self = Self::new([0x56, 0xb4, 0xe9], [0x9b, 0xd4, 0xf5]);
    pub(super) const GREEN: Self = Self::new([0x00, 0x9e, 0x73], [0x2f, 0xb3, 0x8c]);
    pub(super) const RED: Self = Self::new([0xd5, 0x5e, 0x00], [0xf0, 0x7c, 0x2e]);
    pub(super) const ORANGE: Self = Self::new([0xe6, 0x9f, 0x00], [0xf2, 0xb9, 0x3b]);
    pub(super) const PINK: Self = Self::new([0xcc, 0x79, 0xa7], [0xdf, 0x97, 0xbf]);
    pub(super) const YELLOW: Self = Self::new([0xd8, 0xc8, 0x1c], [0xf0, 0xe4, 0x42]);
    pub(super) const VIOLET: Self = Self::new([0x7b, 0x5e, 0xa7], [0xa9, 0x8f, 0xd4]);
    pub(super) const BROWN: Self = Self::new([0x8a, 0x5a, 0x2b], [0xc4, 0x96, 0x6a]);
    pub(super) const GREY: Self = Self::new([0x6f, 0x7a, 0x85], [0x99, 0xa4, 0xae]);
    pub(super) const SLATE: Self = Self::new([0xa9, 0xb3, 0xbd], [0x66, 0x71, 0x7c]);
    /// A limit; dashed.
    pub(super) const LIMIT: Self = Self::new([0x23, 0x2a, 0x32], [0xe4, 0xe8, 0xec]);

    const ALL: [Self; 15] = [
        Self::INK,
        Self::GRID,
        Self::WAITING,
        Self::BLUE,
        Self::SKY,
        Self::GREEN,
        Self::RED,
        Self::ORANGE,
        Self::PINK,
        Self::YELLOW,
        Self::VIOLET,
        Self::BROWN,
        Self::GREY,
        Self::SLATE,
        Self::LIMIT,
    ];

    const fn new(light: [u8; 3], dark: [u8; 3]) -> Self {
        Self { light, dark }
    }

    /// As the library draws with it.
    pub(super) fn rgb(self) -> RGBColor {
        let [red, green, blue] = self.light;
        RGBColor(red, green, blue)
    }

    /// As CSS inside the page refers to it.
    pub(super) fn css(self) -> String {
        format!("var(--{})", hex(self.light))
    }
}

/// The rules that give drawings their colours, on light and on dark pages.
pub(super) fn style() -> String {
    let (mut light, mut dark, mut rules) = (String::new(), String::new(), String::new());
    for colour in Colour::ALL {
        let name = hex(colour.light);
        // A string takes everything.
        let _ = write!(light, "--{name}:#{name};");
        let _ = write!(dark, "--{name}:#{};", hex(colour.dark));
        let _ = writeln!(rules, "[fill=\"#{name}\"]{{fill:var(--{name})}}");
        let _ = writeln!(rules, "[stroke=\"#{name}\"]{{stroke:var(--{name})}}");
    }
    let limit = hex(Colour::LIMIT.light);
    format!(
        ":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n\
         {rules}[stroke=\"#{limit}\"]{{stroke-dasharray:5 4}}\n"
    )
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("{red:02X}{green:02X}{blue:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_tells_all_colours_apart() {
        let mut names: Vec<_> = Colour::ALL.iter().map(|colour| hex(colour.light)).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Colour::ALL.len());
    }
}
