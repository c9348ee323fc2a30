//! Rows that are read by the places of their columns.
//!
//! To look a column up by its name costs more than to read what it holds, and is done for each row anew. So the structs that
//! lists are made of, and `me`, are read without names: their columns come first in a statement, in the order of their
//! fields.

/// Reads a struct of these fields, all that it has, from the first columns of a row. Builds with debug assertions, and so
/// all tests, make sure that the columns have the names of the fields.
macro_rules! by_place {
    ($object:ident { $($field:ident),+ $(,)? }) => {
        $crate::store::by_place::by_place!(sqlx::sqlite::SqliteRow => $object { $($field),+ });
        $crate::store::by_place::by_place!(sqlx::postgres::PgRow => $object { $($field),+ });
    };
    ($row:ty => $object:ident { $($field:ident),+ }) => {
        impl sqlx::FromRow<'_, $row> for $object {
            fn from_row(row: &$row) -> Result<Self, sqlx::Error> {
                debug_assert!($crate::store::by_place::begins_with(row, &[$(stringify!($field)),+]));
                let ($($field,)+) = sqlx::FromRow::from_row(row)?;
                Ok(Self { $($field),+ })
            }
        }
    };
}

pub(super) use by_place;

/// Whether the first columns of a row have these names.
pub(super) fn begins_with<R: sqlx::Row>(row: &R, names: &[&str]) -> bool {
    let columns = row.columns().iter().map(sqlx::Column::name);
    columns.take(names.len()).eq(names.iter().copied())
}
