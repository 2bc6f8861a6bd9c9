//! Commands: their requests, what the fleet says to them, and their cancels.

use std::collections::BTreeSet;

use super::{Fleet, access, own_document::Documents, part::Part, reception, resource_group, steps};
use crate::{
    base::SimDuration,
    iam::Principal,
    scenario::{
        Access, acceptance,
        document::{self, Profile, RequestSource, Scenario},
        is_command_name,
        origin::Basis,
        plan::{Alarm, Cancel, Command, ResourceGroup},
        review::Review,
        source::Parsed,
    },
    ssm::{
        Readings, SendCommandRequest,
        document::{Document, Values},
        limits,
        target::{RESOURCE_TYPES, TargetKey, is_resource_type},
    },
};

/// What all commands are resolved against.
pub(super) struct Surroundings<'a, 'd> {
    pub(super) scenario: &'a Scenario,
    /// The names of its commands.
    pub(super) names: &'a [String],
    /// `None` when its faults forbid looking instances up.
    pub(super) fleet: Option<&'a Fleet>,
    pub(super) resource_groups: &'a [ResourceGroup],
    pub(super) access: &'a Access,
    pub(super) alarms: &'a [Alarm],
    pub(super) documents: &'d Documents,
    pub(super) readings: &'a Readings,
    pub(super) profile: Profile,
}

/// A command with the document that it runs.
pub(super) struct Resolved<'a> {
    pub(super) command: Command,
    pub(super) document: &'a Document,
}

/// Every command; `None` for one with faults.
pub(super) fn resolve<'d>(
    surroundings: &Surroundings<'_, 'd>,
    review: &mut Review<'_>,
) -> Vec<Option<Resolved<'d>>> {
    let commands = surroundings.scenario.command.iter().enumerate();
    commands.map(|(at, command)| resolve_one(surroundings, at, command, review)).collect()
}

/// The names of all commands, given or not.
pub(super) fn names(scenario: &Scenario, review: &mut Review<'_>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    for (at, command) in scenario.command.iter().enumerate() {
        let given = command.name.clone();
        let pointer = format!("/command/{at}/name");
        if let Some(name) = given.as_ref().filter(|name| !is_command_name(name)) {
            let help = "it is a letter or digit, then letters, digits, `-`, `_` and `.`";
            review.error(&pointer, format!("`{name}` is no name of a command"), help);
        }
        let path = format!("/commands/{at}/name");
        let name = review.choose(path, given, format!("command-{}", at + 1), "its place among the commands");
        // Files are called after commands, and some file systems do not tell upper from lower case.
        if !seen.insert(name.to_ascii_lowercase()) {
            let help = "give each command a name of its own, whatever the case of its letters";
            review.error(&pointer, format!("there is another command `{name}`"), help);
        }
        names.push(name);
    }
    names
}

fn resolve_one<'d>(
    surroundings: &Surroundings<'_, 'd>,
    at: usize,
    command: &document::Command,
    review: &mut Review<'_>,
) -> Option<Resolved<'d>> {
    let (pointer, path) = (format!("/command/{at}"), format!("/commands/{at}"));
    review.origins.note(&path, Basis::Scenario);
    let time = review.choose(format!("{path}/at"), command.at, SimDuration::ZERO, "at the start");
    let cancels = cancels(command, time, surroundings.fleet, (&pointer, &path), review);
    let principal = command.principal.as_ref();
    let principal = principal
        .and_then(|name| access::find(surroundings.access, name, &format!("{pointer}/principal"), review));
    let written = read_request(command, &pointer, review)?;
    let mut resolved = of_request(surroundings, written, principal, &path, review)?;
    let name = surroundings.names[at].clone();
    resolved.command = Command { name, at: time, cancels, ..resolved.command };
    Some(resolved)
}

/// The command that a request of a principal makes, without a name, at the start; without a principal everything is allowed.
pub(super) fn of_request<'d>(
    surroundings: &Surroundings<'_, 'd>,
    written: Part<SendCommandRequest>,
    principal: Option<&Principal>,
    path: &str,
    review: &mut Review<'_>,
) -> Option<Resolved<'d>> {
    let &Surroundings { fleet, documents, readings, access, resource_groups, .. } = surroundings;
    let request = &written.content;
    if documents.is_faulty(&request.document_name) {
        return None;
    }
    let errors = request.validate(readings, &documents.known);
    for error in &errors {
        written.error(&error.pointer, error.to_string(), help(&error.pointer), review);
    }
    if !errors.is_empty() {
        return None;
    }
    let (document, own) = documents.find(&request.document_name)?;
    check_resource_groups(&written, resource_groups, review);
    advise(&written, review);
    let mut access_denied = Vec::new();
    if let Some(fleet) = fleet {
        reception::check(&written, document, fleet, resource_groups, readings, review);
        if let Some(principal) = principal {
            access_denied = access::judge(access, principal, &written, fleet, review);
        }
    }
    let publish_denied = access::judge_role(access, &written, review);
    steps::warn_of_timeouts(document, &Values::of(document, request), &written, own, review);
    steps::note_origins(document, request, own.is_some(), path, review);
    note_timeout(request, surroundings, path, review);
    review.origins.note(format!("{path}/not_simulated"), Basis::Default("what is simulated".into()));
    let command = acceptance::command(written.content, document, readings, surroundings.alarms);
    Some(Resolved { command: Command { access_denied, publish_denied, ..command }, document })
}

fn read_request(
    command: &document::Command,
    pointer: &str,
    review: &mut Review<'_>,
) -> Option<Part<SendCommandRequest>> {
    let pointer = format!("{pointer}/request");
    let name = match &command.request {
        RequestSource::Inline(request) => return Some(Part::inline((**request).clone(), pointer)),
        RequestSource::File(name) => name,
    };
    let source = review.source_beside(name, &pointer)?;
    match Parsed::parse_json(&source) {
        Ok(file) => Part::in_file(file, pointer, review),
        Err(faults) => {
            review.faults.extend(faults);
            None
        }
    }
}

/// A resource group that is named is one of the scenario's, and types are those of instances.
fn check_resource_groups(
    written: &Part<SendCommandRequest>,
    groups: &[ResourceGroup],
    review: &mut Review<'_>,
) {
    for (at, target) in written.content.targets.iter().flatten().enumerate() {
        for (number, name) in target.values.iter().enumerate() {
            let pointer = format!("/Targets/{at}/Values/{number}");
            match TargetKey::parse(&target.key) {
                Some(TargetKey::ResourceGroup) if groups.iter().all(|group| group.name != *name) => {
                    let message = format!("the scenario has no resource group `{name}`");
                    written.error(&pointer, message, resource_group::help(name, groups), review);
                }
                Some(TargetKey::ResourceTypes) if !is_resource_type(name) => {
                    let message = format!("no instance is of the type `{name}`");
                    let help = format!("instances are {}", RESOURCE_TYPES.join(" or "));
                    written.warning(&pointer, message, help, review);
                }
                _ => {}
            }
        }
    }
}

/// Warnings about what is accepted, but seldom meant.
fn advise(written: &Part<SendCommandRequest>, review: &mut Review<'_>) {
    for (at, target) in written.content.targets.iter().flatten().enumerate() {
        if target.values.len() > limits::TARGET_VALUES_IN_GUIDE {
            let message = format!("{} values in one target", target.values.len());
            let help = "the guide allows 5, the service model 50 (O-29)";
            written.warning(&format!("/Targets/{at}/Values"), message, help, review);
        }
    }
    if written.content.notification_config.is_some() && written.content.service_role_arn.is_none() {
        let message = "notifications without `ServiceRoleArn`";
        let help =
            "the service publishes in a role that the request names; without it expect InvalidRole (S9.5)";
        written.warning("/NotificationConfig", message, help, review);
    }
}

fn note_timeout(
    request: &SendCommandRequest,
    surroundings: &Surroundings<'_, '_>,
    path: &str,
    review: &mut Review<'_>,
) {
    let &Surroundings { scenario, profile, .. } = surroundings;
    let overridden = scenario.readings.iter().flatten().any(|(name, _)| name == "default_timeout_seconds");
    let from = match request.timeout_seconds {
        None if !overridden => Basis::Profile(profile.name().into()),
        _ => Basis::Scenario,
    };
    review.origins.note(format!("{path}/timeout_seconds"), from);
}

fn cancels(
    command: &document::Command,
    at: SimDuration,
    fleet: Option<&Fleet>,
    (pointer, path): (&str, &str),
    review: &mut Review<'_>,
) -> Vec<Cancel> {
    let given = command.cancel.as_deref().unwrap_or_default();
    let mut resolved = Vec::new();
    for (number, cancel) in given.iter().enumerate() {
        let pointer = format!("{pointer}/cancel/{number}");
        if cancel.at <= at {
            let message = format!("cancelled at {}, sent at {at}", cancel.at);
            review.error(&format!("{pointer}/at"), message, "a cancel comes after its command");
        }
        let instance_ids = cancel.instance_ids.clone().unwrap_or_default();
        check_cancel_ids(&instance_ids, &format!("{pointer}/instance_ids"), fleet, review);
        if cancel.instance_ids.is_none() {
            let path = format!("{path}/cancels/{number}/instance_ids");
            review.origins.note(path, Basis::Default("the whole command (S7.1)".into()));
        }
        resolved.push(Cancel { at: cancel.at, instance_ids });
    }
    review.choose(format!("{path}/cancels"), command.cancel.is_some().then_some(resolved), Vec::new(), "none")
}

fn check_cancel_ids(ids: &[String], pointer: &str, fleet: Option<&Fleet>, review: &mut Review<'_>) {
    let mut seen = BTreeSet::new();
    for (at, id) in ids.iter().enumerate() {
        let pointer = format!("{pointer}/{at}");
        if !seen.insert(id) {
            review.error(
                &pointer,
                format!("DuplicateInstanceId: `{id}` is named more than once"),
                "name it once (S7.1)",
            );
        }
        if let Some(fleet) = fleet.filter(|fleet| !reception::knows(fleet, id)) {
            review.error(&pointer, reception::unknown_id(id), reception::id_help(id, fleet));
        }
    }
}

/// What would be right in a field of the request.
fn help(pointer: &str) -> &'static str {
    const HELP: &[(&str, &str)] = &[
        ("/MaxConcurrency", "a count from 1 to 9999999, or \"1%\" to \"100%\" (S4.1)"),
        ("/MaxErrors", "a count from 0 to 9999999, or \"0%\" to \"100%\" (S4.16)"),
        ("/TimeoutSeconds", "30 to 2592000 seconds (S5.1)"),
        ("/InstanceIds", "up to 50 different ids, `i-` and 8 or 17 characters or `mi-` and 17 (S3.1, S3.14)"),
        (
            "/Targets",
            "up to 5 selectors by `tag:NAME`, `tag-key`, `InstanceIds`, `resource-groups:Name` or \
             `resource-groups:ResourceTypeFilters` (section 3.2), or InstanceIds instead",
        ),
        (
            "/DocumentName",
            "AWS-RunShellScript, AWS-RunPowerShellScript, AWS-RunPatchBaseline or a `[[document]]` of the scenario",
        ),
        ("/DocumentVersion", "`$LATEST`, `$DEFAULT` or a version number"),
        (
            "/NotificationConfig",
            "an SNS topic's ARN, events in NotificationEvents, Command or Invocation in NotificationType (S9.1)",
        ),
        ("/AlarmConfiguration", "exactly one alarm with a name (S4.29)"),
        ("/Comment", "at most 100 characters"),
        ("/Parameters/executionTimeout", "1 to 172800 seconds where the document says nothing else (O-21)"),
    ];
    if pointer.is_empty() {
        return "give Targets, or InstanceIds with up to 50 ids (O-57)";
    }
    HELP.iter().find(|(start, _)| pointer.starts_with(start)).map_or("", |(_, help)| help)
}
