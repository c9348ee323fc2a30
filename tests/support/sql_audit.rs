//! The proof that no statement reaches past its owner: each is parsed, and every owned table in it must be bound.
//!
//! A table is bound where `owner_id = $1` (for users: `id = $1`) stands among the conditions, joined by `and`, of the
//! very select, update or delete that names it, or of the join that brings it in; and where an insert puts `$1`, or
//! the `owner_id` of a bound table, into `owner_id`.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Delete, Expr, FromTable, Insert, JoinConstraint, JoinOperator, ObjectName, Query, Select,
    SelectItem, SetExpr, Statement, TableFactor, TableWithJoins, Update, Visit, Visitor,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

/// Tables whose rows belong to an owner, and the column that says whose. `task_search` is an index of `tasks`: it gives
/// row numbers, which count for nothing unless the select around binds the owner.
const OWNED: [(&str, &str); 8] = [
    ("users", "id"),
    ("owner_clock", "owner_id"),
    ("tasks", "owner_id"),
    ("tags", "owner_id"),
    ("task_tags", "owner_id"),
    ("tombstones", "owner_id"),
    ("sign_ins", "owner_id"),
    ("refresh_tokens", "owner_id"),
];

/// Statements that bind no owner, each with the reason why it may: the whole text, or its beginning before a `…`.
const EXEMPT: &[(&str, &str)] = &[
    ("begin…", "opens a transaction"),
    ("commit…", "ends a transaction"),
    ("rollback…", "ends a transaction"),
    ("savepoint…", "part of a migration"),
    ("release…", "part of a migration"),
    ("pragma…", "sets up a SQLite connection"),
    ("create…", "a migration, or a test's own database"),
    ("--…", "a migration"),
    ("alter table…", "a migration, or a test's own"),
    ("drop database…", "a test's own database"),
    ("select pg_advisory_lock($1)", "keeps two starting processes from migrating at once"),
    ("select pg_advisory_unlock($1)", "keeps two starting processes from migrating at once"),
    ("select current_database()", "names the migrations' lock"),
    ("select version from _sqlx_migrations…", "which migrations were applied"),
    ("select version, checksum from _sqlx_migrations…", "which migrations were applied"),
    ("insert into _sqlx_migrations…", "a migration was applied"),
    ("update _sqlx_migrations…", "a migration was applied"),
    (
        "select id, email, email_verified, name, created_at, updated_at, password_hash, epoch, disabled_at from users \
         where email_key = $1",
        "login: finds one account by its whole address",
    ),
    (
        "insert into users (id, email, email_key, name, password_hash, created_at, updated_at) \
         values ($1, $2, $3, $4, $5, $6, $6) on conflict (email_key) do nothing returning id, email, email_verified, \
         name, created_at, updated_at, password_hash, epoch, disabled_at",
        "registration: the new user's own row",
    ),
    (
        "select id, email, email_verified, created_at, disabled_at from users where id > $1 order by id limit $2",
        "an operator lists accounts",
    ),
    (
        "select id, email, email_verified, created_at, disabled_at from users where email_key = $1",
        "an operator looks an account up by its whole address",
    ),
    (
        "select seq, subject, epoch, since, ends_at from cut_offs…",
        "every instance refuses every user's tokens",
    ),
    ("insert into cut_offs…", "has no owner: it outlives whom it speaks of"),
    ("select pg_advisory_xact_lock(20260823)", "keeps cut-offs in the order of their numbers"),
    ("delete from cut_offs…", "what has ended is nobody's"),
    (
        "delete from sign_ins where (owner_id, id) in (select owner_id, id from sign_ins where ends_at <= $1 limit $2)",
        "what has ended is nobody's",
    ),
    (
        "delete from refresh_tokens where (owner_id, sign_in_id, token) in (select owner_id, sign_in_id, token \
         from refresh_tokens where traded_at < $1 limit $2)",
        "what has ended is nobody's",
    ),
];

/// What is wrong with a statement; `None` when nothing is.
pub fn complaint(statement: &str) -> Option<String> {
    let plain = statement.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let exempt = EXEMPT.iter().any(|(text, _)| match text.strip_suffix('…') {
        Some(beginning) => plain.starts_with(beginning),
        None => plain == *text,
    });
    if exempt {
        return None;
    }
    // SQLite's own operator, which the parser of PostgreSQL's dialect does not know.
    let readable = plain.replace("task_search match ", "task_search = ");
    let parsed = match Parser::parse_sql(&PostgreSqlDialect {}, &readable) {
        Ok(parsed) => parsed,
        Err(error) => return Some(format!("cannot be read: {error}")),
    };
    let [statement] = parsed.as_slice() else { return Some(format!("is {} statements", parsed.len())) };
    let mut audit = Audit::default();
    let flow = statement.visit(&mut audit);
    if let ControlFlow::Break(complaint) = flow {
        return Some(complaint);
    }
    (audit.named != audit.bound)
        .then(|| format!("names {} owned tables and binds the owner of {}", audit.named, audit.bound))
}

#[derive(Default)]
struct Audit {
    named: usize,
    bound: usize,
}

impl Visitor for Audit {
    type Break = String;

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<String> {
        self.named += usize::from(owner_column(&relation.to_string()).is_some());
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<String> {
        match query.body.as_ref() {
            SetExpr::Select(select) => self.tables(&select.from, select.selection.as_ref()),
            SetExpr::Values(_) => ControlFlow::Continue(()),
            body => ControlFlow::Break(format!("widens its scope: {body}")),
        }
    }

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<String> {
        match statement {
            Statement::Query(_) => ControlFlow::Continue(()),
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(Update { table, from: None, selection, .. }) => {
                self.tables(std::slice::from_ref(table), selection.as_ref())
            }
            Statement::Delete(Delete {
                from: FromTable::WithFromKeyword(from),
                using: None,
                selection,
                ..
            }) => self.tables(from, selection.as_ref()),
            other => ControlFlow::Break(format!("is of a kind that is not expected: {other}")),
        }
    }
}

impl Audit {
    /// Counts the owned tables that the conditions bind, and complains of one that they do not.
    fn tables(&mut self, from: &[TableWithJoins], conditions: Option<&Expr>) -> ControlFlow<String> {
        let factors = || {
            from.iter().flat_map(|table| {
                std::iter::once(&table.relation).chain(table.joins.iter().map(|join| &join.relation))
            })
        };
        let mut terms = Vec::new();
        if let Some(condition) = conditions {
            split(condition, &mut terms);
        }
        for join in from.iter().flat_map(|table| &table.joins) {
            match &join.join_operator {
                JoinOperator::Join(JoinConstraint::On(on)) | JoinOperator::Inner(JoinConstraint::On(on)) => {
                    split(on, &mut terms);
                }
                other => {
                    return ControlFlow::Break(format!("joins in a way that is not expected: {other:?}"));
                }
            }
        }
        let alone = factors().count() == 1;
        for factor in factors() {
            let TableFactor::Table { name, alias, .. } = factor else {
                return ControlFlow::Break(format!("reads from what is not expected: {factor}"));
            };
            let name = name.to_string();
            let Some(column) = owner_column(&name) else { continue };
            let called = alias.as_ref().map_or(name.clone(), |alias| alias.name.to_string());
            let is_bound = terms.iter().any(|term| {
                *term == format!("{called}.{column} = $1") || (alone && *term == format!("{column} = $1"))
            });
            if !is_bound {
                return ControlFlow::Break(format!("does not bind the owner of {called}"));
            }
            self.bound += 1;
        }
        ControlFlow::Continue(())
    }

    /// An insert puts the owner first: `$1` itself, or that of a table which the select beneath must bind.
    fn insert(&mut self, insert: &Insert) -> ControlFlow<String> {
        let table = insert.table.to_string();
        let Some(column) = owner_column(&table) else { return ControlFlow::Continue(()) };
        let columns: Vec<String> = insert.columns.iter().map(ToString::to_string).collect();
        let first = match insert.source.as_ref().map(|source| source.body.as_ref()) {
            Some(SetExpr::Values(values)) => {
                let mut firsts = values.rows.iter().map(|row| row.content.first().map(ToString::to_string));
                let first = firsts.next().flatten();
                first.filter(|first| firsts.all(|other| other.as_ref() == Some(first)))
            }
            Some(SetExpr::Select(select)) => first_of(select),
            _ => None,
        };
        let whose = first.unwrap_or_default();
        if columns.first().map(String::as_str) != Some(column)
            || !(whose == "$1" || whose.ends_with(".owner_id"))
        {
            return ControlFlow::Break(format!("inserts into {table} for {whose:?}"));
        }
        self.bound += 1;
        ControlFlow::Continue(())
    }
}

fn owner_column(table: &str) -> Option<&'static str> {
    OWNED.iter().find(|(owned, _)| *owned == table).map(|(_, column)| *column)
}

fn first_of(select: &Select) -> Option<String> {
    match select.projection.first() {
        Some(SelectItem::UnnamedExpr(expression)) => Some(expression.to_string()),
        _ => None,
    }
}

/// Takes a condition apart at its `and`s; what stands under an `or` or a `not` stays whole and binds nothing.
fn split(condition: &Expr, terms: &mut Vec<String>) {
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            split(left, terms);
            split(right, terms);
        }
        Expr::Nested(inner) => split(inner, terms),
        term => terms.push(term.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::complaint;

    #[test]
    fn statements_that_bind_their_owner_pass() {
        for statement in [
            "select id from tasks where owner_id = $1 and id = $2",
            "select t.id from tasks t where t.owner_id = $1 and t.id in \
             (select task_id from task_tags where owner_id = $1 and tag_id = $2)",
            "select g.id from task_tags c join tags g on g.owner_id = $1 and g.id = c.tag_id where c.owner_id = $1",
            "insert into tags (owner_id, id) values ($1, $2) on conflict do nothing returning id",
            "delete from tasks where owner_id = $1 and id = $2",
            "update users set name = $2 where id = $1",
        ] {
            assert_eq!(complaint(statement), None, "{statement}");
        }
    }

    #[test]
    fn statements_that_reach_past_their_owner_do_not() {
        for statement in [
            "select id from tasks",
            "select id from tasks where id = $1",
            "select id from tasks where owner_id = $2",
            "select id from tasks where owner_id = $1 or id = $2",
            "select id from tasks where not (owner_id = $1)",
            "select id from tasks where owner_id = $1 union select id from tasks",
            "select g.id from task_tags c join tags g on g.id = c.tag_id where c.owner_id = $1",
            "select g.id from task_tags c left join tags g on g.owner_id = $1 where c.owner_id = $1",
            "select id from tasks where owner_id = $1 and id in (select task_id from task_tags where tag_id = $2)",
            "with all_of_them as (select id from tasks) select id from all_of_them",
            "insert into tags (id, owner_id) values ($1, $2)",
            "insert into tags (owner_id, id) values ($2, $1)",
            "insert into tags (owner_id, id) values ($1, $2), ($3, $4)",
            "insert into task_tags (owner_id, task_id) select owner_id, id from tasks",
            "update tasks set title = $2 where id = $1",
            "update tasks set title = $2 from tags where tasks.owner_id = $1",
            "delete from tasks",
            "delete from tasks where owner_id = $1; delete from tags",
            "select id from tasks where seq in (select rowid from task_search where task_search match $1)",
            "truncate tasks",
        ] {
            assert!(complaint(statement).is_some(), "{statement}");
        }
    }
}
