//! Which rules an event matches. Patterns are compiled once, and a verdict is remembered where it cannot differ between
//! instances.

use rustc_hash::FxHashMap;

use super::{
    Plan, Roster,
    narrator::{Ids, Narrator, is_particular},
};
use crate::{
    base::SimTime,
    events::{
        Cause, Happening,
        pattern::{Event, Pattern},
    },
};

/// The enabled rules of a plan, compiled.
#[derive(Clone, Debug, Default)]
pub struct Rulebook {
    rules: Vec<Compiled>,
    remembered: FxHashMap<(u32, u32), Verdict>,
}

#[derive(Clone, Debug)]
struct Compiled {
    rule: u16,
    pattern: Pattern,
    /// Whether it asks for what is another thing for another instance or at another time.
    is_particular: bool,
}

/// What is known of all events of a kind.
#[derive(Clone, Debug, Default)]
struct Verdict {
    /// The rules that match every one of them.
    always: Vec<u16>,
    /// The places of those that may match some.
    perhaps: Vec<usize>,
}

impl Rulebook {
    /// The rules of a plan; none where it has no events. A pattern that does not compile, which no resolved plan has, matches
    /// nothing.
    pub fn new(plan: &Plan) -> Self {
        let rules = plan.events.iter().flat_map(|events| &events.rules);
        let compile = |(at, rule): (u16, &super::plan::Rule)| {
            let pattern = Pattern::compile(&rule.pattern).ok().filter(|_| rule.enabled)?;
            let is_particular = pattern.paths().any(is_particular);
            Some(Compiled { rule: at, pattern, is_particular })
        };
        Self { rules: (0..).zip(rules).filter_map(compile).collect(), remembered: FxHashMap::default() }
    }

    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules that an event matches, in their order.
    pub fn matching(&mut self, plan: &Plan, roster: &Roster, cause: Cause, requested: SimTime) -> Vec<u16> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        let mut event = None;
        let key = (key_of(plan, roster, cause.happening), cause.happening.kind());
        if !self.remembered.contains_key(&key) {
            let verdict = self.judge(event.get_or_insert_with(|| parse(plan, roster, cause, requested)));
            self.remembered.insert(key, verdict);
        }
        let Verdict { always, perhaps } = &self.remembered[&key];
        if perhaps.is_empty() {
            return always.clone();
        }
        let event = event.get_or_insert_with(|| parse(plan, roster, cause, requested));
        let matches = |at: &&usize| self.rules[**at].pattern.matches(event);
        let mut matching = always.clone();
        matching.extend(perhaps.iter().filter(matches).map(|&at| self.rules[at].rule));
        matching.sort_unstable();
        matching
    }

    fn judge(&self, event: &Event) -> Verdict {
        let mut verdict = Verdict::default();
        for (at, compiled) in self.rules.iter().enumerate() {
            if compiled.is_particular {
                verdict.perhaps.push(at);
            } else if compiled.pattern.matches(event) {
                verdict.always.push(compiled.rule);
            }
        }
        verdict
    }
}

/// The event with zeros for ids, ready for patterns.
pub(super) fn parse(plan: &Plan, roster: &Roster, cause: Cause, requested: SimTime) -> Event {
    let narrator = Narrator::new(plan, roster).expect("only plans with events have rules");
    let text = narrator.tell(cause, requested, Ids::default()).to_json();
    Event::parse(&text).expect("the events of a plan are JSON objects")
}

/// What events of one kind have in common: their command, or their group.
fn key_of(plan: &Plan, roster: &Roster, happening: Happening) -> u32 {
    match happening {
        Happening::Command { command, .. } | Happening::Invocation { command, .. } => command,
        other => {
            let (group, _) =
                other.instance().and_then(|instance| roster.locate(instance)).unwrap_or_default();
            (plan.commands.len() + group) as u32
        }
    }
}
