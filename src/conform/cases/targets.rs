//! Who a command goes to.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::conform::{
    bench::Bench,
    case::{Case, Halt, Outcome, case, demand, invalid, unknown},
    fleet::Part,
    json::{count, text, texts},
};

pub(in crate::conform) const CASES: &[Case] = &[
    case!("by-tag", by_tag, "a tag selects every instance that has it, and no other", "S3.6, S3.13"),
    case!("any-value", any_value, "of one selector any value is enough", "S3.6"),
    case!("every-selector", every_selector, "an instance must match every selector", "S3.6"),
    case!("ids-as-selector", ids_as_selector, "a selector of InstanceIds reaches just these ids", "S3.8"),
    case!(
        "nothing-matches",
        nothing,
        "a tag that nothing has ends as NoInstancesInTag with TargetCount 0",
        "S1.12, S1.31, C4, O-56"
    ),
    case!(
        "tag-is-resolved-later",
        later,
        "of a command to a tag TargetCount is told once it runs",
        "S3.11, S15.8, O-45"
    ),
];

/// A request by selectors.
fn by(part: &Part, targets: &Value) -> Value {
    let mut request =
        part.request(&[], json!({"Targets": targets, "MaxErrors": "100%", "MaxConcurrency": "100%"}));
    if let Some(fields) = request.as_object_mut() {
        fields.remove("InstanceIds");
    }
    request
}

fn tag(part: &Part) -> Result<(&str, &str), Halt> {
    match &part.tag {
        Some((name, value)) => Ok((name, value)),
        None => unknown("no tag is known of the instances"),
    }
}

/// Sends and compares who got it with who should have.
async fn reaches(bench: &Bench, part: &Part, targets: &Value, ids: &[&[String]]) -> Outcome {
    let wanted: BTreeSet<&str> = ids.iter().copied().flatten().map(String::as_str).collect();
    let story = bench.send_and_watch(by(part, targets)).await?;
    let got: BTreeSet<&str> = story.invocations.iter().map(|one| text(one, "InstanceId")).collect();
    let (missing, strangers) = (wanted.difference(&got).count(), got.difference(&wanted).count());
    let mut seen = format!("{} of {} instances", got.intersection(&wanted).count(), wanted.len());
    if missing + strangers > 0 {
        seen = format!("{seen}, {missing} missing, {strangers} that should not be there");
    }
    if got.len() != story.invocations.len() {
        return invalid(format!("{seen}; one has several invocations"));
    }
    demand(missing + strangers == 0, seen)
}

async fn by_tag(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let (name, value) = tag(works)?;
    let ids = works.up_to(1, usize::MAX)?;
    let targets = json!([{"Key": format!("tag:{name}"), "Values": [value]}]);
    reaches(bench, works, &targets, &[ids]).await
}

async fn any_value(bench: &Bench) -> Outcome {
    let (works, fails) = (&bench.fleet.works, &bench.fleet.fails);
    let ((name, one), (other_name, other)) = (tag(works)?, tag(fails)?);
    if name != other_name || one == other {
        return unknown("no two values of one tag are known");
    }
    let ids = [works.up_to(1, usize::MAX)?, fails.up_to(1, usize::MAX)?];
    let targets = json!([{"Key": format!("tag:{name}"), "Values": [one, other]}]);
    reaches(bench, fails, &targets, &ids).await
}

async fn every_selector(bench: &Bench) -> Outcome {
    let (works, fails) = (&bench.fleet.works, &bench.fleet.fails);
    let ((name, value), (_, other)) = (tag(works)?, tag(fails)?);
    if value == other {
        return unknown("no two values of one tag are known");
    }
    let ids = works.up_to(1, usize::MAX)?;
    let targets = json!([
        {"Key": "tag-key", "Values": [name]},
        {"Key": format!("tag:{name}"), "Values": [value]},
    ]);
    reaches(bench, works, &targets, &[ids]).await
}

async fn ids_as_selector(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let ids = works.some(2)?;
    let targets = json!([{"Key": "InstanceIds", "Values": ids}]);
    let story = bench.send_and_watch(by(works, &targets)).await?;
    let got: BTreeSet<&str> = story.invocations.iter().map(|one| text(one, "InstanceId")).collect();
    let told = [&story.answer, &story.command].map(|one| texts(one, "InstanceIds"));
    let rewritten = told.iter().any(|told| told.len() == 2);
    let seen = format!("{} instances, InstanceIds {}", got.len(), if rewritten { "filled" } else { "empty" });
    demand(got.len() == 2 && ids.iter().all(|id| got.contains(id.as_str())) && rewritten, seen)
}

async fn nothing(bench: &Bench) -> Outcome {
    let targets = json!([{"Key": "tag:Conform", "Values": ["nobody has this value"]}]);
    let story = bench.send_and_watch(by(&bench.fleet.works, &targets)).await?;
    let details = text(&story.command, "StatusDetails");
    let counted = count(&story.command, "TargetCount");
    let seen = format!("{}; TargetCount {}", story.shown(), counted.unwrap_or(-1));
    // O-56 has two statuses, with the same details.
    demand(details == "NoInstancesInTag" && counted == Some(0) && story.invocations.is_empty(), seen)
}

async fn later(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let (name, value) = tag(works)?;
    let ids = works.up_to(1, usize::MAX)?;
    let targets = json!([{"Key": format!("tag:{name}"), "Values": [value]}]);
    let story = bench.send_and_watch(by(works, &targets)).await?;
    let (first, last) = (count(&story.answer, "TargetCount"), count(&story.command, "TargetCount"));
    let seen = format!("{} at once, {} in the end", first.unwrap_or(-1), last.unwrap_or(-1));
    let all = i64::try_from(ids.len()).ok();
    demand(last == all && (first == all || first == Some(0)), seen)
}
