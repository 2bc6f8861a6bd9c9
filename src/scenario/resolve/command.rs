//! The command: its request, what the fleet says to it, and its cancels.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::resource_group;
use crate::{
    base::{SimDuration, nearest},
    scenario::{
        document::{self, Profile, RequestSource, Scenario},
        fault::{Fault, Place},
        origin::Basis,
        plan::{Cancel, Command, Group, ResourceGroup, Step},
        review::Review,
        source::Parsed,
        structure,
        targeting::{self, Alike, Selector},
    },
    ssm::{
        Readings, SendCommandRequest,
        document::Document,
        limits,
        target::{RESOURCE_TYPES, TargetKey},
    },
};

const POINTER: &str = "/command/0";
const PATH: &str = "/commands/0";

/// A request and where it was written.
struct Request {
    request: SendCommandRequest,
    /// Its own file, when it has one.
    file: Option<Parsed>,
}

/// The command. `fleet` is `None` when its faults forbid looking instances up.
pub(super) fn resolve(
    scenario: &Scenario,
    fleet: Option<&[Group]>,
    resource_groups: &[ResourceGroup],
    readings: &Readings,
    profile: Profile,
    review: &mut Review<'_>,
) -> Option<Command> {
    let [command] = &scenario.command[..] else {
        let message = format!("the scenario has {} commands", scenario.command.len());
        review.error("/command", message, "exactly one `[[command]]` is simulated for now");
        return None;
    };
    review.origins.note(PATH, Basis::Scenario);
    let at = review.choose(format!("{PATH}/at"), command.at, SimDuration::ZERO, "at the start");
    let cancels = cancels(command, at, fleet, review);
    let written = read_request(command, review)?;
    let request = &written.request;
    let before = review.faults.len();
    for error in request.validate(readings) {
        let place = written.place(&error.pointer, review.input);
        review.faults.push(Fault::error(place, error.to_string(), help(&error.pointer)));
    }
    if review.faults.len() > before {
        return None;
    }
    written.check_resource_groups(resource_groups, review);
    written.advise(review);
    if let Some(fleet) = fleet {
        written.check_fleet(fleet, resource_groups, readings, review);
    }
    let document = Document::find(&request.document_name).expect("a valid request names a known document");
    let timeout_seconds = timeout_seconds(request, scenario, readings, profile, review);
    let timeout = document.execution_timeout(request);
    let execution_timeout_seconds = review.choose(
        format!("{PATH}/execution_timeout_seconds"),
        timeout.written.map(|_| timeout.agent),
        timeout.agent,
        "the document's default",
    );
    review
        .origins
        .note(format!("{PATH}/platforms"), Basis::Default(format!("the platforms of {}", document.name)));
    review.origins.note(format!("{PATH}/not_simulated"), Basis::Default("what is simulated so far".into()));
    let step = Step::plain(document.name, document.platforms, execution_timeout_seconds);
    Some(Command {
        name: "command".into(),
        at,
        steps: vec![step],
        notification: None,
        timeout_seconds,
        execution_timeout_seconds,
        platforms: document.platforms.to_vec(),
        cancels,
        not_simulated: not_simulated(request),
        request: written.request,
    })
}

fn read_request(command: &document::Command, review: &mut Review<'_>) -> Option<Request> {
    let name = match &command.request {
        RequestSource::Inline(request) => return Some(Request { request: (**request).clone(), file: None }),
        RequestSource::File(name) => name,
    };
    let source = review.source_beside(name, &format!("{POINTER}/request"))?;
    let parsed = match Parsed::parse_json(&source) {
        Ok(parsed) => parsed,
        Err(faults) => {
            review.faults.extend(faults);
            return None;
        }
    };
    let schema = schemars::schema_for!(SendCommandRequest).to_value();
    let faults = structure::check(&schema, &parsed);
    if !faults.is_empty() {
        review.faults.extend(faults);
        return None;
    }
    match SendCommandRequest::deserialize(&parsed.value) {
        Ok(request) => Some(Request { request, file: Some(parsed) }),
        Err(error) => {
            review.faults.push(Fault::error(parsed.place(""), error.to_string(), ""));
            None
        }
    }
}

impl Request {
    /// The place of a field of the request.
    fn place(&self, pointer: &str, scenario: &Parsed) -> Place {
        match &self.file {
            Some(file) => file.place(pointer),
            None => scenario.place(&format!("{POINTER}/request{pointer}")),
        }
    }

    fn error(
        &self,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
        review: &mut Review<'_>,
    ) {
        review.faults.push(Fault::error(self.place(pointer, review.input), message, help));
    }

    fn warning(
        &self,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
        review: &mut Review<'_>,
    ) {
        review.faults.push(Fault::warning(self.place(pointer, review.input), message, help));
    }

    /// A resource group that is named is one of the scenario's, and types are those of instances.
    fn check_resource_groups(&self, groups: &[ResourceGroup], review: &mut Review<'_>) {
        for (at, target) in self.request.targets.iter().flatten().enumerate() {
            let place = |number: usize| format!("/Targets/{at}/Values/{number}");
            let values = target.values.iter().enumerate();
            match TargetKey::parse(&target.key) {
                Some(TargetKey::ResourceGroup) => {
                    let unknown =
                        |(_, name): &(usize, &String)| groups.iter().all(|group| group.name != **name);
                    for (number, name) in values.filter(unknown) {
                        let message = format!("the scenario has no resource group `{name}`");
                        self.error(&place(number), message, resource_group::help(name, groups), review);
                    }
                }
                Some(TargetKey::ResourceTypes) => {
                    let unknown =
                        |name: &str| RESOURCE_TYPES.iter().all(|known| !known.eq_ignore_ascii_case(name));
                    for (number, name) in values.filter(|(_, name)| unknown(name)) {
                        let message = format!("no instance is of the type `{name}`");
                        let help = format!("instances are {}", RESOURCE_TYPES.join(" or "));
                        self.warning(&place(number), message, help, review);
                    }
                }
                _ => {}
            }
        }
    }

    /// Warnings about what is accepted, but seldom meant.
    fn advise(&self, review: &mut Review<'_>) {
        for (at, target) in self.request.targets.iter().flatten().enumerate() {
            if target.values.len() > limits::TARGET_VALUES_IN_GUIDE {
                let message = format!("{} values in one target", target.values.len());
                let help = "the guide allows 5, the service model 50 (O-29)";
                self.warning(&format!("/Targets/{at}/Values"), message, help, review);
            }
        }
        if self.request.notification_config.is_some() && self.request.service_role_arn.is_none() {
            let message = "notifications without `ServiceRoleArn`";
            let help = "the service publishes in a role that the request names; without it expect InvalidRole (S9.5)";
            self.warning("/NotificationConfig", message, help, review);
        }
        let Some(document) = Document::find(&self.request.document_name) else { return };
        let timeout = document.execution_timeout(&self.request);
        if let Some(written) = timeout.written.filter(|written| written.parse() != Ok(timeout.agent)) {
            let message = format!("the agent makes {} s of the execution timeout `{written}`", timeout.agent);
            let help = "the agent takes 5 to 172,800 seconds and turns anything else into 3600 (S5.12, O-21)";
            self.warning(&format!("/Parameters/{}", document.timeout_parameter()), message, help, review);
        }
    }

    /// What the service would say to the instances that the request selects.
    fn check_fleet(
        &self,
        fleet: &[Group],
        resource_groups: &[ResourceGroup],
        readings: &Readings,
        review: &mut Review<'_>,
    ) {
        let group_of = |id: &String| fleet.iter().find(|group| group.find_instance(id).is_some());
        let mut unknown = false;
        for list in targeting::named_ids(&self.request) {
            for (at, id) in list.ids.iter().enumerate().filter(|(_, id)| group_of(id).is_none()) {
                unknown = true;
                self.error(&format!("{}/{at}", list.pointer), unknown_id(id), id_help(id, fleet), review);
            }
        }
        if unknown {
            return;
        }
        let pointer = if self.request.targets.is_some() { "/Targets" } else { "/InstanceIds" };
        if Selector::new(&self.request, resource_groups).is_refused() {
            let message = "the caller has no access to the resource group";
            let help = "the command ends at once as Failed/AccessDenied (S1.30)";
            self.warning(pointer, message, help, review);
            return;
        }
        let selected = targeting::counts(fleet, resource_groups, &self.request);
        if selected.is_empty() {
            let message = "no instance of the fleet matches";
            let status = readings.no_instances_status;
            let help = format!("the command ends at once as {status:?}/NoInstancesInTag (S1.12, O-56)");
            self.warning(pointer, message, help, review);
            return;
        }
        if let Some(ids) = targeting::ids_alone(&self.request) {
            self.check_named(ids, selected.keys(), fleet, pointer, review);
        }
    }

    /// What the call itself refuses when it names ids: platforms that are all wrong, and instances without access.
    fn check_named<'k>(
        &self,
        ids: &[String],
        mut selected: impl Iterator<Item = &'k Alike>,
        fleet: &[Group],
        pointer: &str,
        review: &mut Review<'_>,
    ) {
        let Some(document) = Document::find(&self.request.document_name) else { return };
        if selected.all(|alike| !document.platforms.contains(&alike.platform)) {
            let message =
                format!("UnsupportedPlatformType: {} runs on none of these instances", document.name);
            let help = format!("it runs on {:?} (O-42)", document.platforms);
            self.error(pointer, message, help, review);
        }
        let is_denied = |id: &&String| {
            fleet.iter().any(|group| group.find_instance(id).is_some_and(|place| group.access_denied(place)))
        };
        if let Some(id) = ids.iter().find(is_denied) {
            let message = format!("AccessDeniedException: no access to `{id}`");
            let help =
                "with ids the call itself is refused; select by tag to see single invocations denied (O-17)";
            self.error(pointer, message, help, review);
        }
    }
}

fn unknown_id(id: &str) -> String {
    format!("InvalidInstanceId: `{id}` is not in the fleet")
}

/// The ids that would be right: of the group whose prefix the id has, the nearest one of an inventory, or those of the
/// group with the nearest prefix.
fn id_help(id: &str, fleet: &[Group]) -> String {
    let numbered = || fleet.iter().filter_map(|group| Some((group.members.id_prefix()?, group)));
    let listed = fleet.iter().flat_map(|group| group.members.listed()).map(|instance| instance.id.as_str());
    let begins = numbered().find(|(prefix, _)| id.starts_with(prefix));
    if begins.is_none()
        && let Some(near) = nearest(id, listed)
    {
        return format!("did you mean `{near}`? (O-41)");
    }
    let near = || {
        let stem = id.trim_end_matches(|digit: char| digit.is_ascii_digit());
        let near = nearest(stem, numbered().map(|(prefix, _)| prefix))?;
        numbered().find(|(prefix, _)| *prefix == near)
    };
    match begins.or_else(near).or_else(|| numbered().next()) {
        Some((_, group)) => {
            let (first, last) = (group.instance_id(0), group.instance_id(group.count() - 1));
            format!("the ids of `{}` are {first} to {last} (O-41)", group.name)
        }
        None => "name managed instances of the inventory (O-41)".into(),
    }
}

fn timeout_seconds(
    request: &SendCommandRequest,
    scenario: &Scenario,
    readings: &Readings,
    profile: Profile,
    review: &mut Review<'_>,
) -> u32 {
    let overridden = scenario.readings.iter().flatten().any(|(name, _)| name == "default_timeout_seconds");
    let from = match request.timeout_seconds {
        None if !overridden => Basis::Profile(profile.name().into()),
        _ => Basis::Scenario,
    };
    review.origins.note(format!("{PATH}/timeout_seconds"), from);
    let given = request.timeout_seconds.map(|seconds| seconds as u32);
    given.unwrap_or(readings.default_timeout_seconds)
}

fn cancels(
    command: &document::Command,
    at: SimDuration,
    fleet: Option<&[Group]>,
    review: &mut Review<'_>,
) -> Vec<Cancel> {
    let given = command.cancel.as_deref().unwrap_or_default();
    let mut resolved = Vec::new();
    for (number, cancel) in given.iter().enumerate() {
        let pointer = format!("{POINTER}/cancel/{number}");
        if cancel.at <= at {
            let message = format!("cancelled at {}, sent at {at}", cancel.at);
            review.error(&format!("{pointer}/at"), message, "a cancel comes after its command");
        }
        let instance_ids = cancel.instance_ids.clone().unwrap_or_default();
        check_cancel_ids(&instance_ids, &format!("{pointer}/instance_ids"), fleet, review);
        if cancel.instance_ids.is_none() {
            let path = format!("{PATH}/cancels/{number}/instance_ids");
            review.origins.note(path, Basis::Default("the whole command (S7.1)".into()));
        }
        resolved.push(Cancel { at: cancel.at, instance_ids });
    }
    review.choose(format!("{PATH}/cancels"), command.cancel.is_some().then_some(resolved), Vec::new(), "none")
}

fn check_cancel_ids(ids: &[String], pointer: &str, fleet: Option<&[Group]>, review: &mut Review<'_>) {
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
        if let Some(fleet) = fleet.filter(|fleet| fleet.iter().all(|group| group.find_instance(id).is_none()))
        {
            review.error(&pointer, unknown_id(id), id_help(id, fleet));
        }
    }
}

/// The fields of the request that are checked and kept, but change nothing yet.
fn not_simulated(request: &SendCommandRequest) -> Vec<String> {
    let fields = [
        ("DocumentVersion", request.document_version.is_some()),
        ("DocumentHash", request.document_hash.is_some()),
        ("DocumentHashType", request.document_hash_type.is_some()),
        ("OutputS3Region", request.output_s3_region.is_some()),
        ("OutputS3BucketName", request.output_s3_bucket_name.is_some()),
        ("OutputS3KeyPrefix", request.output_s3_key_prefix.is_some()),
        ("CloudWatchOutputConfig", request.cloud_watch_output_config.is_some()),
        ("AlarmConfiguration", request.alarm_configuration.is_some()),
    ];
    fields.into_iter().filter(|(_, given)| *given).map(|(name, _)| name.into()).collect()
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
        ("/DocumentName", "AWS-RunShellScript, AWS-RunPowerShellScript or AWS-RunPatchBaseline"),
        ("/DocumentVersion", "`$LATEST`, `$DEFAULT` or a version number"),
        (
            "/NotificationConfig",
            "an SNS topic's ARN, events in NotificationEvents, Command or Invocation in NotificationType (S9.1)",
        ),
        ("/AlarmConfiguration", "exactly one alarm with a name (S4.29)"),
        ("/Comment", "at most 100 characters"),
    ];
    if pointer.is_empty() {
        return "give Targets, or InstanceIds with up to 50 ids (O-57)";
    }
    HELP.iter().find(|(start, _)| pointer.starts_with(start)).map_or("", |(_, help)| help)
}
