//! Faults that are asked for while a fleet is served: those of `[[fault]]`, from now on and for so long.

use std::{io, path::Path, sync::Arc};

use serde_json::{Map, Value, json};

use super::{
    condition, fault,
    misfit::{self, Misfit},
    outcome::duration,
};
use crate::{
    base::{Chance, SimDuration, distribution::Distribution},
    scenario::{
        document::Fault,
        fault::Fault as Remark,
        plan::{FaultKind, InjectedFault, Plan, Struck, Trouble},
        review::Review,
        source::{Parsed, Source},
        structure,
    },
};

/// As many as a scenario may have.
const MOST: usize = 1000;

/// The fault that a JSON object asks for. It has the fields of a `[[fault]]`, but that it begins at `from` and lasts as long as `for` says.
///
/// # Errors
///
/// What is wrong with it, and what would be right.
pub fn read(plan: &Plan, from: SimDuration, body: &[u8]) -> Result<InjectedFault, String> {
    if plan.faults.len() >= MOST {
        return Err(format!("there are {MOST} faults, and more are not taken; reset the endpoint"));
    }
    let source = Source { path: "request".into(), text: String::from_utf8_lossy(body).into_owned() };
    let input =
        Parsed::parse_json(&Arc::new(source)).map_err(|faults| format!("{}; {FORM}", faults[0].message))?;
    let Value::Object(object) = &input.value else { return Err(format!("this is no JSON object; {FORM}")) };
    refuse_other_words(object)?;
    if let Some(remark) = structure::check(&schema(), &input).first() {
        return Err(in_words(remark));
    }
    let written = written(object.clone())?;
    if let Some(misfit) = misfit::of(&written).first() {
        return Err(told(misfit));
    }
    let kind = kind(&written, plan)?;
    let after = after(&written, &input)?;
    let until = written.until.map(|lasts| from + lasts);
    Ok(InjectedFault { from, until, kind, after })
}

const FORM: &str = r#"the body is like {"kind": "agents-cut-off", "for": "10m", "share": 0.2}"#;

/// Words of a scenario that mean nothing in a request.
fn refuse_other_words(object: &Map<String, Value>) -> Result<(), String> {
    if let Some(field) = ["from", "until"].into_iter().find(|field| object.contains_key(*field)) {
        return Err(format!(
            "`{field}`: a fault that is asked for begins now; give `for`, how long it lasts"
        ));
    }
    if object.get("kind").is_some_and(|kind| kind == "consumer-outage") {
        let message =
            "`kind`: what is published here goes to real endpoints; stop the endpoint, or have it answer 503";
        return Err(message.into());
    }
    Ok(())
}

/// The schema of a `[[fault]]` with the words of a request.
fn schema() -> Value {
    let mut schema = schemars::schema_for!(Fault).to_value();
    let fields = schema["properties"].as_object_mut().expect("it is a table");
    for of_scenarios in ["from", "topic", "subscription", "status"] {
        fields.remove(of_scenarios);
    }
    let until = fields.remove("until").expect("a fault has an end");
    fields.insert("for".into(), until);
    schema["required"] = json!(["kind"]);
    schema
}

fn written(mut object: Map<String, Value>) -> Result<Fault, String> {
    if let Some(lasts) = object.remove("for") {
        object.insert("until".into(), lasts);
    }
    object.insert("from".into(), "0s".into());
    serde_json::from_value(Value::Object(object)).map_err(|error| format!("{error}; {FORM}"))
}

/// What the structure has that is wrong, with its place in the object.
fn in_words(remark: &Remark) -> String {
    let Remark { place, message, help, .. } = remark;
    let parts = [place.pointer.trim_start_matches('/').replace('/', "."), message.clone(), help.clone()];
    match parts {
        [field, message, help] if field.is_empty() => format!("{message}; {help}; {FORM}"),
        [field, message, help] if help.is_empty() => format!("`{field}`: {message}"),
        [field, message, help] => format!("`{field}`: {message}; {help}"),
    }
}

/// Of messages that come twice, how much later the second is.
fn after(written: &Fault, input: &Parsed) -> Result<Option<Distribution>, String> {
    let Some(after) = &written.after else { return Ok(None) };
    let no_file = |_: &Path| Err(io::ErrorKind::NotFound.into());
    let mut review = Review::new(input, &no_file);
    let distribution = duration(after, "/after", &mut review);
    match review.faults.first() {
        Some(remark) => Err(in_words(remark)),
        None => Ok(Some(distribution)),
    }
}

fn kind(written: &Fault, plan: &Plan) -> Result<FaultKind, String> {
    match fault::outage(written.kind) {
        Some(outage) => Ok(outage),
        None => {
            let trouble = fault::trouble(written);
            if trouble.effect().is_none() {
                return Err(format!("`by`: {}; {}", fault::NO_EFFECT.0, fault::NO_EFFECT.1));
            }
            Ok(FaultKind::Instances { struck: struck(written, plan)?, trouble })
        }
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
