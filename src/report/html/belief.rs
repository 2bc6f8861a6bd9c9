//! What naive consumers of notifications believed, against the truth.

use super::{
    axis::Axis,
    chart::{Chart, Mark},
    colour::Colour,
    fleet::thin,
    latency::COLOURS,
    page::Picture,
};
use crate::{
    base::SimDuration,
    measure::{Belief, Bins},
    report::human,
    ssm::NotificationType,
};

const POINTS: usize = 256;
const ROWS: usize = 24;

/// The notifications of one command in one replication.
pub(super) struct Beliefs {
    entities: &'static str,
    subscriptions: Vec<String>,
    /// After the request: what was true and what was believed.
    points: Vec<(u64, Belief)>,
}

/// A name, its colour, and a count after so long.
type Line = (String, Colour, Vec<(u64, u32)>);

impl Beliefs {
    /// `None` where nothing was published.
    pub(super) fn new(
        requested: SimDuration,
        kind: NotificationType,
        subscriptions: Vec<String>,
        spans: &Bins<Belief>,
    ) -> Option<Self> {
        let width = spans.width().0;
        let all: Vec<_> = spans
            .iter()
            .map(|(begin, belief)| ((begin.0 + width).saturating_sub(requested.0), belief.clone()))
            // Spans before the first message know of no subscriptions.
            .filter(|(time, belief)| *time > 0 && belief.believed.len() == subscriptions.len())
            .collect();
        let entities = match kind {
            NotificationType::Command => "the command",
            NotificationType::Invocation => "instances",
        };
        (!all.is_empty()).then(|| Self { entities, subscriptions, points: thin(&all, POINTS).collect() })
    }

    /// How many are under way, in truth and in the consumers' books.
    pub(super) fn under_way(&self) -> Picture {
        let truth: Vec<_> =
            self.points.iter().map(|(time, belief)| (*time, belief.truth.in_progress)).collect();
        let mut lines = vec![("the truth".to_string(), Colour::GREY, truth)];
        for (at, (name, colour)) in self.subscriptions.iter().zip(COLOURS.into_iter().cycle()).enumerate() {
            let of =
                self.points.iter().map(|(time, belief)| (*time, belief.believed[at].in_progress)).collect();
            lines.push((format!("what {name} believes"), colour, of));
        }
        let description = format!(
            "How many {} are InProgress: as Systems Manager published it, and as a consumer has it who believes what \
             arrived last. Above the truth: the news of the end is under way, lost, or was overtaken.",
            self.entities
        );
        self.picture("Believed against the truth", description, &lines)
    }

    /// About how many the consumers are wrong.
    pub(super) fn wrong(&self) -> Picture {
        let mut lines = Vec::new();
        for (at, (name, colour)) in self.subscriptions.iter().zip(COLOURS.into_iter().cycle()).enumerate() {
            let of: Vec<_> = self.points.iter().map(|(time, belief)| (*time, belief.wrong[at])).collect();
            lines.push((name.clone(), colour, of));
        }
        let left = lines.iter().map(|(name, _, of)| {
            let last = of.last().map_or(0, |(_, wrong)| *wrong);
            format!("{name} {}", human::count(last.into()))
        });
        let left: Vec<_> = left.collect();
        let description = format!(
            "About how many {} each consumer is wrong, having heard of them. What is left at the end stays wrong: {}.",
            self.entities,
            left.join(", ")
        );
        self.picture("Wrong beliefs", description, &lines)
    }

    /// What waits at the endpoints; `None` where nothing ever does.
    pub(super) fn backlog(&self) -> Option<Picture> {
        let mut lines = Vec::new();
        for (at, (name, colour)) in self.subscriptions.iter().zip(COLOURS.into_iter().cycle()).enumerate() {
            let depth =
                |(time, belief): &(u64, Belief)| (*time, belief.backlog.get(at).copied().unwrap_or(0));
            let of: Vec<_> = self.points.iter().map(depth).collect();
            if of.iter().any(|(_, depth)| *depth > 0) {
                lines.push((name.clone(), colour, of));
            }
        }
        let description =
            "How many messages each endpoint has taken in and is not done with, those it works on included.";
        let picture = || Picture {
            chart: Chart { y_title: "messages", ..self.picture("", String::new(), &lines).chart },
            ..self.picture("Backlog of the consumers", description.into(), &lines)
        };
        (!lines.is_empty()).then(picture)
    }

    fn picture(&self, title: &'static str, description: String, lines: &[Line]) -> Picture {
        let last = self.points.last().map_or(0, |(time, _)| *time);
        let highest =
            lines.iter().flat_map(|(_, _, of)| of.iter().map(|(_, count)| *count)).max().unwrap_or(0);
        let line = |(_, colour, of): &Line| Mark::Line {
            points: of.iter().map(|&(time, count)| (time as i64, count.into())).collect(),
            colour: *colour,
            width: 2,
        };
        let header = ["after".to_string()].into_iter().chain(lines.iter().map(|(name, ..)| name.clone()));
        let places: Vec<usize> = (0..self.points.len()).collect();
        let row = |at: usize| {
            let counts = lines.iter().map(|(_, _, of)| human::count(of[at].1.into()));
            [human::micros(self.points[at].0 as f64)].into_iter().chain(counts).collect()
        };
        Picture {
            title,
            description,
            chart: Chart {
                x: Axis::times(0, last).until(last),
                y: Axis::counts(0, highest.into()),
                x_title: "after the request",
                y_title: self.entities,
                marks: lines.iter().map(line).collect(),
            },
            legend: lines.iter().map(|(name, colour, _)| (*colour, name.clone())).collect(),
            table: (header.collect(), thin(&places, ROWS).map(row).collect()),
        }
    }
}
