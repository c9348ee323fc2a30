//! Tasks.

use crate::field::{Change, Invalid};
use crate::id::{TagId, TaskId};
use crate::store::{Mark, NewTask, Owner, Task, TaskChange};

use super::{Answer, Services};

/// How many tags one task may carry.
const MOST_TAGS: usize = 20;

impl Services {
    /// Makes a task.
    pub async fn create_task(&self, owner: &Owner, new: &NewTask) -> Answer<(Task, Mark)> {
        bound(&new.tags)?;
        Ok(self.store.tasks(owner).add(new, self.clock.now()).await??)
    }

    /// Changes a task.
    pub async fn update_task(&self, owner: &Owner, id: TaskId, change: &TaskChange) -> Answer<(Task, Mark)> {
        if let Change::Set(tags) = &change.tags {
            bound(tags)?;
        }
        Ok(self.store.tasks(owner).change(id, change, self.clock.now()).await??)
    }

    /// Removes a task.
    pub async fn delete_task(
        &self,
        owner: &Owner,
        id: TaskId,
        expected_version: Option<i32>,
    ) -> Answer<Mark> {
        let ((), mark) = self.store.tasks(owner).remove(id, expected_version, self.clock.now()).await??;
        Ok(mark)
    }
}

fn bound(tags: &[TagId]) -> Result<(), Invalid> {
    if tags.len() > MOST_TAGS {
        return Err(Invalid::new(
            "tagIds",
            format!("must name at most {MOST_TAGS} tags, not {}", tags.len()),
        ));
    }
    Ok(())
}
