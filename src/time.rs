//! Instants: whole milliseconds of UTC, the same in memory, in both databases and on the wire.
//!
//! What a client was shown is what is stored, so that a time can be sent back as a filter without missing its own row.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef};
use sqlx::{Decode, Encode, Postgres, Sqlite, Type};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An instant in milliseconds since 1970-01-01T00:00:00Z, between the years 0000 and 9999.
///
/// Columns: `integer` in SQLite, `timestamptz` in PostgreSQL.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Before every instant that can be written down; a sort key, never shown.
    pub const BEFORE_ALL: Self = Self(-62_198_755_200_000);
    /// After every instant that can be written down; a sort key, never shown.
    pub const AFTER_ALL: Self = Self(253_402_300_800_000);

    /// The instant so many milliseconds after 1970 began, in UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970 began, in UTC.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970 began, in UTC; what JWTs count in.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Reads RFC 3339 with any offset. Digits beyond milliseconds are cut off.
    ///
    /// `None` for anything else, and for what is not within the years 0000 to 9999 in UTC.
    pub fn parse(text: &str) -> Option<Self> {
        let instant = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        let millis = i64::try_from(instant.unix_timestamp_nanos().div_euclid(1_000_000)).ok()?;
        let year = instant.checked_to_utc()?.year();
        (0..=9999).contains(&year).then_some(Self(millis))
    }
}

impl Timestamp {
    /// How long it is from here to a later instant; `None` to one that is not later.
    pub fn until(self, later: Self) -> Option<Duration> {
        let millis = u64::try_from(later.0.saturating_sub(self.0)).ok()?;
        (millis > 0).then_some(Duration::from_millis(millis))
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (hour, minute, second) = instant.to_hms();
        // A page of tasks holds dozens of instants, where the machinery of `write!` shows.
        let mut text = *b"0000-00-00T00:00:00.000Z";
        write_digits(&mut text[0..4], instant.year().unsigned_abs());
        write_digits(&mut text[5..7], u8::from(instant.month()).into());
        write_digits(&mut text[8..10], instant.day().into());
        write_digits(&mut text[11..13], hour.into());
        write_digits(&mut text[14..16], minute.into());
        write_digits(&mut text[17..19], second.into());
        write_digits(&mut text[20..23], instant.millisecond().into());
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// The last digits of a number, as many as there is room for.
fn write_digits(room: &mut [u8], number: u32) {
    let mut rest = number;
    for place in room.iter_mut().rev() {
        *place = b"0123456789"[(rest % 10) as usize];
        rest /= 10;
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where the present comes from, so that tests can say when it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock;

impl Clock {
    /// This moment.
    #[expect(clippy::disallowed_methods, reason = "the one place where the present comes from")]
    pub fn now(self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(0) + since
    }
}

impl Type<Sqlite> for Timestamp {
    fn type_info() -> SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }

    fn compatible(ty: &SqliteTypeInfo) -> bool {
        <i64 as Type<Sqlite>>::compatible(ty)
    }
}

impl Encode<'_, Sqlite> for Timestamp {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Sqlite>>::encode_by_ref(&self.0, buffer)
    }
}

impl Decode<'_, Sqlite> for Timestamp {
    fn decode(value: SqliteValueRef<'_>) -> Result<Self, BoxDynError> {
        <i64 as Decode<Sqlite>>::decode(value).map(Self)
    }
}

/// PostgreSQL counts microseconds, and from the year 2000.
const POSTGRES_EPOCH_MILLIS: i64 = 946_684_800_000;
const TIMESTAMPTZ: Oid = Oid(1184);

impl Type<Postgres> for Timestamp {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ)
    }

    fn compatible(ty: &PgTypeInfo) -> bool {
        *ty == <Self as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Timestamp {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let micros = (self.0 - POSTGRES_EPOCH_MILLIS) * 1000;
        <i64 as Encode<Postgres>>::encode_by_ref(&micros, buffer)
    }
}

impl Decode<'_, Postgres> for Timestamp {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        match value.format() {
            PgValueFormat::Binary => {
                let micros = i64::from_be_bytes(value.as_bytes()?.try_into()?);
                Ok(Self(micros.div_euclid(1000) + POSTGRES_EPOCH_MILLIS))
            }
            PgValueFormat::Text => Err("times are read in the binary format only".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_offset_becomes_utc_with_milliseconds() {
        for (text, utc) in [
            ("2026-11-21T09:30:00Z", "2026-11-21T09:30:00.000Z"),
            ("2026-11-21T09:30:00.123456+05:30", "2026-11-21T04:00:00.123Z"),
            ("1969-12-31T23:59:59.9999-00:00", "1969-12-31T23:59:59.999Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp::parse(text).expect(text).to_string(), utc);
        }
    }

    #[test]
    fn what_is_no_rfc_3339_instant_is_refused() {
        for text in [
            "",
            "2026-11-21",
            "2026-11-21T09:30:00",
            "2026-13-21T09:30:00Z",
            "2026-02-29T09:30:00Z",
            "9999-12-31T23:59:59-01:00",
            "0000-01-01T00:00:00+01:00",
            "tomorrow",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
