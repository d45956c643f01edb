//! Values on their way out, as Python objects.
//!
//! In: chunks of typed columns. Out: tuples; for a whole result, row by row with the column's class decided once for
//! each chunk and short texts made once. What calls Python code for a value (converters, a `text_factory`) takes the
//! slower way.

use std::sync::Arc;

use helios::ValueRef;
use helios::sql::{Chunk, Column, Data, Strings};
use pyo3::exceptions::PyUnicodeDecodeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyFloat, PyInt, PyString, PyTuple};

use crate::connection::settings::TextFactory;
use crate::errors::{OPERATIONAL_ERROR, raise};
use crate::vectors::{VectorFactory, list_of};

/// A function for each column whose values go through one.
pub(crate) type Converters = Arc<[Option<Py<PyAny>>]>;

/// How values become objects.
#[derive(Debug)]
pub(crate) struct Style {
    pub(crate) text: TextFactory,
    /// `None` if no column has one.
    pub(crate) converters: Option<Converters>,
    /// Which columns are vectors; `None` if none is.
    pub(crate) vectors: Option<Arc<[bool]>>,
    pub(crate) vector: VectorFactory,
    /// The cursor's description, for errors.
    pub(crate) description: Option<Py<PyTuple>>,
}

impl Style {
    /// Whether values are made without calling Python code.
    pub(crate) fn is_plain(&self) -> bool {
        self.converters.is_none()
            && !matches!(self.text, TextFactory::Function(_))
            && (self.vectors.is_none() || matches!(self.vector, VectorFactory::List))
    }

    /// A row as a tuple.
    pub(crate) fn row<'py>(
        &self,
        py: Python<'py>,
        chunk: &Chunk,
        row: usize,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let cells = chunk.columns().iter().enumerate();
        PyTuple::new(py, cells.map(|(column, cells)| Cell(self.value(py, cells.get(row), column))))
    }

    fn value<'py>(&self, py: Python<'py>, value: ValueRef<'_>, column: usize) -> PyResult<Bound<'py, PyAny>> {
        let converter = self.converters.as_ref().and_then(|converters| converters.get(column)?.as_ref());
        if let Some(converter) = converter {
            let bytes = stored_bytes(value);
            if bytes.is_empty() {
                return Ok(py.None().into_bound(py));
            }
            return converter.bind(py).call1((PyBytes::new(py, &bytes),));
        }
        match value {
            ValueRef::Null => Ok(py.None().into_bound(py)),
            ValueRef::Integer(value) => Ok(integer(py, value)),
            ValueRef::Real(value) => Ok(PyFloat::new(py, value).into_any()),
            ValueRef::Text(text) => self.text(py, text, column),
            ValueRef::Blob(bytes) if self.is_vector(column) => self.vector.make(py, bytes),
            ValueRef::Blob(bytes) => Ok(PyBytes::new(py, bytes).into_any()),
        }
    }

    fn is_vector(&self, column: usize) -> bool {
        self.vectors.as_ref().is_some_and(|vectors| vectors.get(column).is_some_and(|is_vector| *is_vector))
    }

    fn text<'py>(&self, py: Python<'py>, text: &[u8], column: usize) -> PyResult<Bound<'py, PyAny>> {
        match &self.text {
            TextFactory::Str => match PyString::from_bytes(py, text) {
                Ok(string) => Ok(string.into_any()),
                Err(error) if error.is_instance_of::<PyUnicodeDecodeError>(py) => {
                    Err(self.not_utf8(py, text, column))
                }
                Err(error) => Err(error),
            },
            TextFactory::Bytes => Ok(PyBytes::new(py, text).into_any()),
            TextFactory::ByteArray => Ok(PyByteArray::new(py, text).into_any()),
            TextFactory::Function(function) => function.bind(py).call1((PyBytes::new(py, text),)),
        }
    }

    /// The error for a text that is none, with what of it is ASCII.
    fn not_utf8(&self, py: Python<'_>, text: &[u8], column: usize) -> PyErr {
        let name = || -> Option<String> {
            let description = self.description.as_ref()?.bind(py).get_item(column).ok()?;
            description.get_item(0).ok()?.extract().ok()
        };
        let until_null = text.split(|&byte| byte == 0).next().unwrap_or_default();
        let shown: String = until_null
            .iter()
            .map(|&byte| if byte.is_ascii() { char::from(byte) } else { '\u{fffd}' })
            .collect();
        let name = name().unwrap_or_default();
        let message = format!("Could not decode to UTF-8 column '{name}' with text '{shown}'");
        // `sqlite3` has a buffer of 200 bytes for it.
        raise(py, &OPERATIONAL_ERROR, message.chars().take(198).collect::<String>())
    }
}

/// A value as `sqlite3` gives it without a `text_factory`.
pub(crate) fn value_to_python<'py>(py: Python<'py>, value: ValueRef<'_>) -> PyResult<Bound<'py, PyAny>> {
    let style = Style {
        text: TextFactory::Str,
        converters: None,
        vectors: None,
        vector: VectorFactory::List,
        description: None,
    };
    style.value(py, value, 0)
}

/// What `sqlite3_column_blob` gives: the bytes, or those of the text of a number.
fn stored_bytes(value: ValueRef<'_>) -> Vec<u8> {
    match value {
        ValueRef::Null => Vec::new(),
        ValueRef::Integer(value) => value.to_string().into_bytes(),
        ValueRef::Real(value) => {
            let mut text = Vec::new();
            helios::sql::write_real(value, &mut text);
            text
        }
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
    }
}

fn integer(py: Python<'_>, value: i64) -> Bound<'_, PyAny> {
    PyInt::new(py, value).into_any()
}

/// An object for a tuple, or why there is none.
struct Cell<'py>(PyResult<Bound<'py, PyAny>>);

impl<'py> IntoPyObject<'py> for Cell<'py> {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, _py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0
    }
}

/// Makes the tuples of a whole result.
pub(crate) struct Rows<'s, 'py> {
    py: Python<'py>,
    style: &'s Style,
    none: Bound<'py, PyAny>,
    /// One for each column.
    texts: Vec<Texts<'py>>,
}

impl<'s, 'py> Rows<'s, 'py> {
    /// For a plain style.
    pub(crate) fn new(py: Python<'py>, style: &'s Style) -> Rows<'s, 'py> {
        Rows { py, style, none: py.None().into_bound(py), texts: Vec::new() }
    }

    /// Hands the rows of a chunk from `start` to before `end` to `take`.
    pub(crate) fn make(
        &mut self,
        chunk: &Chunk,
        start: usize,
        end: usize,
        mut take: impl FnMut(Bound<'py, PyTuple>) -> PyResult<()>,
    ) -> PyResult<()> {
        let Rows { py, style, none, texts } = self;
        texts.resize_with(chunk.width(), Texts::default);
        let columns = chunk.columns().iter().enumerate();
        let columns: Vec<Reader<'_>> = columns
            .map(|(position, column)| match style.is_vector(position) {
                true => Reader::Vectors(column),
                false => Reader::of(column),
            })
            .collect();
        for row in start..end {
            let cells = columns.iter().zip(texts.iter_mut()).enumerate();
            let cells = cells.map(|(position, (column, texts))| {
                Cell(column.cell(*py, row, none, |text| match style.text {
                    TextFactory::Str => texts.get(text, || style.text(*py, text, position)),
                    _ => style.text(*py, text, position),
                }))
            });
            take(PyTuple::new(*py, cells)?)?;
        }
        Ok(())
    }
}

/// A column whose class is known.
enum Reader<'a> {
    Integers(&'a [i64], &'a [bool]),
    Reals(&'a [f64], &'a [bool]),
    Texts(&'a Strings, &'a [bool]),
    Any(&'a Column),
    Vectors(&'a Column),
}

impl<'a> Reader<'a> {
    fn of(column: &'a Column) -> Reader<'a> {
        match column.data() {
            Data::Integer(values) => Reader::Integers(values, column.nulls()),
            Data::Real(values) => Reader::Reals(values, column.nulls()),
            Data::Text(strings) => Reader::Texts(strings, column.nulls()),
            Data::Null(_) | Data::Blob(_) | Data::Mixed(_) | Data::Constant(..) => Reader::Any(column),
        }
    }

    #[inline]
    fn cell<'py>(
        &self,
        py: Python<'py>,
        row: usize,
        none: &Bound<'py, PyAny>,
        text: impl FnOnce(&[u8]) -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let is_null = |nulls: &[bool]| !nulls.is_empty() && nulls[row];
        match self {
            Reader::Integers(_, nulls) | Reader::Reals(_, nulls) | Reader::Texts(_, nulls)
                if is_null(nulls) =>
            {
                Ok(none.clone())
            }
            Reader::Integers(values, _) => Ok(integer(py, values[row])),
            Reader::Reals(values, _) => Ok(PyFloat::new(py, values[row]).into_any()),
            Reader::Texts(strings, _) => text(strings.get(row)),
            Reader::Vectors(column) => match column.get(row) {
                ValueRef::Blob(packed) => list_of(py, packed),
                other => value_to_python(py, other),
            },
            Reader::Any(column) => match column.get(row) {
                ValueRef::Null => Ok(none.clone()),
                ValueRef::Integer(value) => Ok(integer(py, value)),
                ValueRef::Real(value) => Ok(PyFloat::new(py, value).into_any()),
                ValueRef::Text(bytes) => text(bytes),
                ValueRef::Blob(bytes) => Ok(PyBytes::new(py, bytes).into_any()),
            },
        }
    }
}

/// Short texts of a column that were made before: columns with few different values need few objects. Where texts
/// hardly ever come again, it stops looking.
#[derive(Default)]
struct Texts<'py> {
    places: Vec<Option<(u128, Bound<'py, PyAny>)>>,
    skipped: usize,
    hits: usize,
    looks: usize,
    is_off: bool,
}

impl<'py> Texts<'py> {
    const PLACES: usize = 1024;
    /// Texts up to this length are kept; with the length, they fill 16 bytes.
    const LONGEST: usize = 15;
    /// The first texts are made without a look: room for those that are kept costs as much as some hundred of them.
    const FIRST: usize = 256;
    /// After so many looks it is decided whether to go on.
    const TRIAL: usize = 512;

    #[inline]
    fn get(
        &mut self,
        text: &[u8],
        make: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if self.is_off || text.len() > Texts::LONGEST {
            return make();
        }
        if self.places.is_empty() {
            if self.skipped < Texts::FIRST {
                self.skipped += 1;
                return make();
            }
            self.places.resize_with(Texts::PLACES, || None);
        }
        let mut bytes = [0; 16];
        bytes[..text.len()].copy_from_slice(text);
        bytes[Texts::LONGEST] = text.len() as u8;
        let key = u128::from_le_bytes(bytes);
        let mixed = ((key as u64) ^ ((key >> 64) as u64)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = &mut self.places[(mixed >> 54) as usize];
        self.looks += 1;
        if let Some((known, object)) = place
            && *known == key
        {
            self.hits += 1;
            return Ok(object.clone());
        }
        let object = make()?;
        *place = Some((key, object.clone()));
        if self.looks == Texts::TRIAL && self.hits * 2 < Texts::TRIAL {
            self.is_off = true;
            self.places = Vec::new();
        }
        Ok(object)
    }
}
