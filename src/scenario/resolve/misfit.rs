//! What is wrong with a fault as it is written: fields that do not fit its kind, and spans and numbers that make no sense.

use crate::scenario::document::{Fault, FaultKind as Kind};

/// The largest factor by which steps may take longer.
const SLOWEST: f64 = 1e6;

/// Something wrong with a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// The field; `None` of one that is missing.
    pub(super) field: Option<&'static str>,
    /// What is wrong.
    pub(super) message: String,
    /// What would be right.
    pub(super) help: String,
}

/// Everything that is wrong with a fault by itself.
pub(super) fn of(written: &Fault) -> Vec<Misfit> {
    let mut misfits: Vec<_> = fields(written).into_iter().filter_map(misfit_of_field).collect();
    let from = written.from;
    if let Some(until) = written.until.filter(|&until| until <= from) {
        misfits.push(Misfit {
            field: Some("until"),
            message: format!("it ends at {until}, not after its beginning at {from}"),
            help: "give a later `until`".into(),
        });
    }
    if let Some(factor) = written.factor.filter(|factor| !(*factor > 0.0 && *factor <= SLOWEST)) {
        misfits.push(Misfit {
            field: Some("factor"),
            message: format!("`factor` is {factor}"),
            help: "expected a number above 0, at most 1000000".into(),
        });
    }
    misfits
}

/// Whether it is about instances, and not about a service or a consumer.
pub(super) fn is_of_instances(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::RegionOutage | Kind::SnsOutage | Kind::S3Outage | Kind::LogsOutage | Kind::ConsumerOutage
    )
}

/// A field, whether it is given, whether the fault's kind takes it, and whether it needs it.
type Field = (&'static str, bool, bool, bool);

fn fields(written: &Fault) -> [Field; 10] {
    let kind = written.kind;
    let (is_of_instances, is_consumer) = (is_of_instances(kind), kind == Kind::ConsumerOutage);
    [
        ("where", written.matching.is_some(), is_of_instances, false),
        ("share", written.share.is_some(), is_of_instances, false),
        ("factor", written.factor.is_some(), kind == Kind::AgentsSlow, true),
        ("by", written.by.is_some(), kind == Kind::ClockSkew, true),
        ("chance", written.chance.is_some(), kind == Kind::DuplicateDeliveries, true),
        ("after", written.after.is_some(), kind == Kind::DuplicateDeliveries, false),
        ("topic", written.topic.is_some(), is_consumer, true),
        ("subscription", written.subscription.is_some(), is_consumer, true),
        ("status", written.status.is_some(), is_consumer, false),
        ("until", written.until.is_some(), true, kind != Kind::AgentsLost),
    ]
}

fn misfit_of_field((field, is_given, is_taken, is_needed): Field) -> Option<Misfit> {
    if is_given && !is_taken {
        let message = format!("a fault of this kind has no `{field}`");
        return Some(Misfit { field: Some(field), message, help: "leave it out".into() });
    }
    (is_taken && is_needed && !is_given).then(|| Misfit {
        field: None,
        message: format!("a fault of this kind needs `{field}`"),
        help: format!("add `{field}`"),
    })
}
