//! `fleetsim iam explain`: which statement allows or denies a command, and what may have been meant.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand, ValueEnum};

use super::{
    console::{self, Failure},
    exit::Exit,
    scenario,
};
use crate::{
    iam::{Account, Kind, Policy, Principal, Remark, Remarks, Request, SYSTEMS_MANAGER, assume_role},
    report::{
        permission::{Question, to_json, to_text},
        text::printable,
    },
    scenario::{Resolved, Roster},
    ssm::document,
};

/// Explain what IAM policies allow
#[derive(Debug, Args)]
#[command(after_help = ExplainArguments::EXAMPLES)]
pub(super) struct IamArguments {
    #[command(subcommand)]
    subcommand: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    Explain(ExplainArguments),
}

/// Say which statement allows or denies a command, and why others do not: exits with 0 when all is allowed, with 1 when
/// something is denied
#[derive(Debug, Args)]
#[command(after_help = ExplainArguments::EXAMPLES)]
struct ExplainArguments {
    /// The scenario whose principals and instances are asked about
    #[arg(required_unless_present_any = ["policy", "trust"])]
    scenario: Option<PathBuf>,
    /// A policy of the principal, JSON; may be repeated
    #[arg(long, value_name = "FILE", conflicts_with = "scenario")]
    policy: Vec<PathBuf>,
    /// Ask whether Systems Manager may assume a role with this trust policy
    #[arg(long, value_name = "FILE", conflicts_with = "scenario")]
    trust: Option<PathBuf>,
    /// The principal: its name in the scenario [default: that of the first command that has one]; with --policy its ARN
    #[arg(long, value_name = "NAME")]
    principal: Option<String>,
    /// The document [default: that of the principal's first command]
    #[arg(long, value_name = "NAME")]
    document: Option<String>,
    /// An instance; may be repeated
    #[arg(long, value_name = "ID")]
    instance: Vec<String>,
    /// A tag of the instances, with --policy; may be repeated
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "scenario")]
    tag: Vec<String>,
    /// A role that is passed for notifications
    #[arg(long, value_name = "ARN")]
    role: Option<String>,
    /// The Region, with --policy
    #[arg(long, default_value = "us-east-1", conflicts_with = "scenario")]
    region: String,
    /// The account, with --policy
    #[arg(long, default_value = "123456789012", conflicts_with = "scenario")]
    account: String,
    /// How to print the answers
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For a person at a terminal
    Text,
    /// For a program
    Json,
}

impl ExplainArguments {
    const EXAMPLES: &str = "Examples:
  fleetsim iam explain scenarios/restricted-operator.toml --instance i-web00000000000000
  fleetsim iam explain --policy operator.json --document AWS-RunShellScript --instance i-0123456789abcdef0 --tag Role=web
  fleetsim iam explain --trust trust.json";
}

pub(super) fn iam(arguments: &IamArguments) -> Result<Exit, Failure> {
    let Subcommands::Explain(arguments) = &arguments.subcommand;
    let asked = match &arguments.scenario {
        Some(path) => of_scenario(path, arguments)?,
        None => of_files(arguments)?,
    };
    let questions: Vec<_> = asked.iter().map(Asked::question).collect();
    match arguments.format {
        Format::Text => console::print(&to_text(&questions))?,
        Format::Json => console::print_json(&to_json(&questions))?,
    }
    let all = questions.iter().all(|question| question.decision().is_allowed());
    Ok(if all { Exit::Good } else { Exit::Missed })
}

/// A question, with the policies that answer it.
struct Asked {
    request: Request,
    policies: Vec<Policy>,
}

impl Asked {
    fn question(&self) -> Question<'_> {
        Question { request: self.request.clone(), policies: &self.policies }
    }

    fn all(principal: &Principal, requests: Vec<Request>) -> Vec<Self> {
        let asked = |request| Self { request, policies: principal.policies.clone() };
        requests.into_iter().map(asked).collect()
    }
}

/// What is asked about somebody in a scenario.
fn of_scenario(path: &Path, arguments: &ExplainArguments) -> Result<Vec<Asked>, Failure> {
    let draft = scenario::draft(path)?;
    let senders = draft.principals();
    // What is denied would be a fault of the scenario; here it is the answer.
    let resolved = scenario::resolve(&draft.without_principals())?;
    let wanted = |name: &Option<String>| match &arguments.principal {
        Some(principal) => name.as_ref() == Some(principal),
        None => name.is_some(),
    };
    let command = senders.iter().position(wanted);
    let name = arguments.principal.clone().or_else(|| senders[command?].clone());
    let principal = name.as_ref().and_then(|name| resolved.access.principals.get(name)).ok_or_else(|| {
        let known: Vec<_> = resolved.access.principals.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "none".into() } else { known.join(", ") };
        Failure::new(&match name {
            Some(name) => format!("there is no principal `{name}`; the scenario has {known}"),
            None => {
                format!("no command has a principal; name one with --principal (the scenario has {known})")
            }
        })
    })?;
    let request = command.map(|at| &resolved.plan.commands[at].request);
    let document = arguments.document.as_ref().or(request.map(|request| &request.document_name));
    let role = arguments.role.as_ref().or(request.and_then(|request| request.service_role_arn.as_ref()));
    let mut requests: Vec<Request> =
        document.map(|name| principal.ask_document(resolved.access.document_arn(name))).into_iter().collect();
    requests.extend(role.map(|role| principal.ask_role(role)));
    for id in instances(&resolved, arguments) {
        let Some((group, place)) = locate(&resolved, &id) else {
            return Err(Failure::new(&format!("the fleet has no instance `{id}`")));
        };
        let arn = resolved.access.account.instance(&id);
        requests.push(principal.ask_instance(arn, resolved.plan.groups[group].tags(place)));
    }
    Ok(Asked::all(principal, requests))
}

/// The instances asked about; without any, the first of every group.
fn instances(resolved: &Resolved, arguments: &ExplainArguments) -> Vec<String> {
    match &arguments.instance[..] {
        [] => resolved.plan.groups.iter().map(|group| group.instance_id(0)).collect(),
        named => named.to_vec(),
    }
}

fn locate(resolved: &Resolved, id: &str) -> Option<(usize, u32)> {
    let roster = Roster::new(&resolved.plan);
    roster.locate(roster.find(id)?)
}

/// What is asked of policies in files.
fn of_files(arguments: &ExplainArguments) -> Result<Vec<Asked>, Failure> {
    let mut asked = Vec::new();
    if let Some(path) = &arguments.trust {
        asked.push(Asked { request: assume_role(SYSTEMS_MANAGER), policies: vec![read(path, Kind::Trust)?] });
    }
    if arguments.policy.is_empty() {
        return Ok(asked);
    }
    let account = Account { region: arguments.region.clone(), id: arguments.account.clone() };
    let user = || format!("arn:aws:iam::{}:user/operator", account.id);
    let principal = Principal {
        arn: arguments.principal.clone().unwrap_or_else(user),
        tags: BTreeMap::new(),
        policies: arguments.policy.iter().map(|path| read(path, Kind::Identity)).collect::<Result<_, _>>()?,
    };
    let tags = tags(&arguments.tag)?;
    let is_own =
        |name: &str| document::built_in().iter().all(|known| known.name != name) && !name.starts_with("AWS-");
    let mut requests: Vec<Request> = Vec::new();
    requests.extend(
        arguments.document.iter().map(|name| principal.ask_document(account.document(name, is_own(name)))),
    );
    requests.extend(arguments.role.iter().map(|role| principal.ask_role(role)));
    requests.extend(arguments.instance.iter().map(|id| principal.ask_instance(account.instance(id), &tags)));
    if requests.is_empty() {
        return Err(Failure::new("nothing is asked; name a --document, an --instance or a --role"));
    }
    asked.extend(Asked::all(&principal, requests));
    Ok(asked)
}

fn tags(words: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let tag = |word: &String| match word.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_string(), value.to_string())),
        _ => Err(Failure::new(&format!("`{word}` is no tag; write --tag NAME=VALUE"))),
    };
    words.iter().map(tag).collect()
}

/// Reads a policy. Its warnings go to standard error.
fn read(path: &Path, kind: Kind) -> Result<Policy, Failure> {
    let text = scenario::read(path)
        .map_err(|error| Failure::new(&format!("cannot read {}: {error}", path.display())))?;
    let mut remarks = Remarks::default();
    let policy = Policy::read(&path.display().to_string(), kind, &text, &mut remarks);
    let told = |remark: &Remark| {
        let place = if remark.pointer.is_empty() { String::new() } else { format!(" at {}", remark.pointer) };
        let help = if remark.help.is_empty() { String::new() } else { format!("\n  help: {}", remark.help) };
        format!("{}{place}: {}{help}", path.display(), remark.message)
    };
    for warning in &remarks.warnings {
        console::complain(&printable_lines(&format!("warning: {}", told(warning))));
    }
    policy.ok_or_else(|| Failure::lines(remarks.errors.iter().map(told)))
}

fn printable_lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}
