//! Lists: pages and filters.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::conform::{
    bench::Bench,
    case::{Case, Halt, Outcome, case, demand, invalid, unknown},
    fleet::ids,
    json::{list, text},
    watch::Story,
};

pub(in crate::conform) const CASES: &[Case] = &[
    case!(
        "pages-of-invocations",
        pages_of_invocations,
        "pages of two have every invocation once",
        "S1.1, S15.2"
    ),
    case!("pages-of-commands", pages_of_commands, "pages of one have every command once", "S15.1"),
    case!(
        "pages-of-instances",
        pages_of_instances,
        "pages of five have every managed instance once",
        "S15.6"
    ),
    case!(
        "invocations-by-status",
        by_status,
        "the filter Status finds the invocations of that status and no others",
        "S1.7, S15.16"
    ),
    case!(
        "commands-by-status",
        commands_by_status,
        "the filter Status finds a command by its status alone",
        "S1.6, S15.16"
    ),
    case!(
        "invocations-of-an-instance",
        of_an_instance,
        "with InstanceId only that instance's invocation is told",
        "S15.2"
    ),
];

/// A command that has ended.
async fn ended(bench: &Bench, least: usize) -> Result<Story, Halt> {
    let works = &bench.fleet.works;
    bench.send_and_watch(works.request(works.up_to(least, 7)?, json!({}))).await
}

/// All elements of a list of pages, with the length of the longest page.
async fn paged(
    bench: &Bench,
    operation: &str,
    query: &Value,
    field: &str,
) -> Result<(Vec<Value>, usize), Halt> {
    const MOST: usize = 100;
    let (mut all, mut longest, mut token) = (Vec::new(), 0, String::new());
    for _ in 0..MOST {
        let mut query = query.clone();
        if !token.is_empty() {
            query["NextToken"] = token.clone().into();
        }
        let answer = bench.good(operation, &query).await?;
        longest = longest.max(list(&answer, field).len());
        all.extend_from_slice(list(&answer, field));
        token = text(&answer, "NextToken").to_string();
        if token.is_empty() {
            return Ok((all, longest));
        }
    }
    invalid(format!("{operation} goes on after {MOST} pages"))
}

/// Judges that each of the wanted is there once, and, where `only`, nothing else.
fn each_once(
    found: &[String],
    wanted: &BTreeSet<String>,
    longest: usize,
    most: usize,
    only: bool,
) -> Outcome {
    let distinct: BTreeSet<_> = found.iter().cloned().collect();
    let missing = wanted.difference(&distinct).count();
    let strangers = if only { distinct.difference(wanted).count() } else { 0 };
    let twice = found.len() - distinct.len();
    let mut seen = format!("{} in pages of at most {longest}", found.len());
    for (count, what) in
        [(missing, "missing"), (twice, "told again"), (strangers, "that should not be there")]
    {
        if count > 0 {
            seen = format!("{seen}, {count} {what}");
        }
    }
    demand(missing + twice + strangers == 0 && longest <= most, seen)
}

async fn pages_of_invocations(bench: &Bench) -> Outcome {
    let story = ended(bench, 3).await?;
    let query = json!({"CommandId": story.id, "MaxResults": 2});
    let (found, longest) = paged(bench, "ListCommandInvocations", &query, "CommandInvocations").await?;
    let found = ids(&json!({"all": found}), "all");
    let wanted = story.invocations.iter().map(|one| text(one, "InstanceId").to_string()).collect();
    each_once(&found, &wanted, longest, 2, true)
}

/// There may be any number of commands before; those of this case are the newest.
async fn pages_of_commands(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let id = &works.some(1)?[0];
    let mut wanted = BTreeSet::new();
    for _ in 0..3 {
        wanted.insert(bench.send(works.request(std::slice::from_ref(id), json!({}))).await?.id);
    }
    let (mut found, mut longest, mut token) = (Vec::new(), 0, String::new());
    for _ in 0..60 {
        let mut query = json!({"InstanceId": id, "MaxResults": 1});
        if !token.is_empty() {
            query["NextToken"] = token.clone().into();
        }
        let answer = bench.good("ListCommands", &query).await?;
        let page = list(&answer, "Commands");
        longest = longest.max(page.len());
        found.extend(page.iter().map(|one| text(one, "CommandId").to_string()));
        token = text(&answer, "NextToken").to_string();
        if token.is_empty() {
            return each_once(&found, &wanted, longest, 1, false);
        }
    }
    let is_there = wanted.iter().all(|id| found.contains(id));
    match each_once(&found, &wanted, longest, 1, false) {
        Err(_) if !is_there => {
            unknown("there are so many commands that the new ones were not found in 60 pages")
        }
        outcome => outcome,
    }
}

async fn pages_of_instances(bench: &Bench) -> Outcome {
    let one = bench.good("DescribeInstanceInformation", &json!({"MaxResults": 50})).await?;
    let wanted: BTreeSet<_> = ids(&one, "InstanceInformationList").into_iter().collect();
    if wanted.len() < 6 {
        return unknown(format!("there are {} instances, too few for two pages", wanted.len()));
    }
    let query = json!({"MaxResults": 5});
    let (found, longest) =
        paged(bench, "DescribeInstanceInformation", &query, "InstanceInformationList").await?;
    let is_all = text(&one, "NextToken").is_empty();
    each_once(&ids(&json!({"all": found}), "all"), &wanted, longest, 5, is_all)
}

async fn by_status(bench: &Bench) -> Outcome {
    let story = ended(bench, 2).await?;
    let mut counts = Vec::new();
    for status in ["Success", "Failed", "Pending"] {
        let query = json!({"CommandId": story.id, "Filters": [{"key": "Status", "value": status}]});
        let answer = bench.good("ListCommandInvocations", &query).await?;
        let found = list(&answer, "CommandInvocations");
        let wanted = story.invocations.iter().filter(|one| text(one, "Status") == status).count();
        counts.push((status, found.len(), wanted));
    }
    let seen: Vec<_> =
        counts.iter().map(|(status, found, wanted)| format!("{status} {found} of {wanted}")).collect();
    demand(counts.iter().all(|(_, found, wanted)| found == wanted), seen.join(", "))
}

async fn commands_by_status(bench: &Bench) -> Outcome {
    let story = ended(bench, 1).await?;
    let mut found = Vec::new();
    for status in ["Success", "Failed"] {
        let query = json!({"CommandId": story.id, "Filters": [{"key": "Status", "value": status}]});
        let answer = bench.good("ListCommands", &query).await?;
        found.push(list(&answer, "Commands").iter().any(|one| text(one, "CommandId") == story.id));
    }
    let status = text(&story.command, "Status");
    let seen = format!("a command in {status}: Success {}, Failed {}", shown(found[0]), shown(found[1]));
    demand(found == [status == "Success", status == "Failed"], seen)
}

fn shown(found: bool) -> &'static str {
    if found { "finds it" } else { "does not find it" }
}

async fn of_an_instance(bench: &Bench) -> Outcome {
    let story = ended(bench, 2).await?;
    let Some(id) = story.invocations.first().map(|one| text(one, "InstanceId").to_string()) else {
        return unknown("the command has no invocations");
    };
    let query = json!({"CommandId": story.id, "InstanceId": id});
    let answer = bench.good("ListCommandInvocations", &query).await?;
    let found = ids(&answer, "CommandInvocations");
    demand(found == [id], format!("{} of {}", found.len(), story.invocations.len()))
}
