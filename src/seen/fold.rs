//! The fold from sightings to lives. Memory grows with the invocations that are open, and with those that ended within the
//! window of disorder or are still being listed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use super::{InvocationSighting, Life, Sighting, Track, track::later};

/// Puts the lives of invocations together. Sightings may come doubled, and out of order within a window.
#[derive(Debug)]
pub struct Fold {
    window: SignedDuration,
    /// By command and instance, which have no line feed.
    entries: BTreeMap<Arc<str>, Entry>,
    /// When to look at an entry that has ended again.
    due: BTreeSet<(Timestamp, Arc<str>)>,
    latest: Timestamp,
    stragglers: u64,
    key: String,
}

#[derive(Debug)]
enum Entry {
    /// It goes on, or may have ended within the window.
    Open(Box<Track>),
    /// It was handed out; lists may still tell of it.
    Gone {
        /// When it was last told of.
        last: Timestamp,
    },
}

impl Fold {
    /// A fold that waits so long for what comes late.
    pub fn new(window: SignedDuration) -> Self {
        Self {
            window,
            entries: BTreeMap::new(),
            due: BTreeSet::new(),
            latest: Timestamp::MIN,
            stragglers: 0,
            key: String::new(),
        }
    }

    /// Takes note of a sighting; those of commands and cancels tell nothing of a life.
    pub fn add(&mut self, sighting: &Sighting) {
        if let Sighting::Invocation(invocation) = sighting {
            self.add_invocation(invocation);
        }
    }

    /// Hands out the next invocation that ended longer ago than the window.
    pub fn next_life(&mut self) -> Option<Life> {
        loop {
            let &(due, _) = self.due.first()?;
            if due >= self.latest {
                return None;
            }
            let (due, key) = self.due.pop_first()?;
            let entry = self.entries.get_mut(&key)?;
            match entry {
                Entry::Open(track) => {
                    let life = life(&key, track);
                    let last = track.latest().unwrap_or(due);
                    *entry = Entry::Gone { last };
                    self.due.insert((later(last, self.window), key));
                    return Some(life);
                }
                Entry::Gone { last } if later(*last, self.window) > due => {
                    self.due.insert((later(*last, self.window), key));
                }
                Entry::Gone { .. } => {
                    self.entries.remove(&key);
                }
            }
        }
    }

    /// Hands out everything that is left, ended or not, ordered by command and instance.
    pub fn finish(self) -> impl Iterator<Item = Life> {
        self.entries.into_iter().filter_map(|(key, entry)| match entry {
            Entry::Open(track) => Some(life(&key, &track)),
            Entry::Gone { .. } => None,
        })
    }

    /// How many sightings came too late to be heeded.
    pub fn stragglers(&self) -> u64 {
        self.stragglers
    }

    fn add_invocation(&mut self, sighting: &InvocationSighting) {
        let at = sighting.when.order();
        self.latest = self.latest.max(at);
        self.key.clear();
        self.key.extend([&sighting.command_id, "\n", &sighting.instance_id]);
        let is_end = sighting.state.status.is_terminal();
        match self.entries.get_mut(self.key.as_str()) {
            Some(Entry::Gone { last }) => {
                // What is listed again as ended tells nothing new.
                self.stragglers += u64::from(!is_end);
                *last = at.max(*last);
            }
            Some(Entry::Open(track)) => {
                let had_ended = has_ended(track);
                track.note(sighting);
                if is_end && !had_ended {
                    self.due.insert((later(at, self.window), Arc::from(self.key.as_str())));
                }
            }
            None => {
                let key: Arc<str> = Arc::from(self.key.as_str());
                let mut track = Box::<Track>::default();
                track.note(sighting);
                if is_end {
                    self.due.insert((later(at, self.window), key.clone()));
                }
                self.entries.insert(key, Entry::Open(track));
            }
        }
    }
}

fn has_ended(track: &Track) -> bool {
    let ended = |sights: &[super::course::Sight<crate::ssm::InvocationState>]| {
        sights.last().is_some_and(|sight| sight.state.status.is_terminal())
    };
    ended(track.polled.sights()) || ended(track.told.sights())
}

fn life(key: &str, track: &Track) -> Life {
    let (command_id, instance_id) = key.split_once('\n').unwrap_or((key, ""));
    track.life(command_id, instance_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        seen::When,
        ssm::{InvocationState, InvocationStatus, StatusDetails},
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn sighting(instance: &str, second: i64, is_end: bool) -> Sighting {
        let (status, details) = match is_end {
            true => (InvocationStatus::Success, StatusDetails::Success),
            false => (InvocationStatus::InProgress, StatusDetails::InProgress),
        };
        Sighting::Invocation(InvocationSighting {
            command_id: "c".into(),
            instance_id: instance.into(),
            when: When::Polled { asked: at(second), answered: at(second) },
            state: InvocationState { status, details },
            details_told: true,
            document_name: None,
            requested: None,
            response_code: None,
            started: None,
            finished: None,
            steps: vec![],
        })
    }

    fn lives(fold: &mut Fold) -> Vec<String> {
        std::iter::from_fn(|| fold.next_life()).map(|life| life.instance_id).collect()
    }

    #[test]
    fn what_has_ended_is_handed_out_when_the_window_has_passed() {
        let mut fold = Fold::new(SignedDuration::from_secs(10));
        fold.add(&sighting("a", 0, false));
        fold.add(&sighting("b", 0, false));
        fold.add(&sighting("a", 5, true));
        fold.add(&sighting("b", 15, false));
        assert!(lives(&mut fold).is_empty());
        fold.add(&sighting("b", 16, false));
        assert_eq!(lives(&mut fold), ["a"]);
        let rest: Vec<Life> = fold.finish().collect();
        assert_eq!(rest.len(), 1);
        assert_eq!((rest[0].instance_id.as_str(), rest[0].end()), ("b", None));
    }

    #[test]
    fn lists_that_go_on_tell_no_second_life_and_stragglers_are_counted() {
        let mut fold = Fold::new(SignedDuration::from_secs(10));
        fold.add(&sighting("a", 0, true));
        for second in 1..100 {
            fold.add(&sighting("a", second, true));
            fold.add(&sighting("b", second, false));
        }
        assert_eq!(lives(&mut fold), ["a"]);
        assert_eq!(fold.stragglers(), 0);
        fold.add(&sighting("a", 1, false));
        assert_eq!(fold.stragglers(), 1);
        // Long after the lists have ended it is forgotten.
        fold.add(&sighting("b", 200, false));
        assert!(lives(&mut fold).is_empty());
        assert_eq!(fold.entries.len(), 1);
    }
}
