//! EventBridge: the operations of rules, targets, events and buses, as data.

pub mod bus;
pub mod entry;
pub mod rule;
pub mod target;

use std::{ops::RangeInclusive, sync::LazyLock};

use regex::Regex;

use super::{call::operations, check::Violations};
use crate::ssm::limits;

operations! {
    /// A request to EventBridge.
    Request {
        PutRule(rule::PutRuleRequest),
        DeleteRule(rule::DeleteRuleRequest),
        DescribeRule(rule::RuleRequest),
        EnableRule(rule::RuleRequest),
        DisableRule(rule::RuleRequest),
        ListRules(rule::ListRulesRequest),
        PutTargets(target::PutTargetsRequest),
        RemoveTargets(target::RemoveTargetsRequest),
        ListTargetsByRule(target::ListTargetsByRuleRequest),
        ListRuleNamesByTarget(target::ListRuleNamesByTargetRequest),
        PutEvents(entry::PutEventsRequest),
        TestEventPattern(entry::TestEventPatternRequest),
        CreateEventBus(bus::CreateEventBusRequest),
        DescribeEventBus(bus::DescribeEventBusRequest),
        ListEventBuses(bus::ListEventBusesRequest),
        DeleteEventBus(bus::DeleteEventBusRequest),
    }
}

/// The bus of a request that names none.
pub const DEFAULT_BUS: &str = "default";

/// The pattern of names as the API prints it; it is meant for the whole text (section 10.3).
const NAME: &str = r"[\.\-_A-Za-z0-9]+";
const BUS: &str = r"(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/\.\-_A-Za-z0-9]+";

static NAME_PATTERN: LazyLock<Regex> = LazyLock::new(|| limits::regex(&format!("^(?:{NAME})$")));
static BUS_PATTERN: LazyLock<Regex> = LazyLock::new(|| limits::regex(&format!("(?-u)^(?:{BUS})$")));

/// The size of a page.
const LIMIT: RangeInclusive<i64> = 1..=100;

/// A name or id: of the characters that names have, and not too long. The pattern comes first, as in recorded errors.
fn check_name(pointer: &str, name: Option<&str>, violations: &mut Violations) {
    if let Some(name) = name.filter(|name| !NAME_PATTERN.is_match(name)) {
        violations.add(pointer, name, &format!("satisfy regular expression pattern: {NAME}"));
    }
    violations.length(pointer, name, 1..=64);
}

/// Name or ARN of a bus.
fn check_bus(pointer: &str, bus: Option<&str>, violations: &mut Violations) {
    if let Some(bus) = bus.filter(|bus| !BUS_PATTERN.is_match(bus)) {
        violations.add(pointer, bus, &format!("satisfy regular expression pattern: {BUS}"));
    }
    violations.length(pointer, bus, 1..=1600);
}

/// Size and token of a page.
fn check_page(limit: Option<i64>, token: Option<&str>, violations: &mut Violations) {
    violations.number("/Limit", limit, LIMIT);
    violations.length("/NextToken", token, 1..=2048);
}

/// The name of the bus that a request means: what stands behind the last slash of its ARN, or the default bus.
pub fn bus_name(bus: Option<&str>) -> &str {
    let bus = bus.unwrap_or(DEFAULT_BUS);
    if bus.starts_with("arn:") { bus.split_once(":event-bus/").map_or(bus, |(_, name)| name) } else { bus }
}
