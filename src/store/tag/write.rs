//! Tags: adding, changing and removing one.

use crate::field::Color;
use crate::id::TagId;
use crate::store::digest::Digest;
use crate::store::owned_sql::OwnedSql;
use crate::store::write::{BURY, Missed, Outcome, WAS_DELETED, Written, is_duplicate, write_owned};
use crate::store::{NewTag, OwnedTags, Tag, TagChange};
use crate::text::{fold, sort_key};
use crate::time::Timestamp;

/// How many tags one owner may have.
const MOST: i64 = 1000;

const FIND: OwnedSql =
    OwnedSql::new("select id, name, color, created_at, updated_at from tags where owner_id = $1 and id = $2");

impl OwnedTags<'_> {
    /// Makes a tag. The same creation under the same chosen id makes it once and answers with what it has become.
    pub async fn add(&self, new: &NewTag, now: Timestamp) -> Written<Tag> {
        const ADD: OwnedSql = OwnedSql::new(
            "insert into tags (owner_id, id, name, name_key, sort_key, color, rev, created_rev, created_at, updated_at, creation) \
             values ($1, $2, $3, $4, $5, $6, $7, $7, $8, $8, $9) on conflict do nothing \
             returning id, name, color, created_at, updated_at",
        );
        const SAME: OwnedSql = OwnedSql::new(
            "select id, name, color, created_at, updated_at from tags \
             where owner_id = $1 and id = $2 and creation = $3",
        );
        const COUNT: OwnedSql = OwnedSql::new("select count(*) from tags where owner_id = $1");
        let creation = new.digest();
        let id = new.id.unwrap_or_else(TagId::fresh);
        let name = new.name.as_str();
        write_owned!(self, |transaction, rev| {
            if new.id.is_some() {
                let deleted: Option<(i64,)> =
                    WAS_DELETED.of(self.owner).bind(id.to_string()).fetch_optional(&mut *transaction).await?;
                if deleted.is_some() {
                    return Ok(Outcome::Missed(Missed::IdTaken));
                }
            }
            let added: Option<Tag> = ADD
                .of(self.owner)
                .bind(id)
                .bind(name)
                .bind(fold(name))
                .bind(sort_key(name))
                .bind(new.color.as_ref().map(Color::as_str))
                .bind(rev)
                .bind(now)
                .bind(&creation[..])
                .fetch_optional(&mut *transaction)
                .await?;
            if let Some(tag) = added {
                let (count,): (i64,) = COUNT.of(self.owner).fetch_one(&mut *transaction).await?;
                if count > MOST {
                    return Ok(Outcome::Missed(Missed::Full));
                }
                Ok(Outcome::Wrote(tag))
            } else {
                let same: Option<Tag> = SAME
                    .of(self.owner)
                    .bind(id)
                    .bind(&creation[..])
                    .fetch_optional(&mut *transaction)
                    .await?;
                if let Some(tag) = same {
                    return Ok(Outcome::Unchanged(tag));
                }
                let other: Option<Tag> =
                    FIND.of(self.owner).bind(id).fetch_optional(&mut *transaction).await?;
                Ok(Outcome::Missed(if other.is_some() { Missed::IdTaken } else { Missed::NameTaken }))
            }
        })
    }

    /// Changes a tag. A change that changes nothing answers the tag as it is.
    pub async fn change(&self, id: TagId, change: &TagChange, now: Timestamp) -> Written<Tag> {
        const CHANGE: OwnedSql = OwnedSql::new(
            "update tags set name = $3, name_key = $4, sort_key = $5, color = $6, rev = $7, updated_at = $8 \
             where owner_id = $1 and id = $2 returning id, name, color, created_at, updated_at",
        );
        write_owned!(self, |transaction, rev| {
            let found: Option<Tag> = FIND.of(self.owner).bind(id).fetch_optional(&mut *transaction).await?;
            let Some(tag) = found else { return Ok(Outcome::Missed(Missed::Absent)) };
            let changed = change.applied_to(&tag);
            if changed == tag {
                Ok(Outcome::Unchanged(tag))
            } else {
                let changed = CHANGE
                    .of(self.owner)
                    .bind(id)
                    .bind(&changed.name)
                    .bind(fold(&changed.name))
                    .bind(sort_key(&changed.name))
                    .bind(&changed.color)
                    .bind(rev)
                    .bind(now)
                    .fetch_one(&mut *transaction)
                    .await;
                match changed {
                    Err(error) if is_duplicate(&error) => Ok(Outcome::Missed(Missed::NameTaken)),
                    changed => Ok(Outcome::Wrote(changed?)),
                }
            }
        })
    }

    /// Removes a tag, takes it off all tasks and leaves its tombstone.
    pub async fn remove(&self, id: TagId, now: Timestamp) -> Written<()> {
        const REMOVE: OwnedSql =
            OwnedSql::new("delete from tags where owner_id = $1 and id = $2 returning rev");
        write_owned!(self, |transaction, rev| {
            let removed: Option<(i64,)> =
                REMOVE.of(self.owner).bind(id).fetch_optional(&mut *transaction).await?;
            if removed.is_none() {
                return Ok(Outcome::Missed(Missed::Absent));
            }
            let _: (i64,) = BURY
                .of(self.owner)
                .bind(id.to_string())
                .bind(rev)
                .bind(now)
                .fetch_one(&mut *transaction)
                .await?;
            Ok(Outcome::Wrote(()))
        })
    }
}

impl NewTag {
    /// The same for the same creation sent again.
    fn digest(&self) -> Vec<u8> {
        let mut digest = Digest::new("tag");
        digest.text(Some(self.name.as_str()));
        digest.text(self.color.as_ref().map(Color::as_str));
        digest.finish()
    }
}

impl TagChange {
    fn applied_to(&self, tag: &Tag) -> Tag {
        Tag {
            name: self.name.of(&tag.name, |name| name.as_str().to_owned()),
            color: self.color.of(&tag.color, |color| color.as_ref().map(|color| color.as_str().to_owned())),
            ..tag.clone()
        }
    }
}
