//! Faults that are asked for while a fleet is served: those of `[[fault]]`, from now on and for so long.

use std::{io, path::Path, sync::Arc};

use serde_json::{Map, Value};

use super::{
    condition, fault,
    misfit::{self, Misfit},
    outcome::duration,
};
use crate::{
    base::{Chance, SimDuration, distribution::Distribution},
    scenario::{
        document::{Fault, FaultKind as Kind},
        fault::Fault as Remark,
        plan::{FaultKind, InjectedFault, Plan, Struck, Trouble},
        review::Review,
        source::{Parsed, Source},
    },
};

/// The fault that a JSON object asks for. It has the fields of a `[[fault]]`, but that it begins at `from` and lasts as long as `for` says.
///
/// # Errors
///
/// What is wrong with it, and what would be right.
pub fn read(plan: &Plan, from: SimDuration, body: &[u8]) -> Result<InjectedFault, String> {
    let form = r#"the body is like {"kind": "agents-cut-off", "for": "10m", "share": 0.2}"#;
    let mut object: Map<String, Value> =
        serde_json::from_slice(body).map_err(|error| format!("{error}; {form}"))?;
    for field in ["from", "until"] {
        if object.contains_key(field) {
            return Err(format!(
                "`{field}`: a fault that is asked for begins now; give `for`, how long it lasts"
            ));
        }
    }
    let lasts = object.remove("for").map(serde_json::from_value::<SimDuration>).transpose();
    let lasts = lasts.map_err(|error| format!("`for`: {error}"))?;
    object.insert("from".into(), "0s".into());
    let written: Fault =
        serde_json::from_value(Value::Object(object)).map_err(|error| format!("{error}; {form}"))?;
    if written.kind == Kind::ConsumerOutage {
        let message =
            "`kind`: what is published here goes to real endpoints; stop the endpoint, or have it answer 503";
        return Err(message.into());
    }
    let written = Fault { until: lasts, ..written };
    if let Some(misfit) = misfit::of(&written).first() {
        return Err(told(misfit));
    }
    let kind = kind(&written, plan)?;
    let after = after(&written, body)?;
    Ok(InjectedFault { from, until: lasts.map(|lasts| from + lasts), kind, after })
}

/// Of messages that come twice, how much later the second is.
fn after(written: &Fault, body: &[u8]) -> Result<Option<Distribution>, String> {
    let Some(after) = &written.after else { return Ok(None) };
    let text = String::from_utf8_lossy(body).into_owned();
    let source = Source { path: "request".into(), text };
    let input = Parsed::parse_json(&Arc::new(source)).map_err(|faults| faults[0].message.clone())?;
    let no_file = |_: &Path| Err(io::ErrorKind::NotFound.into());
    let mut review = Review::new(&input, &no_file);
    let distribution = duration(after, "/after", &mut review);
    match review.faults.first() {
        Some(Remark { message, help, .. }) => Err(format!("`after`: {message}; {help}")),
        None => Ok(Some(distribution)),
    }
}

fn kind(written: &Fault, plan: &Plan) -> Result<FaultKind, String> {
    match fault::outage(written.kind) {
        Some(outage) => Ok(outage),
        None => Ok(FaultKind::Instances { struck: struck(written, plan)?, trouble: fault::trouble(written) }),
    }
}

/// What is wrong, with the words for a span that a request has.
fn told(misfit: &Misfit) -> String {
    let Misfit { field, message, help } = misfit;
    match field {
        Some("until") => "`for`: give more than 0s".into(),
        Some(field) => format!("`{field}`: {message}; {help}"),
        None => format!("{message}; {help}").replace("`until`", "`for`"),
    }
}

fn struck(written: &Fault, plan: &Plan) -> Result<Struck, String> {
    let condition = written.matching.as_ref().map(fault::where_of);
    let matches = |&at: &u32| {
        let group = &plan.groups[at as usize];
        condition::matches(condition.as_ref(), &group.name, group)
    };
    let groups: Vec<u32> = (0..plan.groups.len() as u32).filter(matches).collect();
    if groups.is_empty() {
        let names: Vec<_> = plan.groups.iter().map(|group| format!("`{}`", group.name)).collect();
        return Err(format!("`where`: it fits no group of instances; there are {}", names.join(", ")));
    }
    Ok(Struck { groups, share: written.share.map_or(Chance::ONE, |share| share.0) })
}

/// The word for a fault's kind in a scenario.
pub fn kind_of(fault: &InjectedFault) -> &'static str {
    match &fault.kind {
        FaultKind::RegionOutage => "region-outage",
        FaultKind::SnsOutage => "sns-outage",
        FaultKind::S3Outage => "s3-outage",
        FaultKind::LogsOutage => "logs-outage",
        FaultKind::Instances { trouble, .. } => match trouble {
            Trouble::Lost => "agents-lost",
            Trouble::Slow(_) => "agents-slow",
            Trouble::CutOff => "agents-cut-off",
            Trouble::Hibernate => "agents-hibernate",
            Trouble::ClockAhead(_) => "clock-skew",
            Trouble::Duplicates(_) => "duplicate-deliveries",
        },
    }
}
