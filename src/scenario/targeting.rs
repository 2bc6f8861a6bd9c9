//! Which instances a request selects, as far as the checks before a run must know it.

use crate::{
    scenario::plan::Group,
    ssm::{SendCommandRequest, request::Target, target::TargetKey},
};

/// Where a request names instance ids.
pub(super) struct NamedIds<'a> {
    /// JSON pointer to the list, within the request.
    pub(super) pointer: String,
    /// The ids.
    pub(super) ids: &'a [String],
}

/// The ids that a request names when it selects by nothing else; one target with the key `InstanceIds` is the
/// same as the field (S3.8).
pub(super) fn ids_alone(request: &SendCommandRequest) -> Option<&[String]> {
    match (
        request.instance_ids.as_deref().unwrap_or_default(),
        request.targets.as_deref().unwrap_or_default(),
    ) {
        ([], [only]) if is_by_id(only) => Some(&only.values),
        (ids @ [_, ..], []) => Some(ids),
        _ => None,
    }
}

/// Every list of instance ids in a request.
pub(super) fn named_ids(request: &SendCommandRequest) -> Vec<NamedIds<'_>> {
    let field = request.instance_ids.iter().map(|ids| NamedIds { pointer: "/InstanceIds".into(), ids });
    let targets = request.targets.iter().flatten().enumerate().filter(|(_, target)| is_by_id(target));
    let lists = targets
        .map(|(at, target)| NamedIds { pointer: format!("/Targets/{at}/Values"), ids: &target.values });
    field.chain(lists).collect()
}

/// How many instances of each group the request selects.
pub(super) fn counts(groups: &[Group], request: &SendCommandRequest) -> Vec<u32> {
    groups.iter().map(|group| count(group, request)).collect()
}

fn count(group: &Group, request: &SendCommandRequest) -> u32 {
    let among = |ids: &[String]| ids.iter().filter(|id| group.find_instance(id).is_some()).count() as u32;
    let targets = request.targets.as_deref().unwrap_or_default();
    if targets.is_empty() {
        return among(request.instance_ids.as_deref().unwrap_or_default());
    }
    let (by_id, by_tag): (Vec<_>, Vec<_>) = targets.iter().partition(|target| is_by_id(target));
    if !by_tag.iter().all(|target| target.matches_tags(&group.tags)) {
        return 0;
    }
    match by_id[..] {
        [] => group.count,
        [first, ref others @ ..] => {
            let everywhere = |id: &&String| others.iter().all(|target| target.values.contains(id));
            among(&first.values.iter().filter(everywhere).cloned().collect::<Vec<_>>())
        }
    }
}

fn is_by_id(target: &Target) -> bool {
    TargetKey::parse(&target.key) == Some(TargetKey::InstanceIds)
}
