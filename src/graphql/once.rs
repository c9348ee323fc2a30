//! Fields that one request may ask for once: those that are tried, and whose tries are counted.
//!
//! Each try is counted by itself all the same. But no person makes several in one request, and what they cost, hashes and
//! mails, would come at one blow. `http` refuses such an operation before any of it runs.

use crate::throttle::Kind;

/// The names of these fields. Each kind of attempt has its own, so that nothing is counted that is not on the list.
pub const ONCE: [&str; Kind::ALL.len()] = {
    let mut fields = [""; Kind::ALL.len()];
    let mut place = 0;
    while place < fields.len() {
        fields[place] = field(Kind::ALL[place]);
        place += 1;
    }
    fields
};

const fn field(kind: Kind) -> &'static str {
    match kind {
        Kind::Register => "register",
        Kind::Login => "login",
        Kind::Refresh => "refresh",
        Kind::RequestPasswordReset => "requestPasswordReset",
        Kind::ResetPassword => "resetPassword",
        Kind::RequestEmailVerification => "requestEmailVerification",
        Kind::VerifyEmail => "verifyEmail",
        Kind::ChangePassword => "changePassword",
        Kind::DeleteAccount => "deleteAccount",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use async_graphql::parser::parse_schema;
    use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

    use super::*;

    /// Public mutations in which nothing is to be guessed or gained.
    const HARMLESS: [&str; 1] = ["logout"];

    #[test]
    fn whatever_a_stranger_may_try_can_be_asked_for_once() {
        let schema = parse_schema(crate::graphql::sdl()).expect("the schema parses");
        let mutations = schema.definitions.iter().find_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) if definition.node.name.node == "Mutation" => {
                Some(&definition.node.kind)
            }
            _ => None,
        });
        let Some(TypeKind::Object(mutations)) = mutations else { panic!("no mutations") };
        let public =
            mutations.fields.iter().map(|field| &field.node).filter(|field| {
                field.directives.iter().any(|directive| directive.node.name.node == "public")
            });
        let public: HashSet<_> = public.map(|field| field.name.node.as_str()).collect();
        assert!(public.contains("register") && public.contains("login"), "{public:?}");
        let known: HashSet<_> = ONCE.into_iter().chain(HARMLESS).collect();
        assert!(public.is_subset(&known), "{:?}", public.difference(&known));
    }

    #[test]
    fn every_kind_has_a_field_of_its_own() {
        assert_eq!(HashSet::from(ONCE).len(), Kind::ALL.len());
    }
}
