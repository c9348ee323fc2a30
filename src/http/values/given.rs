//! Values of documents and values of variables, looked at in one way.

use async_graphql::Name;
use async_graphql::indexmap::IndexMap;
use async_graphql_value::{ConstValue, Number, Value};

/// What a value is, whether it stands in the document or came beside it.
pub(super) enum Look<'a, V> {
    Null,
    /// Its value is judged where it comes from; here, whether its type may stand there.
    Variable(&'a str),
    Number(&'a Number),
    Text(&'a str),
    Boolean,
    Enum(&'a str),
    List(&'a [V]),
    Object(&'a IndexMap<Name, V>),
}

pub(super) trait Given: Sized {
    /// JSON has no values of enums: there they are strings.
    const IS_JSON: bool;

    fn look(&self) -> Look<'_, Self>;
}

macro_rules! given {
    ($value:ident, $is_json:literal $(, $variable:ident)?) => {
        impl Given for $value {
            const IS_JSON: bool = $is_json;

            fn look(&self) -> Look<'_, Self> {
                match self {
                    Self::Null => Look::Null,
                    Self::Number(number) => Look::Number(number),
                    Self::String(text) => Look::Text(text),
                    Self::Boolean(_) => Look::Boolean,
                    Self::Enum(name) => Look::Enum(name),
                    Self::List(items) => Look::List(items),
                    Self::Object(members) => Look::Object(members),
                    // Neither documents nor JSON can hold one.
                    Self::Binary(_) => Look::Null,
                    $(Self::$variable(name) => Look::Variable(name),)?
                }
            }
        }
    };
}

given!(ConstValue, true);
given!(Value, false, Variable);
