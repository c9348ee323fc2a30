//! The sizes of lists and strings in arguments and variables, however deep they stand.

use async_graphql::{Value as ConstValue, Variables};
use async_graphql_value::Value;

use super::excess::{Excess, allow};
use crate::settings::QueryLimits;

/// Checks what a request gives for its variables.
pub(in crate::http) fn check_variables(variables: &Variables, limits: &QueryLimits) -> Result<(), Excess> {
    variables.values().try_for_each(|value| check_constant(value, limits))
}

/// Checks a value that is known when the document is read. JSON and the parser have bounded how deep it is.
pub(super) fn check_constant(value: &ConstValue, limits: &QueryLimits) -> Result<(), Excess> {
    match value {
        ConstValue::List(items) => {
            check_list(items.len(), limits)?;
            items.iter().try_for_each(|item| check_constant(item, limits))
        }
        ConstValue::Object(members) => members.values().try_for_each(|member| check_constant(member, limits)),
        ConstValue::String(text) => check_string(text, limits),
        _ => Ok(()),
    }
}

/// Checks an argument. Answers at how many places in it a variable is used, whose value is left for later.
pub(super) fn check_argument(value: &Value, limits: &QueryLimits) -> Result<u64, Excess> {
    match value {
        Value::Variable(_) => Ok(1),
        Value::List(items) => {
            check_list(items.len(), limits)?;
            items.iter().map(|item| check_argument(item, limits)).sum()
        }
        Value::Object(members) => members.values().map(|member| check_argument(member, limits)).sum(),
        Value::String(text) => check_string(text, limits).map(|()| 0),
        _ => Ok(0),
    }
}

fn check_list(items: usize, limits: &QueryLimits) -> Result<(), Excess> {
    allow("items in a list", items as u64, limits.max_input_list)
}

fn check_string(text: &str, limits: &QueryLimits) -> Result<(), Excess> {
    allow("bytes in a string", text.len() as u64, limits.max_input_string)
}
