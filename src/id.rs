//! What names a user, a task and a tag: a UUID inside, a TypeID on the wire.
//!
//! The kind is part of the text (`task_01h455vb4pex5vsknk084sn02q`), so that an id given for the wrong kind of
//! object is refused by name instead of being looked up in vain. Format: TypeID specification 0.3.

use std::fmt;
use std::str::FromStr;

use type_safe_id::{StaticType, TypeSafeId};
use uuid::Uuid;

/// Longer than any id there is; text beyond it is not even parsed.
const LONGEST: usize = 64;

/// The text is not an id, or names another kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnId {
    wanted: &'static str,
    start: &'static str,
}

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must be the id of a {}: {} and 26 characters", self.wanted, self.start)
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $id:ident $kind:ident $prefix:literal)*) => {$(
        #[derive(Default)]
        struct $kind;

        impl StaticType for $kind {
            const TYPE: &'static str = $prefix;
        }

        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
        #[sqlx(transparent)]
        pub struct $id(Uuid);

        impl $id {
            /// The start of every such id on the wire.
            pub const PREFIX: &'static str = $prefix;

            /// One that nothing has yet; later ones are greater.
            pub fn fresh() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id without its kind.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $id {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl FromStr for $id {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let wanted = NotAnId { wanted: $prefix, start: concat!($prefix, "_") };
                if text.len() > LONGEST {
                    return Err(wanted);
                }
                text.parse::<TypeSafeId<$kind>>().map(|id| Self(id.uuid())).map_err(|_| wanted)
            }
        }

        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                TypeSafeId::from_type_and_uuid($kind, self.0).fmt(f)
            }
        }

        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

ids! {
    /// A person who can sign in; as `owner_id` the one whose a row is.
    UserId User "user"
    /// A task.
    TaskId Task "task"
    /// A tag.
    TagId Tag "tag"
    /// A place where someone is signed in.
    SignInId SignIn "signin"
}

/// The id of any object that the API hands out by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeId {
    /// Of a user.
    User(UserId),
    /// Of a task.
    Task(TaskId),
    /// Of a tag.
    Tag(TagId),
    /// Of a sign-in.
    SignIn(SignInId),
}

impl FromStr for NodeId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        match text.split_once('_').map(|(kind, _)| kind) {
            Some(UserId::PREFIX) => text.parse().map(Self::User),
            Some(TaskId::PREFIX) => text.parse().map(Self::Task),
            Some(TagId::PREFIX) => text.parse().map(Self::Tag),
            Some(SignInId::PREFIX) => text.parse().map(Self::SignIn),
            _ => {
                Err(NotAnId { wanted: "user, task, tag or sign-in", start: "user_, task_, tag_ or signin_" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_itself() {
        let id = TaskId::from(Uuid::now_v7());
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(id.to_string().starts_with("task_"));
        assert_eq!(id.to_string().parse(), Ok(NodeId::Task(id)));
    }

    #[test]
    fn the_specifications_example_is_understood() {
        let id: TaskId = "task_01h2xcejqtf2nbrexx3vqjhp41".parse().expect("valid");
        assert_eq!(id.uuid(), uuid::uuid!("0188bac7-4afa-78aa-bc3b-bd1eef28d881"));
    }

    #[test]
    fn another_kind_and_no_id_at_all_are_refused() {
        let tag = TagId::from(Uuid::now_v7()).to_string();
        let long = format!("task_{}", "0".repeat(1000));
        let wide = "\u{e9}".repeat(40);
        for text in
            [tag.as_str(), "", "task_", "7", "task_8zzzzzzzzzzzzzzzzzzzzzzzzz", long.as_str(), wide.as_str()]
        {
            assert!(text.parse::<TaskId>().is_err(), "{text}");
        }
        assert_eq!(
            tag.parse::<TaskId>().expect_err("a tag's").to_string(),
            "must be the id of a task: task_ and 26 characters"
        );
        assert_eq!(
            "table_01h2xcejqtf2nbrexx3vqjhp41".parse::<NodeId>().expect_err("no kind").to_string(),
            "must be the id of a user, task, tag or sign-in: user_, task_, tag_ or signin_ and 26 characters"
        );
    }
}
