//! Run Command: the world that commands run in, and what callers may know of it.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::store::{Store, Stored};
use crate::{
    base::{Chance, SimDuration, SimTime},
    history::{Digest, Observer, codec::HistoryWriter},
    scenario::{
        Plan, Roster,
        acceptance::Accepted,
        plan::{Cancel, InstanceRange, Topic},
    },
    sns::id,
    ssm::{ApiError, SendCommandRequest, document::Document},
    world::{Model, Put, Suspended, World},
};

/// The fleet and its commands.
#[derive(Debug)]
pub struct RunCommand {
    model: Model<'static>,
    /// Always there but while it runs.
    world: Option<Suspended>,
    /// What callers may know.
    pub store: Store,
    roster: Roster,
    /// Ids of instances that are only pretended.
    invented: Vec<String>,
    now: SimTime,
    /// Topics of the plan by their ARN.
    topics: BTreeMap<String, u32>,
    /// Commands that will be submitted, whose targets are not resolved yet.
    accepted: Vec<u32>,
    is_behind: bool,
    keeps_puts: bool,
    digest: Digest,
}

/// Why a command is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The service refuses it.
    Api(ApiError),
    /// There are as many commands as can be told apart.
    Full,
}

impl RunCommand {
    /// The fleet of a plan. The plan's own commands are sent at their times.
    pub fn new(plan: Plan) -> Self {
        let topics = (0..).zip(&plan.topics).map(|(at, topic)| (topic.arn.clone(), at)).collect();
        let roster = Roster::new(&plan);
        let mut store = Store::default();
        for (index, command) in (0..).zip(&plan.commands).filter(|(_, command)| !command.is_template) {
            store.foresee(index, Stored::new(id::command_id(plan.seed, 0, index), command));
        }
        let model = Model::open(plan);
        let world = Some(Suspended::new(&model, model.plan().seed, 0));
        Self {
            model,
            world,
            store,
            roster,
            invented: Vec::new(),
            now: SimTime::ZERO,
            topics,
            accepted: Vec::new(),
            is_behind: false,
            keeps_puts: false,
            digest: Digest::default(),
        }
    }

    /// The plan, with all commands so far.
    pub fn plan(&self) -> &Plan {
        self.model.plan()
    }

    /// The index of the instance with this id.
    pub fn find(&self, instance_id: &str) -> Option<u32> {
        let invented = || self.invented.iter().position(|id| id == instance_id);
        let behind = |place: usize| self.plan().fleet_size() + place as u32;
        self.roster.find(instance_id).or_else(|| invented().map(behind))
    }

    /// The id of the instance with this index.
    pub fn instance_id(&self, index: u32) -> String {
        let invented =
            index.checked_sub(self.plan().fleet_size()).and_then(|at| self.invented.get(at as usize));
        invented.cloned().unwrap_or_else(|| self.roster.id(index))
    }

    /// How many instances there are, the pretended ones counted.
    pub fn size(&self) -> u32 {
        self.plan().fleet_size() + self.invented.len() as u32
    }

    /// The instance's group and its place in it; `None` outside the fleet.
    pub fn locate(&self, index: u32) -> Option<(usize, u32)> {
        self.roster.locate(index)
    }

    /// The tags that the scenario gives an instance.
    pub fn tags(&self, index: u32) -> BTreeMap<String, String> {
        let place = self.roster.locate(index);
        place.map(|(group, place)| self.plan().groups[group].tags(place).clone()).unwrap_or_default()
    }

    /// The instances by index and id.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Whether a request waits for the next instant.
    pub fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// The last moment reached.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// When next something happens.
    pub fn next_time(&mut self) -> Option<SimTime> {
        self.world.as_mut().expect("it does not run now").next_time()
    }

    /// Everything that happens up to a time and with it, or up to the instant after which `stop` says so. `listener` hears of
    /// it too.
    pub fn run_to<L: Observer>(&mut self, end: SimTime, listener: &mut L, stop: impl Fn(&L) -> bool) {
        debug_assert!(self.now <= end, "time does not go back");
        for index in std::mem::take(&mut self.accepted) {
            let targets = self.model.resolve_targets(index);
            self.store.expect(index, &targets);
        }
        let world = self.world.take().expect("it does not run now");
        let mut both = ((&mut self.store, &mut self.digest), listener);
        let (world, reached) = world.run_to(&self.model, end, &mut both, |(_, listener)| stop(listener));
        self.world = Some(world);
        self.now = reached;
        self.is_behind = false;
    }

    /// From now on what is put of outputs is kept until it is taken.
    pub fn keep_puts(&mut self) {
        self.keeps_puts = true;
        self.world.as_mut().expect("it does not run now").keep_puts();
    }

    /// What was put of outputs since it was last taken, in order of time.
    pub fn take_puts(&mut self) -> Vec<Put> {
        self.world.as_mut().expect("it does not run now").take_puts()
    }

    /// Sends a command: it is submitted in the instant after now. Its index in the plan.
    ///
    /// # Errors
    ///
    /// See [`Accepted::command`].
    pub fn send(
        &mut self,
        request: &SendCommandRequest,
        document: &Document,
        access_denied: &[InstanceRange],
    ) -> Result<u32, Refusal> {
        let plan = self.model.plan();
        let index = plan.commands.len() as u32;
        let config = request.notification_config.as_ref();
        let topic = config.and_then(|config| config.notification_arn.clone()).map(|arn| self.topic(arn));
        let plan = self.model.plan();
        let at = self.next_instant().since(SimTime::ZERO);
        let accepted = Accepted { request, document, access_denied, topic };
        let is_known = |id: &str| self.roster.find(id).is_some();
        let command = accepted.command(plan, format!("call-{index}"), at, is_known).map_err(Refusal::Api)?;
        let like = self.like(request, command.steps.len());
        let index = self.model.add_command(command.clone(), like).ok_or(Refusal::Full)?;
        self.world.as_mut().expect("it does not run now").take_in(index, &command);
        let id = id::command_id(self.model.plan().seed, 0, index);
        let plugins = document.steps.iter().map(|step| step.action.name).collect();
        let mut stored = Stored::new(id, &command);
        stored.plugins = plugins;
        self.store.insert(index, stored);
        self.accepted.push(index);
        self.is_behind = true;
        Ok(index)
    }

    /// Takes a command as moto does: on all these instances it has succeeded at once. The world does not hear of it.
    pub fn pretend(&mut self, request: &SendCommandRequest, steps: Vec<String>, instances: &[u32]) -> u32 {
        let index = self.store.next_index();
        let id = id::command_id(!self.plan().seed, 0, index);
        self.store.insert(index, Stored::succeeded(id, request, steps, instances, self.now));
        index
    }

    /// The index of an instance, or of a pretended one of this id behind the fleet.
    pub fn find_or_invent(&mut self, id: &str) -> u32 {
        if let Some(index) = self.find(id) {
            return index;
        }
        self.invented.push(id.into());
        self.plan().fleet_size() + self.invented.len() as u32 - 1
    }

    /// Cancels a command, on some of its instances or, when none is named, on all, in the instant after now.
    pub fn cancel(&mut self, index: u32, instance_ids: Vec<String>) {
        let cancel = Cancel { at: self.next_instant().since(SimTime::ZERO), instance_ids };
        let number = self.model.add_cancel(index, cancel.clone());
        self.world.as_mut().expect("it does not run now").take_in_cancel(index, number, &cancel);
        self.is_behind = true;
    }

    /// What is told of everything up to now, told again from the beginning.
    pub fn tell_again(&self, observer: &mut impl Observer) {
        let mut world = World::new(&self.model, self.plan().seed, 0);
        while world.next_time().is_some_and(|next| next <= self.now) {
            world.step(observer);
        }
    }

    /// The digest of everything up to now.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Writes the history up to now.
    ///
    /// # Errors
    ///
    /// The first one that the output has.
    pub fn write_history(&self, output: impl Write) -> io::Result<()> {
        let mut writer = HistoryWriter::new(self.plan(), self.plan().seed, 0, output);
        self.tell_again(&mut writer);
        writer.finish()
    }

    /// Goes on with another model, whose world has come as far.
    pub(super) fn replace(&mut self, model: Model<'static>, mut world: Suspended) {
        if self.keeps_puts {
            world.keep_puts();
        }
        self.model = model;
        self.world = Some(world);
    }

    /// The first instant that has not been handled.
    pub(super) fn next_instant(&self) -> SimTime {
        self.now + SimDuration::UNIT
    }

    /// The index of a topic, which is added if the plan has none of this ARN.
    fn topic(&mut self, arn: String) -> u32 {
        let model = &mut self.model;
        *self.topics.entry(arn).or_insert_with_key(|arn| {
            let (arn, published_twice) = (arn.clone(), Chance(0));
            model.add_topic(Topic { arn, published_twice, subscriptions: Vec::new() })
        })
    }

    /// The first command of the same document: steps go as its steps do.
    fn like(&self, request: &SendCommandRequest, steps: usize) -> Option<u32> {
        let name = |request: &SendCommandRequest| {
            request.document_name.rsplit('/').next().unwrap_or_default().to_string()
        };
        let wanted = name(request);
        let commands = (0..).zip(&self.plan().commands);
        let mut alike = commands
            .filter(|(_, other)| other.steps.len() == steps && name(&other.request) == wanted)
            .map(|(index, _)| index);
        alike.next()
    }
}
