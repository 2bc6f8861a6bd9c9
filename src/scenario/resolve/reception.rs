//! What the service would say of the instances that a request selects (O-17, O-41, O-42, O-56).

use super::{Fleet, part::Part};
use crate::{
    base::{nearest, slip},
    scenario::{
        acceptance::{locate, refusals_by_id, selector_pointer, unknown_ids},
        plan::ResourceGroup,
        review::Review,
        targeting::{Selector, counts},
    },
    ssm::{ApiError, Readings, SendCommandRequest, document::Document},
};

/// Reports what the call would refuse, and warns of commands that end at once.
pub(super) fn check(
    written: &Part<SendCommandRequest>,
    document: &Document,
    fleet: &Fleet,
    resource_groups: &[ResourceGroup],
    readings: &Readings,
    review: &mut Review<'_>,
) {
    let request = &written.content;
    let unknown = unknown_ids(request, |id| knows(fleet, id));
    for (pointer, id) in &unknown {
        written.error(pointer, unknown_id(id), id_help(id, fleet), review);
    }
    if !unknown.is_empty() {
        return;
    }
    let refusals = refusals_by_id(request, document, &fleet.groups);
    for error in &refusals {
        written.error(&error.pointer, error.to_string(), help(error, document), review);
    }
    if !refusals.is_empty() {
        return;
    }
    let pointer = selector_pointer(request);
    if Selector::new(request, resource_groups).is_refused() {
        let message = "the caller has no access to the resource group";
        let help = "the command ends at once as Failed/AccessDenied (S1.30)";
        written.warning(pointer, message, help, review);
    } else if counts(&fleet.groups, resource_groups, request).is_empty() {
        let message = "no instance of the fleet matches";
        let status = readings.no_instances_status;
        let help = format!("the command ends at once as {status:?}/NoInstancesInTag (S1.12, O-56)");
        written.warning(pointer, message, help, review);
    }
}

/// What would be right where ids are refused.
fn help(error: &ApiError, document: &Document) -> String {
    match error.code {
        "UnsupportedPlatformType" => format!("it runs on {:?} (O-42)", document.platforms()),
        _ => "with ids the call itself is refused; select by tag to see single invocations denied (O-17)"
            .into(),
    }
}

/// Whether an instance has this id.
pub(super) fn knows(fleet: &Fleet, id: &str) -> bool {
    locate(&fleet.groups, id).is_some()
}

/// What is said of an id that no instance has (O-41).
pub(super) fn unknown_id(id: &str) -> String {
    format!("InvalidInstanceId: `{id}` is not in the fleet")
}

/// Why an inventory's instance is not in the fleet; or the ids that would be right: of the group whose prefix the id has,
/// the nearest one of an inventory, or those of the group with the nearest prefix.
pub(super) fn id_help(id: &str, fleet: &Fleet) -> String {
    if let Some(why) = fleet.left_out.get(id) {
        return format!("it {why} (O-41)");
    }
    let numbered = || fleet.groups.iter().filter_map(|group| Some((group.members.id_prefix()?, group)));
    let listed = fleet.groups.iter().flat_map(|group| group.members.listed());
    let begins = numbered().find(|(prefix, _)| id.starts_with(prefix));
    if begins.is_none()
        && let Some(near) = slip(id, listed.map(|instance| instance.id.as_str()))
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
