//! Tags of topics.

use super::Sns;
use crate::wire::{
    fault::Fault,
    sns::topic::{ListTagsForResourceResponse, TagResourceRequest, UntagResourceRequest, check_keys},
    ssm::tag::Tag,
};

/// The most tags of a topic.
const MOST_TAGS: usize = 50;

impl Sns {
    pub(super) fn tag(&mut self, request: &TagResourceRequest) -> Result<(), Fault> {
        check_keys(&request.tags)?;
        let tags = self.tags_of(&request.resource_arn)?;
        let mut all = tags.clone();
        for tag in &request.tags {
            match all.iter_mut().find(|known| known.key == tag.key) {
                Some(known) => known.value.clone_from(&tag.value),
                None => all.push(tag.clone()),
            }
        }
        check_count(&all)?;
        *tags = all;
        Ok(())
    }

    pub(super) fn untag(&mut self, request: &UntagResourceRequest) -> Result<(), Fault> {
        self.tags_of(&request.resource_arn)?.retain(|tag| !request.tag_keys.contains(&tag.key));
        Ok(())
    }

    pub(super) fn tags(&mut self, arn: &str) -> Result<ListTagsForResourceResponse, Fault> {
        Ok(ListTagsForResourceResponse { tags: self.tags_of(arn)?.clone() })
    }

    fn tags_of(&mut self, arn: &str) -> Result<&mut Vec<Tag>, Fault> {
        let missing = || Fault::new("ResourceNotFoundException", "Resource does not exist");
        self.topics.get_mut(arn).map(|topic| &mut topic.tags).ok_or_else(missing)
    }
}

/// Checks that a topic has not too many tags.
pub(super) fn check_count(tags: &[Tag]) -> Result<(), Fault> {
    if tags.len() > MOST_TAGS {
        let message = "Could not complete request: tag quota of per resource exceeded";
        return Err(Fault::new("TagLimitExceededException", message));
    }
    Ok(())
}
