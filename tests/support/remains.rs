//! Everything that a database holds, byte by byte, to see whether something of somebody is left.

use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection, Row as _, SqliteConnection};
use taskward::store::{Database, Kind};

/// All cells of all tables, an index's and the migrations' own among them.
pub struct Remains(Vec<Cell>);

struct Cell {
    /// Its table and its column.
    place: String,
    bytes: Vec<u8>,
}

impl Remains {
    /// Reads the whole database.
    pub async fn read(database: &Database) -> Self {
        let url = database.url.expose();
        let cells = match database.kind().expect("an address") {
            Kind::Sqlite => {
                let options = SqliteConnectOptions::from_str(url).expect("an address");
                sqlite(&mut options.disable_statement_logging().connect().await.expect("SQLite opens")).await
            }
            Kind::Postgres => {
                let options = PgConnectOptions::from_str(url).expect("an address");
                postgres(&mut options.disable_statement_logging().connect().await.expect("it answers")).await
            }
        };
        Self(cells)
    }

    /// Where these bytes occur, each place once.
    pub fn of(&self, bytes: &[u8]) -> Vec<&str> {
        assert!(!bytes.is_empty(), "nothing is everywhere");
        let holds = |cell: &&Cell| cell.bytes.windows(bytes.len()).any(|window| window == bytes);
        let mut places: Vec<_> = self.0.iter().filter(holds).map(|cell| cell.place.as_str()).collect();
        places.dedup();
        places
    }

    /// The tables that were read and were not empty.
    pub fn tables(&self) -> Vec<&str> {
        let mut tables: Vec<_> = self.0.iter().filter_map(|cell| cell.place.split('.').next()).collect();
        tables.dedup();
        tables
    }
}

#[expect(clippy::disallowed_methods, reason = "looks beneath the API on purpose")]
async fn sqlite(connection: &mut SqliteConnection) -> Vec<Cell> {
    // A virtual table shows what its shadow tables hold, which are in the list as well.
    let columns = "select t.name, c.name from pragma_table_list t join pragma_table_xinfo(t.name) c \
         where t.schema = 'main' and t.type in ('table', 'shadow') order by t.name, c.cid";
    let columns: Vec<(String, String)> =
        sqlx::query_as(columns).fetch_all(&mut *connection).await.expect("the columns can be read");
    let mut cells = Vec::new();
    for (table, column) in columns {
        let select =
            format!("select cast(\"{column}\" as blob) from \"{table}\" where \"{column}\" is not null");
        let rows = sqlx::query(AssertSqlSafe(select)).fetch_all(&mut *connection).await.expect("readable");
        let place = format!("{table}.{column}");
        cells.extend(rows.iter().map(|row| Cell { place: place.clone(), bytes: row.get(0) }));
    }
    cells
}

#[expect(clippy::disallowed_methods, reason = "looks beneath the API on purpose")]
async fn postgres(connection: &mut PgConnection) -> Vec<Cell> {
    let columns = "select table_name::text, column_name::text, data_type::text from information_schema.columns \
         where table_schema = 'public' order by table_name, ordinal_position";
    let columns: Vec<(String, String, String)> =
        sqlx::query_as(columns).fetch_all(&mut *connection).await.expect("the columns can be read");
    let mut cells = Vec::new();
    for (table, column, kind) in columns {
        let bytes = match kind.as_str() {
            "bytea" => format!("\"{column}\""),
            "uuid" => format!("uuid_send(\"{column}\")"),
            _ => format!("convert_to(\"{column}\"::text, 'UTF8')"),
        };
        let select = format!("select {bytes} from \"{table}\" where \"{column}\" is not null");
        let rows = sqlx::query(AssertSqlSafe(select)).fetch_all(&mut *connection).await.expect("readable");
        let place = format!("{table}.{column}");
        cells.extend(rows.iter().map(|row| Cell { place: place.clone(), bytes: row.get(0) }));
    }
    cells
}
