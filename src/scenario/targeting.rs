//! Which instances a request selects (section 3).

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
pub fn ids_alone(request: &SendCommandRequest) -> Option<&[String]> {
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

/// Which instances of one group a request selects (S3.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selected {
    /// All of them.
    All,
    /// Those at these places, in order.
    Places(Vec<u32>),
}

/// Which instances of `group` the request selects: entries of `Targets` must all match, of an entry's values one.
pub fn selected(group: &Group, request: &SendCommandRequest) -> Selected {
    let targets = request.targets.as_deref().unwrap_or_default();
    let (by_id, by_tag): (Vec<_>, Vec<_>) = targets.iter().partition(|target| is_by_id(target));
    let named = request.instance_ids.iter().filter(|ids| !ids.is_empty());
    let mut lists = by_id.iter().map(|target| &target.values).chain(named);
    if !by_tag.iter().all(|target| target.matches_tags(group.tags(0))) {
        return Selected::Places(Vec::new());
    }
    let Some(first) = lists.next() else {
        // A request that names nothing is refused (O-57); it selects nothing.
        return if by_tag.is_empty() { Selected::Places(Vec::new()) } else { Selected::All };
    };
    let others: Vec<_> = lists.collect();
    let everywhere = |id: &&String| others.iter().all(|list| list.contains(*id));
    let mut places: Vec<u32> =
        first.iter().filter(everywhere).filter_map(|id| group.find_instance(id)).collect();
    places.sort_unstable();
    places.dedup();
    Selected::Places(places)
}

/// How many instances of each group the request selects.
pub(super) fn counts(groups: &[Group], request: &SendCommandRequest) -> Vec<u32> {
    let count = |group: &Group| match selected(group, request) {
        Selected::All => group.count(),
        Selected::Places(places) => places.len() as u32,
    };
    groups.iter().map(count).collect()
}

fn is_by_id(target: &Target) -> bool {
    TargetKey::parse(&target.key) == Some(TargetKey::InstanceIds)
}
