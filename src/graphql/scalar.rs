//! Scalars, and reading what the fields of inputs were given.

use std::str::FromStr;

use async_graphql::{ID, InputValueResult, MaybeUndefined, Scalar, ScalarType, Value};

use crate::field::{Change, Invalid};
use crate::id::NotAnId;
use crate::time::Timestamp;

/// What a client sends is read only where the field's name is at hand, so that the error can say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DateTime(Option<Timestamp>);

/// An instant in UTC, RFC 3339 with milliseconds: 2026-11-21T09:30:00.123Z.
#[Scalar(specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(match value {
            Value::String(text) => Timestamp::parse(&text),
            _ => None,
        }))
    }

    fn to_value(&self) -> Value {
        self.0.map_or(Value::Null, |instant| Value::String(instant.to_string()))
    }
}

impl DateTime {
    /// The instant that the field of this name was given.
    pub(super) fn of(self, field: &'static str) -> Result<Timestamp, Invalid> {
        self.0.ok_or_else(|| {
            Invalid::new(
                field,
                "must be an instant as RFC 3339 writes it: 2026-11-21T09:30:00Z, or with an offset",
            )
        })
    }
}

impl From<Timestamp> for DateTime {
    fn from(instant: Timestamp) -> Self {
        Self(Some(instant))
    }
}

impl From<DateTime> for Value {
    fn from(instant: DateTime) -> Self {
        instant.to_value()
    }
}

/// The id that the field of this name was given.
pub(super) fn id_of<T: FromStr<Err = NotAnId>>(id: &ID, field: &'static str) -> Result<T, Invalid> {
    id.parse().map_err(|error: NotAnId| Invalid::new(field, error.to_string()))
}

/// The ids that the field of this name was given: in order, none twice.
pub(super) fn ids_of<T: FromStr<Err = NotAnId> + Ord>(
    ids: &[ID],
    field: &'static str,
) -> Result<Vec<T>, Invalid> {
    let mut ids = ids.iter().map(|id| id_of(id, field)).collect::<Result<Vec<T>, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// What shall become of a field that cannot be null.
pub(super) fn required<T, U>(
    given: &MaybeUndefined<T>,
    field: &'static str,
    read: impl Fn(&T) -> Result<U, Invalid>,
) -> Result<Change<U>, Invalid> {
    match given {
        MaybeUndefined::Undefined => Ok(Change::Keep),
        MaybeUndefined::Null => Err(Invalid::new(field, "cannot be cleared")),
        MaybeUndefined::Value(value) => read(value).map(Change::Set),
    }
}

/// What shall become of a field that null clears.
pub(super) fn clearable<T, U>(
    given: &MaybeUndefined<T>,
    read: impl Fn(&T) -> Result<U, Invalid>,
) -> Result<Change<Option<U>>, Invalid> {
    match given {
        MaybeUndefined::Undefined => Ok(Change::Keep),
        MaybeUndefined::Null => Ok(Change::Set(None)),
        MaybeUndefined::Value(value) => read(value).map(|value| Change::Set(Some(value))),
    }
}
