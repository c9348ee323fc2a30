//! Tags.

use crate::id::TagId;
use crate::store::{Mark, NewTag, Owner, Tag, TagChange};

use super::{Answer, Services};

impl Services {
    /// Makes a tag.
    pub async fn create_tag(&self, owner: &Owner, new: &NewTag) -> Answer<(Tag, Mark)> {
        Ok(self.store.tags(owner).add(new, self.clock.now()).await??)
    }

    /// Changes a tag.
    pub async fn update_tag(&self, owner: &Owner, id: TagId, change: &TagChange) -> Answer<(Tag, Mark)> {
        Ok(self.store.tags(owner).change(id, change, self.clock.now()).await??)
    }

    /// Removes a tag.
    pub async fn delete_tag(&self, owner: &Owner, id: TagId) -> Answer<Mark> {
        let ((), mark) = self.store.tags(owner).remove(id, self.clock.now()).await??;
        Ok(mark)
    }
}
