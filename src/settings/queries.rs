//! How large a request may be, and how much a query may ask for.

use clap::Args;

use super::value::number;

/// Bounds of one request. What is over one of them is refused before any of it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
#[command(next_help_heading = "Queries")]
pub struct QueryLimits {
    /// Bytes of a request's body
    #[arg(long, env, value_name = "BYTES", default_value_t = QueryLimits::default().max_body,
        value_parser = number(1024_usize, 64 * 1024 * 1024))]
    pub max_body: usize,
    /// Tokens of a query: names, values and signs
    #[arg(long, env, value_name = "N", default_value_t = QueryLimits::default().max_tokens,
        value_parser = number(100_u64, 1_000_000))]
    pub max_tokens: u64,
    /// Fields within fields
    #[arg(long, env, value_name = "N", default_value_t = QueryLimits::default().max_depth,
        value_parser = number(1_u64, 30))]
    pub max_depth: u64,
    /// Fields and fragments of a query, those of a fragment wherever it is spread
    #[arg(long, env, value_name = "N", default_value_t = QueryLimits::default().max_fields,
        value_parser = number(1_u64, 100_000))]
    pub max_fields: u64,
    /// Fields at the root of an operation
    #[arg(long, env, value_name = "N", default_value_t = QueryLimits::default().max_root_fields,
        value_parser = number(1_u64, 100_000))]
    pub max_root_fields: u64,
    /// Fields with another name in the answer
    #[arg(long, env, value_name = "N", default_value_t = QueryLimits::default().max_aliases,
        value_parser = number(0_u64, 100_000))]
    pub max_aliases: u64,
    /// Directives of a query
    #[arg(long, env, value_name = "N", default_value_t = QueryLimits::default().max_directives,
        value_parser = number(0_u64, 100_000))]
    pub max_directives: u64,
    /// Lists of a type's members within each other, where the schema is asked for
    #[arg(long, env, value_name = "N", default_value_t = QueryLimits::default().max_introspection_depth,
        value_parser = number(0_u64, 10))]
    pub max_introspection_depth: u64,
    /// Items of one list in an argument or a variable
    #[arg(long, env, value_name = "N", default_value_t = QueryLimits::default().max_input_list,
        value_parser = number(1_u64, 100_000))]
    pub max_input_list: u64,
    /// Bytes of one string in an argument or a variable
    #[arg(long, env, value_name = "BYTES", default_value_t = QueryLimits::default().max_input_string,
        value_parser = number(1_u64, 64 * 1024 * 1024))]
    pub max_input_string: u64,
    /// What a query may cost, in rows
    #[arg(long, env, value_name = "ROWS", default_value_t = QueryLimits::default().max_cost,
        value_parser = number(1_u64, 1_000_000_000))]
    pub max_cost: u64,
    /// What the queries of one user may cost in a minute, in rows; 0 does not count them
    #[arg(long, env, value_name = "ROWS", default_value_t = QueryLimits::default().cost_per_minute,
        value_parser = number(0_u32, 1_000_000_000))]
    pub cost_per_minute: u32,
}

/// What fits the clients there are, and a little more; `.env.example` gives the reasons.
impl Default for QueryLimits {
    fn default() -> Self {
        Self {
            max_body: 256 * 1024,
            max_tokens: 5000,
            max_depth: 15,
            max_fields: 1000,
            max_root_fields: 20,
            max_aliases: 50,
            max_directives: 50,
            max_introspection_depth: 2,
            max_input_list: 200,
            max_input_string: 64 * 1024,
            max_cost: 10_000,
            cost_per_minute: 0,
        }
    }
}
