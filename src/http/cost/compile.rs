//! From a document to its formula.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::types::{
    BaseType, ConstDirective, ExecutableDocument, Field, Selection, SelectionSet,
};
use async_graphql_value::{ConstValue, Value};

use super::formula::{Formula, List, ROW, Size, Sum, number};
use crate::graphql::model::{Field as FieldModel, Kind, Model, named};

/// What an object costs where the schema says nothing else.
const OBJECT: u64 = ROW;
/// What a value costs: to read a row takes about as long as to write ten values of it.
const VALUE: u64 = ROW / 10;
/// What the schema costs that somebody asks for: as long to write as so many rows, whatever of it is wanted.
const SCHEMA: u64 = 300 * ROW;

/// The formula of a document that the guard let pass: no fragment contains itself, and nothing is nested without end.
/// What the schema does not have costs as much as a value; such a document does not run.
pub(in crate::http) fn compile(model: &Model, document: &ExecutableDocument) -> Formula {
    let mut compiler = Compiler { model, document, fragments: HashMap::new(), lists: Vec::new() };
    let mut operations = Vec::new();
    for (name, operation) in document.operations.iter() {
        let set = &operation.node.selection_set.node;
        let cost = compiler.set(model.root(operation.node.ty), set).in_all();
        operations.push((name.cloned(), cost));
    }
    Formula { lists: compiler.lists, operations }
}

/// What the fields of a selection cost.
#[derive(Debug, Clone, Default)]
struct Costs {
    plain: Sum,
    /// Those that are lists of which the field above says the size.
    sized: Sum,
}

impl Costs {
    fn add(&mut self, other: Self) {
        self.plain.add(other.plain);
        self.sized.add(other.sized);
    }

    fn in_all(self) -> Sum {
        let mut sum = self.plain;
        sum.add(self.sized);
        sum
    }
}

struct Compiler<'a> {
    model: &'a Model,
    document: &'a ExecutableDocument,
    fragments: HashMap<&'a Name, Costs>,
    lists: Vec<List>,
}

impl<'a> Compiler<'a> {
    fn set(&mut self, object: &str, set: &'a SelectionSet) -> Costs {
        let mut costs = Costs::default();
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.field(object, &field.node, &mut costs),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let object = condition.map_or(object, |condition| &condition.node.on.node);
                    costs.add(self.set(object, &fragment.node.selection_set.node));
                }
                Selection::FragmentSpread(spread) => {
                    costs.add(self.fragment(&spread.node.fragment_name.node));
                }
            }
        }
        costs
    }

    fn fragment(&mut self, name: &Name) -> Costs {
        if let Some(costs) = self.fragments.get(name) {
            return costs.clone();
        }
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return Costs::default();
        };
        let object = &fragment.node.type_condition.node.on.node;
        let Costs { plain, sized } = self.set(object, &fragment.node.selection_set.node);
        // One of each, so that to spread a fragment often does not make many of few.
        let costs = Costs { plain: self.gather(plain), sized: self.gather(sized) };
        self.fragments.insert(name, costs.clone());
        costs
    }

    fn field(&mut self, object: &str, field: &'a Field, costs: &mut Costs) {
        let Some(known) = self.model.field(object, &field.name.node) else {
            let is_schema = matches!(field.name.node.as_str(), "__schema" | "__type");
            costs.plain.add(Sum::constant(if is_schema { SCHEMA } else { VALUE }));
            return;
        };
        let below = self.set(named(&known.ty), &field.selection_set.node);
        let own = weight(&known.directives);
        let item = match self.model.kind(named(&known.ty)) {
            Some(Kind::Composite { directives, .. }) => weight(directives).unwrap_or(OBJECT),
            // The value is the field.
            _ => {
                if own.is_some() {
                    0
                } else {
                    VALUE
                }
            }
        };
        let own = Sum::constant(own.unwrap_or_default());
        match (ListSize::of(known), &known.ty.base) {
            (Some(list), _) if list.is_of_fields => {
                let mut once = own;
                once.add(Sum::constant(item));
                once.add(below.plain);
                let size = list.asked(known, field);
                costs.plain.add(self.list(List { once, each: below.sized, least: ROW, size }));
            }
            (Some(list), _) => {
                let mut each = below.in_all();
                each.add(Sum::constant(item));
                let size = list.asked(known, field);
                costs.plain.add(self.list(List { once: own, each, least: 0, size }));
            }
            (None, base) => {
                let of = if matches!(base, BaseType::List(_)) { &mut costs.sized } else { &mut costs.plain };
                of.add(own);
                of.add(Sum::constant(item));
                of.add(below.in_all());
            }
        }
    }

    /// The cost of a list: a constant, if its size is one and that of every list in it.
    fn list(&mut self, list: List) -> Sum {
        let is_constant = list.once.lists.is_empty() && list.each.lists.is_empty();
        if let Some(size) = list.size.constant().filter(|_| is_constant) {
            let each = list.each.constant.max(list.least);
            return Sum::constant(list.once.constant.saturating_add(size.saturating_mul(each)));
        }
        self.lists.push(list);
        Sum { constant: 0, lists: vec![self.lists.len() - 1] }
    }

    fn gather(&mut self, sum: Sum) -> Sum {
        if sum.lists.len() <= 1 {
            return sum;
        }
        self.list(List { once: sum, each: Sum::default(), least: 0, size: Size::default() })
    }
}

/// What `@listSize` says of a field (cost directives draft, section 4.2).
struct ListSize<'a> {
    assumed: u64,
    slicing_arguments: Vec<&'a str>,
    /// The lists are fields of the object that the field answers.
    is_of_fields: bool,
}

impl<'a> ListSize<'a> {
    fn of(field: &'a FieldModel) -> Option<Self> {
        let directive = field.directive("listSize")?;
        let given = |name: &str| directive.get_argument(name).map(|value| &value.node);
        let names = |name| match given(name) {
            Some(ConstValue::List(items)) => items.iter().filter_map(text).collect(),
            _ => Vec::new(),
        };
        Some(Self {
            assumed: match given("assumedSize") {
                Some(ConstValue::Number(size)) => size.as_u64().unwrap_or_default(),
                // Only with one of the arguments, then.
                _ => 0,
            },
            slicing_arguments: names("slicingArguments"),
            is_of_fields: !names("sizedFields").is_empty(),
        })
    }

    /// How many items a field asks for.
    fn asked(&self, known: &FieldModel, field: &Field) -> Size {
        let mut size = Size::known(self.assumed);
        for name in &self.slicing_arguments {
            let default = || known.arguments.get(*name).and_then(|argument| argument.default.as_ref());
            match field.get_argument(name).map(|value| &value.node) {
                Some(Value::Variable(name)) => size.variables.push(name.clone()),
                Some(value) => {
                    size.given = size.given.max(value.clone().into_const().as_ref().and_then(number));
                }
                None => size.given = size.given.max(default().and_then(number)),
            }
        }
        size
    }
}

/// What `@cost` says, in thousandths of a row (cost directives draft, section 4.1). A weight is a decimal number.
fn weight(directives: &[ConstDirective]) -> Option<u64> {
    let directive = directives.iter().find(|directive| directive.name.node == "cost")?;
    let weight = text(&directive.get_argument("weight")?.node)?;
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let part = format!("{part:0<3}");
    format!("{whole}{}", part.get(..3)?).parse().ok()
}

fn text(value: &ConstValue) -> Option<&str> {
    match value {
        ConstValue::String(text) => Some(text),
        _ => None,
    }
}
