//! The fields of a schema: which are there in every row, which may be missing, which repeat.
//!
//! A value of a file of Parquet comes with two levels, which tell how many of the fields around it are there (its
//! *definition*) and which of the lists around it goes on with it (its *repetition*).

use std::ops::Range;

use parquet::basic::{ConvertedType, LogicalType, Repetition};
use parquet::schema::types::Type;

use crate::failure::{Failure, Outcome};

/// How deep fields may nest.
const MOST_NESTED: usize = 64;

/// A field of a schema.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) times: Times,
    /// The definition from which on it is there.
    pub(super) definition: i16,
    /// The repetition of what is in the same list.
    pub(super) repetition: i16,
    /// The columns of the file that it is made of; there is at least one.
    pub(super) leaves: Range<usize>,
    pub(super) content: Content,
}

/// How many times a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Times {
    Once,
    AtMostOnce,
    Any,
}

/// What a field holds.
#[derive(Debug)]
pub(super) enum Content {
    /// A value.
    Leaf,
    /// Fields with names.
    Fields(Vec<Field>),
    /// What the field in it holds: it is there for the sake of a list.
    Only(Box<Field>),
    /// A list of what the field in it holds.
    List(Box<Field>),
    /// Pairs of keys and values.
    Map(Box<Field>),
}

/// The fields of the schema of a file.
pub(super) fn fields_of(schema: &Type) -> Outcome<Vec<Field>> {
    let mut shaper = Shaper { next_leaf: 0 };
    shaper.fields(schema, Levels { definition: 0, repetition: 0, depth: 0 })
}

/// What stands around a field.
#[derive(Clone, Copy, Debug)]
struct Levels {
    definition: i16,
    repetition: i16,
    depth: usize,
}

#[derive(Debug)]
struct Shaper {
    /// Columns are numbered in the order of the schema.
    next_leaf: usize,
}

impl Shaper {
    fn fields(&mut self, group: &Type, levels: Levels) -> Outcome<Vec<Field>> {
        let Type::GroupType { fields, .. } = group else { return Ok(Vec::new()) };
        fields.iter().map(|field| self.field(field, levels)).collect()
    }

    fn field(&mut self, field: &Type, around: Levels) -> Outcome<Field> {
        let info = field.get_basic_info();
        if around.depth == MOST_NESTED {
            return Err(Failure::new("its fields nest too deep"));
        }
        let times = match info.repetition() {
            Repetition::REQUIRED => Times::Once,
            Repetition::OPTIONAL => Times::AtMostOnce,
            Repetition::REPEATED => Times::Any,
        };
        let levels = Levels {
            definition: around.definition + i16::from(times != Times::Once),
            repetition: around.repetition + i16::from(times == Times::Any),
            depth: around.depth + 1,
        };
        let first = self.next_leaf;
        let content = if field.is_primitive() {
            self.next_leaf += 1;
            Content::Leaf
        } else {
            let is_list = info.converted_type() == ConvertedType::LIST
                || info.logical_type_ref() == Some(&LogicalType::List);
            let is_map = matches!(info.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE)
                || info.logical_type_ref() == Some(&LogicalType::Map);
            content_of(field.name(), self.fields(field, levels)?, is_list, is_map)
        };
        if first == self.next_leaf {
            return Err(Failure::new(format!("the field {} has no fields", info.name())));
        }
        Ok(Field {
            name: info.name().to_owned(),
            times,
            definition: levels.definition,
            repetition: levels.repetition,
            leaves: first..self.next_leaf,
            content,
        })
    }
}

/// What a field holds that has these fields. A list or map that is not built as one is what it is built as.
fn content_of(name: &str, mut fields: Vec<Field>, is_list: bool, is_map: bool) -> Content {
    if fields.len() != 1 || !(is_list || is_map) || fields[0].times != Times::Any {
        return Content::Fields(fields);
    }
    let mut items = fields.remove(0);
    match items.content {
        Content::Fields(ref pair) if is_map && pair.len() == 2 => return Content::Map(Box::new(items)),
        // Older files have the fields of the items here, and call what holds them so.
        Content::Fields(ref mut of_item)
            if of_item.len() == 1 && items.name != "array" && items.name != format!("{name}_tuple") =>
        {
            let item = of_item.remove(0);
            items.content = Content::Only(Box::new(item));
        }
        _ => {}
    }
    Content::List(Box::new(items))
}
