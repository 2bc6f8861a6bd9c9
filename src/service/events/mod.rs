//! EventBridge: buses, rules and targets, and events that run rules. A sans-I/O machine: what rules call comes out as
//! invocations.

mod bus;
mod input;
mod invocation;
mod path;
mod rule;
mod target;
mod template;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

pub use invocation::{DeadLetter, Destination, Failure, Invocation};

use super::Moment;
use crate::{
    base::SimTime,
    events::{
        body::{self, Detail},
        pattern::{self, Pattern},
    },
    wire::{
        events::{
            DEFAULT_BUS, Request,
            bus::EventBus,
            bus_name,
            entry::{PutEventsRequest, PutEventsRequestEntry, PutEventsResponse, PutEventsResultEntry},
            rule::Rule as Described,
            target::Target,
        },
        fault::Fault,
    },
};
use input::Matched;

/// What all lists of one page hold, unless the request says less.
const PAGE: i64 = 100;

/// EventBridge of one account in one Region.
#[derive(Debug)]
pub struct EventBridge {
    account: String,
    region: String,
    /// By name; the default bus is always there.
    buses: BTreeMap<String, Bus>,
    invocations: Vec<Invocation>,
}

/// A bus and its rules.
#[derive(Debug)]
struct Bus {
    /// As it is described; the times are in `made`.
    about: EventBus,
    made: SimTime,
    /// By name.
    rules: BTreeMap<String, Rule>,
}

/// A rule, its targets in the order in which they were put.
#[derive(Debug)]
struct Rule {
    about: Described,
    pattern: Pattern,
    targets: Vec<Target>,
}

impl EventBridge {
    /// With the default bus, and no rules.
    pub fn new(account: impl Into<String>, region: impl Into<String>) -> Self {
        let (account, region) = (account.into(), region.into());
        let mut bridge = Self { account, region, buses: BTreeMap::new(), invocations: Vec::new() };
        let bus = bridge.new_bus(DEFAULT_BUS, SimTime::ZERO);
        bridge.buses.insert(DEFAULT_BUS.into(), bus);
        bridge
    }

    /// Answers a request that was checked against the model. An operation without a result answers `null`.
    ///
    /// # Errors
    ///
    /// As AWS names them: ResourceNotFoundException, ResourceAlreadyExistsException, ValidationException,
    /// LimitExceededException, InvalidEventPatternException.
    pub fn call(&mut self, request: &Request, moment: &mut Moment<'_>) -> Result<Value, Fault> {
        match request {
            Request::PutRule(request) => self.put_rule(request).map(answer),
            Request::DeleteRule(request) => self.delete_rule(request).map(answer),
            Request::DescribeRule(request) => self.describe_rule(request).map(answer),
            Request::EnableRule(request) => self.set_state(request, "ENABLED").map(answer),
            Request::DisableRule(request) => self.set_state(request, "DISABLED").map(answer),
            Request::ListRules(request) => self.list_rules(request).map(answer),
            Request::PutTargets(request) => self.put_targets(request).map(answer),
            Request::RemoveTargets(request) => self.remove_targets(request).map(answer),
            Request::ListTargetsByRule(request) => self.list_targets_by_rule(request).map(answer),
            Request::ListRuleNamesByTarget(request) => self.list_rule_names_by_target(request).map(answer),
            Request::PutEvents(request) => Ok(answer(self.put_events(request, moment))),
            Request::TestEventPattern(request) => request.answer().map(answer),
            Request::CreateEventBus(request) => self.create_bus(request, moment).map(answer),
            Request::DescribeEventBus(request) => self.describe_bus(request, moment).map(answer),
            Request::ListEventBuses(request) => self.list_buses(request, moment).map(answer),
            Request::DeleteEventBus(request) => self.delete_bus(request).map(answer),
        }
    }

    /// An event of a service, as it is printed, comes to the default bus (S10.12).
    pub fn happen(&mut self, event: &str, moment: &Moment<'_>) {
        self.run_rules(DEFAULT_BUS, event, moment);
    }

    /// Whether an event of a service can match anything: whether the default bus has an enabled rule with targets.
    pub fn listens(&self) -> bool {
        self.buses[DEFAULT_BUS].rules.values().any(Rule::is_active)
    }

    /// What rules have called since the last time, in order.
    pub fn take_invocations(&mut self) -> Vec<Invocation> {
        std::mem::take(&mut self.invocations)
    }

    fn put_events(&mut self, request: &PutEventsRequest, moment: &mut Moment<'_>) -> PutEventsResponse {
        let mut entries = Vec::new();
        for entry in &request.entries {
            entries.push(entry.refusal().or_else(|| not_authorized(entry)).unwrap_or_else(|| {
                let event_id = Some(self.put_event(entry, moment));
                PutEventsResultEntry { event_id, ..Default::default() }
            }));
        }
        let failed = entries.iter().filter(|entry| entry.event_id.is_none()).count();
        PutEventsResponse { failed_entry_count: failed as i64, entries }
    }

    /// Puts an event on its bus and gives its id. An unknown bus swallows it, as AWS was observed to do (S10.63).
    fn put_event(&mut self, entry: &PutEventsRequestEntry, moment: &mut Moment<'_>) -> String {
        let id = moment.ids.uuid();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (detail_type, source) = (text(&entry.detail_type), text(&entry.source));
        let detail: Map<String, Value> = serde_json::from_str(&text(&entry.detail)).unwrap_or_default();
        let millis = entry.time.unwrap_or(moment.epoch()).millis;
        let event = body::Event {
            version: "0",
            id: id.clone(),
            detail_type: &detail_type,
            source: &source,
            account: &self.account,
            time: body::seconds(jiff::Timestamp::from_millisecond(millis).unwrap_or_default()),
            region: &self.region,
            resources: entry.resources.clone(),
            detail: Detail::Given(&detail),
        }
        .to_json();
        self.run_rules(bus_name(entry.event_bus_name.as_deref()), &event, moment);
        id
    }

    /// Invokes the targets of all rules of a bus that an event matches.
    fn run_rules(&mut self, bus: &str, text: &str, moment: &Moment<'_>) {
        let Some(bus) = self.buses.get(bus).filter(|bus| bus.rules.values().any(Rule::is_active)) else {
            return;
        };
        let Ok(event) = pattern::Event::parse(text) else { return };
        let instant = super::moment::instant(moment.start, moment.now);
        let matched = Matched::new(text, body::seconds(instant));
        for rule in bus.rules.values().filter(|rule| rule.is_active() && rule.pattern.matches(&event)) {
            self.invocations
                .extend(rule.targets.iter().map(|target| rule.invoke(target, &matched, moment.now)));
        }
    }

    fn arn(&self, resource: &str) -> String {
        format!("arn:aws:events:{}:{}:{resource}", self.region, self.account)
    }

    fn bus(&self, bus: Option<&str>) -> Result<&Bus, Fault> {
        let name = bus_name(bus);
        self.buses.get(name).ok_or_else(|| no_bus(name))
    }

    fn bus_mut(&mut self, bus: Option<&str>) -> Result<&mut Bus, Fault> {
        let name = bus_name(bus);
        self.buses.get_mut(name).ok_or_else(|| no_bus(name))
    }
}

impl Bus {
    fn rule(&self, name: &str) -> Result<&Rule, Fault> {
        self.rules.get(name).ok_or_else(|| no_rule(name, &self.about.name))
    }

    fn rule_mut(&mut self, name: &str) -> Result<&mut Rule, Fault> {
        self.rules.get_mut(name).ok_or_else(|| no_rule(name, &self.about.name))
    }
}

impl Rule {
    /// Whether it does anything.
    fn is_active(&self) -> bool {
        self.about.state != "DISABLED" && !self.targets.is_empty()
    }

    fn invoke(&self, target: &Target, matched: &Matched<'_>, now: SimTime) -> Invocation {
        let (destination, input) = match matched.input(target, &self.about.arn, &self.about.name) {
            Ok(input) => (Destination::of(target), input),
            Err(why) => (Destination::Nowhere(Failure::new("INVALID_PARAMETER", why)), String::new()),
        };
        Invocation {
            rule_arn: self.about.arn.clone(),
            target_arn: target.arn.clone(),
            role_arn: target.role_arn.clone(),
            destination,
            input,
            event: matched.event(),
            born: now,
            attempts: 0,
            retry: invocation::retry_policy(target),
            dead_letter: target.dead_letter_config.as_ref().and_then(|config| config.arn.clone()),
        }
    }
}

/// Sources that begin with `aws.` are those of AWS's own services.
fn not_authorized(entry: &PutEventsRequestEntry) -> Option<PutEventsResultEntry> {
    entry.source.as_deref().filter(|source| source.starts_with("aws.")).map(|_| PutEventsResultEntry {
        event_id: None,
        error_code: Some("NotAuthorizedForSourceException".into()),
        error_message: Some("Not authorized for the source.".into()),
    })
}

fn answer(output: impl Serialize) -> Value {
    serde_json::to_value(output).expect("an output is a tree of names and values")
}

fn no_bus(name: &str) -> Fault {
    Fault::new("ResourceNotFoundException", format!("Event bus {name} does not exist."))
}

fn no_rule(name: &str, bus: &str) -> Fault {
    Fault::new("ResourceNotFoundException", format!("Rule {name} does not exist on EventBus {bus}."))
}

fn limit_exceeded() -> Fault {
    Fault::new("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

/// How many entries a page has.
fn page(limit: Option<i64>) -> usize {
    usize::try_from(limit.unwrap_or(PAGE)).unwrap_or_default()
}
