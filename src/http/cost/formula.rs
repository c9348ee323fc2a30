//! What is left to reckon when a document was read: sums of products of the sizes of lists.

use async_graphql::parser::types::OperationDefinition;
use async_graphql::{Name, Variables};
use async_graphql_value::ConstValue;

use crate::graphql::LARGEST_PAGE;

/// Costs are kept in thousandths of a row.
pub(super) const ROW: u64 = 1000;

/// The operations of one document.
#[derive(Debug, Default)]
pub(in crate::http) struct Formula {
    /// Each refers to such only that stand before it.
    pub(super) lists: Vec<List>,
    /// In the order of the document's operations.
    pub(super) operations: Vec<(Option<Name>, Sum)>,
}

/// A list whose size is known when the variables are, or what a fragment has of such lists.
#[derive(Debug)]
pub(super) struct List {
    /// What counts once.
    pub(super) once: Sum,
    /// What counts for each item.
    pub(super) each: Sum,
    /// What each item costs at least.
    pub(super) least: u64,
    pub(super) size: Size,
}

/// A constant and some of the lists.
#[derive(Debug, Clone, Default)]
pub(super) struct Sum {
    pub(super) constant: u64,
    pub(super) lists: Vec<usize>,
}

/// How many items a list has.
#[derive(Debug, Default)]
pub(super) struct Size {
    /// The largest that the document itself asks for.
    pub(super) given: Option<u64>,
    /// The variables that say how many.
    pub(super) variables: Vec<Name>,
    /// The size of a list that nothing is said about.
    pub(super) assumed: u64,
}

/// What a request costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::http) struct Cost(pub(in crate::http) u64);

impl Formula {
    /// What the operation of this name costs with these variables, in whole rows, rounded up.
    pub(in crate::http) fn reckon(
        &self,
        name: Option<&str>,
        operation: &OperationDefinition,
        variables: &Variables,
    ) -> Cost {
        let found = self.operations.iter().find(|(known, _)| known.as_deref() == name);
        let thousandths = found.map_or(0, |(_, sum)| {
            if sum.lists.is_empty() { sum.constant } else { sum.of(&self.costs(operation, variables)) }
        });
        Cost(thousandths.div_ceil(ROW))
    }

    /// Memory that it takes, in bytes.
    pub(in crate::http) fn weight(&self) -> u64 {
        let sum = |sum: &Sum| size_of_val(sum.lists.as_slice());
        let list = |list: &List| {
            size_of::<List>()
                + sum(&list.once)
                + sum(&list.each)
                + size_of_val(list.size.variables.as_slice())
        };
        let operation = |(_, cost): &(Option<Name>, Sum)| size_of::<(Option<Name>, Sum)>() + sum(cost);
        (self.lists.iter().map(list).sum::<usize>() + self.operations.iter().map(operation).sum::<usize>())
            as u64
    }

    /// What each of the lists costs.
    fn costs(&self, operation: &OperationDefinition, variables: &Variables) -> Vec<u64> {
        let mut costs = Vec::with_capacity(self.lists.len());
        for list in &self.lists {
            let size = list.size.of(operation, variables);
            let each = list.each.of(&costs).max(list.least);
            costs.push(list.once.of(&costs).saturating_add(size.saturating_mul(each)));
        }
        costs
    }
}

impl Sum {
    pub(super) fn constant(constant: u64) -> Self {
        Self { constant, lists: Vec::new() }
    }

    pub(super) fn add(&mut self, mut other: Self) {
        self.constant = self.constant.saturating_add(other.constant);
        self.lists.append(&mut other.lists);
    }

    fn of(&self, costs: &[u64]) -> u64 {
        let lists = self.lists.iter().filter_map(|list| costs.get(*list));
        lists.fold(self.constant, |sum, cost| sum.saturating_add(*cost))
    }
}

impl Size {
    pub(super) fn known(size: u64) -> Self {
        Self { assumed: size, ..Self::default() }
    }

    /// The size, if the document alone decides it.
    pub(super) fn constant(&self) -> Option<u64> {
        self.variables.is_empty().then(|| self.given.unwrap_or(self.assumed))
    }

    fn of(&self, operation: &OperationDefinition, variables: &Variables) -> u64 {
        let asked = self.variables.iter().filter_map(|name| match variables.get(name) {
            Some(value) => number(value),
            None => default_of(operation, name).and_then(number),
        });
        asked.chain(self.given).max().unwrap_or(self.assumed)
    }
}

fn default_of<'a>(operation: &'a OperationDefinition, name: &Name) -> Option<&'a ConstValue> {
    let mut definitions = operation.variable_definitions.iter();
    let definition = definitions.find(|definition| definition.node.name.node == *name)?;
    Some(&definition.node.default_value.as_ref()?.node)
}

/// What is asked for, if it is a number. More than a page holds is refused by the list itself, in better words.
pub(super) fn number(value: &ConstValue) -> Option<u64> {
    match value {
        ConstValue::Number(number) => Some(number.as_u64().unwrap_or_default().min(LARGEST_PAGE.into())),
        _ => None,
    }
}
