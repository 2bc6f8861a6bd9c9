//! An inventory: what the answers of the AWS CLI tell of real instances, joined by instance id.

use std::{borrow::Cow, collections::BTreeMap, ops::Range, sync::Arc};

use rustc_hash::FxHashMap;

use super::{
    fault::{Fault, Place},
    source::Source,
};
use crate::ssm::status::Platform;

mod answer;
pub(super) mod members;
mod told;

use answer::Answers;
use told::{Information, Kind, Machine, Page, Ping, State, Tags, Told};

/// What some files tell of real instances.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    /// The managed instances, in the order in which the files first name them.
    pub(super) instances: Vec<Known>,
    /// The others, and why they are no part of a fleet.
    pub(super) left_out: BTreeMap<String, LeftOut>,
    /// Whether some file says which instances are managed.
    pub(super) tells_managed: bool,
    /// The answers of which every page says that another one follows.
    pub(super) unfinished: Vec<&'static str>,
}

/// A managed instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// `InstanceId`.
    pub(super) id: String,
    /// The platform.
    pub(super) platform: Platform,
    /// Its tags.
    pub(super) tags: Tags,
    /// Whether it cannot be reached: its `PingStatus` is not Online, or it is stopped or stopping.
    pub(super) is_lost: bool,
}

/// Why an instance of the files is no part of a fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LeftOut {
    /// On EC2, but Systems Manager does not know it.
    NotManaged,
    /// It is terminated, or about to be.
    Terminated,
}

impl LeftOut {
    /// The reason, as the end of a sentence.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::NotManaged => {
                "is not managed by Systems Manager: describe-instance-information does not list it"
            }
            Self::Terminated => "is terminated or shutting down",
        }
    }
}

/// Where an entry stands.
#[derive(Clone, Debug)]
struct Spot<'a> {
    source: &'a Arc<Source>,
    span: Range<usize>,
}

/// What the files tell of one instance.
struct Entry<'a> {
    id: Cow<'a, str>,
    information: Option<(Information, Spot<'a>)>,
    machine: Option<(Machine, Spot<'a>)>,
    mapping: Option<(Tags, Spot<'a>)>,
}

/// Entries by instance id.
#[derive(Default)]
struct Join<'a> {
    /// In the order of first mention.
    entries: Vec<Entry<'a>>,
    /// Looked up only.
    by_id: FxHashMap<Cow<'a, str>, usize>,
    /// For each kind of answer how many of its pages say that another follows, and how many there are.
    pages: BTreeMap<Kind, (u32, u32)>,
}

impl Inventory {
    /// Reads and joins files. Fails with every fault of all of them.
    pub(super) fn read(files: &[Arc<Source>]) -> Result<Self, Vec<Fault>> {
        let mut join = Join::default();
        let mut faults = Vec::new();
        for source in files {
            let mut answers = Answers::new(source);
            answers.pages(|answers, page: Page<'_>, at| join.add_page(source, answers, &page, at));
            faults.extend(answers.into_faults());
        }
        let inventory = join.finish(&mut faults);
        if faults.is_empty() { Ok(inventory) } else { Err(faults) }
    }
}

impl<'a> Join<'a> {
    fn add_page(&mut self, source: &'a Arc<Source>, answers: &mut Answers<'a>, page: &Page<'a>, at: usize) {
        let mut is_known = false;
        for (kind, more) in page.kinds() {
            is_known = true;
            let (unfinished, pages) = self.pages.entry(kind).or_default();
            *unfinished += u32::from(more);
            *pages += 1;
        }
        if !is_known {
            let lists = "`InstanceInformationList` of describe-instance-information, `Reservations` of \
                         describe-instances or `ResourceTagMappingList` of get-resources";
            answers.refuse_page(at, lists);
        }
        page.read(answers, |answers, id, entry, told| {
            let spot = Spot { source, span: answers.span(entry) };
            self.add(answers, id, told, spot);
        });
    }

    /// Takes in an entry; one that says the same as one before is no fault, one that contradicts it is.
    fn add(&mut self, answers: &mut Answers<'a>, id: Cow<'a, str>, told: Told, spot: Spot<'a>) {
        let at = *self.by_id.entry(id).or_insert_with_key(|id| {
            self.entries.push(Entry { id: id.clone(), information: None, machine: None, mapping: None });
            self.entries.len() - 1
        });
        let entry = &mut self.entries[at];
        let span = spot.span.clone();
        let earlier = match told {
            Told::Information(one) => fill(&mut entry.information, one, spot),
            Told::Machine(one) => fill(&mut entry.machine, one, spot),
            Told::Mapping(one) => fill(&mut entry.mapping, one, spot),
        };
        if let Some(earlier) = earlier {
            let message = format!("`{}` is told of twice, with a difference", entry.id);
            let start = span.start..span.start + 1;
            answers.refuse(start, message, format!("it stands at {earlier} too; keep the later answer"));
        }
    }

    fn finish(self, faults: &mut Vec<Fault>) -> Inventory {
        let tells_managed = self.pages.contains_key(&Kind::Information);
        let unfinished = self.pages.iter().filter(|(_, (unfinished, pages))| unfinished == pages);
        let mut inventory = Inventory {
            tells_managed,
            unfinished: unfinished.map(|(kind, _)| kind.command()).collect(),
            ..Inventory::default()
        };
        for entry in self.entries {
            match entry.finish(tells_managed) {
                Ok(Finished::Managed(known)) => inventory.instances.push(known),
                Ok(Finished::LeftOut(id, why)) => {
                    inventory.left_out.insert(id, why);
                }
                Ok(Finished::Unknown) => {}
                Err(fault) => faults.push(fault),
            }
        }
        inventory
    }
}

/// What an entry comes to.
enum Finished {
    Managed(Known),
    LeftOut(String, LeftOut),
    /// Only its tags are told.
    Unknown,
}

impl Entry<'_> {
    fn finish(self, tells_managed: bool) -> Result<Finished, Fault> {
        let state = self.machine.as_ref().map(|(machine, _)| machine.state);
        let ping = self.information.as_ref().map(|(information, _)| information.ping);
        match (ping, state) {
            (_, Some(State::Terminated | State::ShuttingDown)) => {
                return Ok(Finished::LeftOut(self.id.into_owned(), LeftOut::Terminated));
            }
            (None, Some(_)) if tells_managed => {
                return Ok(Finished::LeftOut(self.id.into_owned(), LeftOut::NotManaged));
            }
            (None, None) => return Ok(Finished::Unknown),
            _ => {}
        }
        let platform = self.platform()?;
        self.check_tags()?;
        let is_lost = ping.is_some_and(|ping| ping != Ping::Online)
            || matches!(state, Some(State::Stopping | State::Stopped));
        let tags = self.machine.and_then(|(machine, _)| machine.tags);
        let tags = tags.or(self.mapping.map(|(tags, _)| tags)).unwrap_or_default();
        Ok(Finished::Managed(Known { id: self.id.into_owned(), platform, tags, is_lost }))
    }

    /// The agent's own word, else what EC2 knows.
    fn platform(&self) -> Result<Platform, Fault> {
        let machine = self.machine.as_ref().map(|(machine, _)| machine.platform);
        match &self.information {
            Some((Information { platform, .. }, spot)) => platform.or(machine).ok_or_else(|| {
                let message = format!("the platform of `{}` is not told", self.id);
                Fault::error(spot.place(), message, "give `PlatformType`: Windows, Linux or MacOS (S15.6)")
            }),
            None => Ok(machine.expect("a managed instance is told of by one answer or the other")),
        }
    }

    /// Those of describe-instances and of get-resources must agree.
    fn check_tags(&self) -> Result<(), Fault> {
        let (Some((machine, spot)), Some((tags, other))) = (&self.machine, &self.mapping) else {
            return Ok(());
        };
        if machine.tags.as_ref().is_none_or(|known| known == tags) {
            return Ok(());
        }
        let message = format!("`{}` has other tags elsewhere", self.id);
        let help = format!("it stands at {} too; keep the later answer", spot.line());
        Err(Fault::error(other.place(), message, help))
    }
}

/// Puts `one` where nothing is yet; else, when what is there says otherwise, where that stands.
fn fill<'a, T: PartialEq>(place: &mut Option<(T, Spot<'a>)>, one: T, spot: Spot<'a>) -> Option<String> {
    match place {
        None => {
            *place = Some((one, spot));
            None
        }
        Some((other, earlier)) => (*other != one).then(|| earlier.line()),
    }
}

impl Spot<'_> {
    fn place(&self) -> Place {
        let start = self.span.start..self.span.start + 1;
        Place { span: Some(start), ..Place::file(self.source) }
    }

    /// File and line.
    fn line(&self) -> String {
        let before = &self.source.text.as_bytes()[..self.span.start];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        format!("{}:{line}", self.source.path.display())
    }
}

impl Kind {
    /// The command whose answer it is.
    fn command(self) -> &'static str {
        match self {
            Self::Information => "describe-instance-information",
            Self::Machines => "describe-instances",
            Self::Mappings => "get-resources",
        }
    }
}
