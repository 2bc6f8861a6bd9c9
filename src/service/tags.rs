//! Tags of documents and instances. Those of instances are the scenario's, but for instances whose tags calls have
//! changed.

use std::{borrow::Cow, collections::BTreeMap};

use super::{documents::Documents, run_command::RunCommand};
use crate::{
    ssm::target::is_instance_id,
    wire::{
        fault::Fault,
        ssm::{
            Empty,
            tag::{
                AddTagsToResourceRequest, ListTagsForResourceRequest, ListTagsForResourceResult,
                RemoveTagsFromResourceRequest, Tag,
            },
        },
    },
};

/// The most tags of a resource.
const MOST: usize = 50;

/// A resource's tags by key.
pub type TagMap = BTreeMap<String, String>;

/// The tags that calls have changed.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    /// All tags of the instances that calls have changed, by the instance's index.
    instances: BTreeMap<u32, TagMap>,
}

/// What tags can be on.
#[derive(Debug)]
pub struct Resources<'a> {
    /// The fleet.
    pub fleet: &'a RunCommand,
    /// The documents.
    pub documents: &'a mut Documents,
}

/// A resource of a request.
#[derive(Clone, Copy)]
enum Resource<'a> {
    Document(&'a str),
    Instance(u32),
}

impl Tags {
    /// The tags of an instance by its index: those of the scenario, unless calls have changed them.
    pub fn of_instance<'a>(&'a self, fleet: &'a RunCommand, instance: u32) -> Cow<'a, TagMap> {
        self.instances
            .get(&instance)
            .or_else(|| given(fleet, instance))
            .map_or_else(Cow::default, Cow::Borrowed)
    }

    /// Gives an instance other tags.
    pub fn put(&mut self, instance: u32, tags: TagMap) {
        self.instances.insert(instance, tags);
    }

    /// The instances whose tags calls have changed, each with all that it has now.
    pub fn changed(&self) -> impl Iterator<Item = (u32, &TagMap)> {
        self.instances.iter().map(|(instance, tags)| (*instance, tags))
    }

    /// `AddTagsToResource`: tags with known keys get the new values.
    ///
    /// # Errors
    ///
    /// InvalidResourceType, InvalidResourceId, TooManyTagsError.
    pub fn add(
        &mut self,
        request: &AddTagsToResourceRequest,
        resources: &mut Resources<'_>,
    ) -> Result<Empty, Fault> {
        let resource = resources.find(&request.resource_type, &request.resource_id)?;
        let mut tags = self.of(resource, resources).into_owned();
        tags.extend(request.tags.iter().map(|Tag { key, value }| (key.clone(), value.clone())));
        if tags.len() > MOST {
            let message = format!("A resource can have at most {MOST} tags.");
            return Err(Fault::new("TooManyTagsError", message));
        }
        self.set(resource, tags, resources)
    }

    /// `RemoveTagsFromResource`. Keys that are not there are removed already.
    ///
    /// # Errors
    ///
    /// InvalidResourceType, InvalidResourceId.
    pub fn remove(
        &mut self,
        request: &RemoveTagsFromResourceRequest,
        resources: &mut Resources<'_>,
    ) -> Result<Empty, Fault> {
        let resource = resources.find(&request.resource_type, &request.resource_id)?;
        let mut tags = self.of(resource, resources).into_owned();
        tags.retain(|key, _| !request.tag_keys.contains(key));
        self.set(resource, tags, resources)
    }

    /// `ListTagsForResource`: in the order of the keys.
    ///
    /// # Errors
    ///
    /// InvalidResourceType, InvalidResourceId.
    pub fn list(
        &self,
        request: &ListTagsForResourceRequest,
        resources: &Resources<'_>,
    ) -> Result<ListTagsForResourceResult, Fault> {
        let resource = resources.find(&request.resource_type, &request.resource_id)?;
        let tags = self.of(resource, resources);
        let tag_list = tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() });
        Ok(ListTagsForResourceResult { tag_list: tag_list.collect() })
    }

    fn of<'a>(&'a self, resource: Resource<'_>, resources: &'a Resources<'_>) -> Cow<'a, TagMap> {
        match resource {
            Resource::Document(name) => {
                resources.documents.tags(name).map_or_else(Cow::default, Cow::Borrowed)
            }
            Resource::Instance(index) => self.of_instance(resources.fleet, index),
        }
    }

    /// AWS's documents keep their tags. An instance that is as in the scenario again is not kept.
    fn set(
        &mut self,
        resource: Resource<'_>,
        tags: TagMap,
        resources: &mut Resources<'_>,
    ) -> Result<Empty, Fault> {
        match resource {
            Resource::Document(name) => *resources.documents.tags_mut(name).ok_or_else(invalid_id)? = tags,
            Resource::Instance(index) if given(resources.fleet, index) == Some(&tags) => {
                self.instances.remove(&index);
            }
            Resource::Instance(index) => self.put(index, tags),
        }
        Ok(Empty {})
    }
}

impl Resources<'_> {
    /// AWS takes the ids of hybrid instances alone, for those of EC2 have an API of their own for tags; here both are
    /// taken, for there is no such API.
    fn find<'a>(&self, kind: &str, id: &'a str) -> Result<Resource<'a>, Fault> {
        match kind {
            "Document" if self.documents.tags(id).is_some() => Ok(Resource::Document(id)),
            "ManagedInstance" if is_instance_id(id) => {
                self.fleet.find(id).map(Resource::Instance).ok_or_else(invalid_id)
            }
            "Document" | "ManagedInstance" => Err(invalid_id()),
            other => {
                let message =
                    format!("The resource type {other} is not valid here: Document and ManagedInstance are.");
                Err(Fault::new("InvalidResourceType", message))
            }
        }
    }
}

/// The tags that the scenario gives an instance.
fn given(fleet: &RunCommand, instance: u32) -> Option<&TagMap> {
    let (group, place) = fleet.locate(instance)?;
    Some(fleet.plan().groups.get(group)?.tags(place))
}

fn invalid_id() -> Fault {
    let message = "The resource ID isn't valid. Verify that you entered the correct ID and try again.";
    Fault::new("InvalidResourceId", message)
}
