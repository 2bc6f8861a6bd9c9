//! The page of a fit: quantile plots, what was seen against what the model says.

use maud::html;

use super::{
    axis::Axis,
    chart::{Chart, Mark},
    colour::Colour,
    page::{self, Picture},
};
use crate::{
    calibrate::{Fitted, Model},
    fit::{Goodness, Pair},
    report::{fit, human},
};

/// The page of a fit.
pub fn render(fitted: &Fitted) -> String {
    let mut head = fit::head(fitted).into_iter();
    let first = head.next().unwrap_or_default();
    let body = html! {
        h1 { "Fit" }
        p { (first) }
        ul { @for line in head { li.bad { (line) } } }
        @for (part, model) in fitted.groups.iter().enumerate() {
            section {
                h2 { (fit::title(fitted, model)) }
                ul { @for line in fit::lines(fitted, model) { li { (line) } } }
                (page::gallery(part, &pictures(model)))
                div.tables { @for table in fit::tables(model) { (page::table(&page::shared(table))) } }
            }
        }
        p.quiet { "Made by fleetsim " (env!("CARGO_PKG_VERSION")) "." }
    };
    page::page("Fit", &body)
}

fn pictures(model: &Model) -> Vec<Picture> {
    let of_time = |(name, time): (String, &crate::calibrate::Time)| {
        let own = time.goodness.as_ref().and_then(|goodness| picture("Quantiles", &name, "seen", goodness));
        let held = time.held_out.as_ref();
        let held = held.and_then(|held| picture("Quantiles, held out", &name, "held out", &held.goodness));
        own.into_iter().chain(held).collect::<Vec<_>>()
    };
    fit::times(model).into_iter().flat_map(of_time).collect()
}

/// A quantile plot: on the line, the model has what was seen.
fn picture(title: &'static str, name: &str, seen: &str, goodness: &Goodness) -> Option<Picture> {
    let pairs: Vec<&Pair> =
        goodness.plot.iter().filter(|pair| pair.seen > 0.0 && pair.fitted.is_finite()).collect();
    let (first, last) = (pairs.first()?, pairs.last()?);
    let low = first.seen.min(first.fitted).max(1.0) as u64;
    let high = last.seen.max(last.fitted).ceil() as u64;
    // Where all lies within a decade equal steps show more than equal ratios.
    let is_narrow = high < low.saturating_mul(10);
    let axis = || if is_narrow { Axis::times(low, high) } else { Axis::log_times(low, high) };
    let place = |value: f64| if is_narrow { value as i64 } else { Axis::log(value as u64) };
    let at = |pair: &Pair| (place(pair.seen), place(pair.fitted));
    let ends = [low, high].map(|end| (place(end as f64), place(end as f64)));
    let mut marks = vec![Mark::Line { points: ends.to_vec(), colour: Colour::GREY, width: 2 }];
    marks.extend(pairs.iter().map(|pair| Mark::Point { at: at(pair), colour: Colour::BLUE, size: 3 }));
    let row = |pair: &&Pair| {
        let times = [pair.seen, pair.fitted].map(human::micros);
        let [seen, fitted] = times;
        vec![format!("p{:.0}", 100.0 * pair.share), seen, fitted, format!("{:+.1} %", 100.0 * pair.error())]
    };
    let header = ["quantile", seen, "model", "error"];
    Some(Picture {
        title,
        description: format!(
            "{name}: each point is a hundredth of the durations. On the line the model has what was {seen}. \
             Kolmogorov-Smirnov distance {:.4}; chance alone makes up to {:.4}.",
            goodness.distance, goodness.noise
        ),
        chart: Chart {
            x: axis(),
            y: axis(),
            x_title: if seen == "seen" { "seen" } else { "held out" },
            y_title: "model",
            marks,
        },
        legend: vec![(Colour::BLUE, "quantiles".into()), (Colour::GREY, "equal".into())],
        table: (header.map(String::from).to_vec(), pairs.iter().map(row).collect()),
    })
}
