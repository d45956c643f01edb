//! Reading settings from files, variables and values.

use std::path::PathBuf;

use config::{ConfigError, File, FileFormat, Map, Source, Value, ValueKind};
use helios_core::{Error, Result};

use super::Config;
use super::check::{check_each, read};
use super::keys::{KEYS, unknown};

/// Variables with settings begin like this.
const PREFIX: &str = "HELIOS_";
/// What stands between section and key in a variable's name.
const SEPARATOR: &str = "__";

/// A value of a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Real(f64),
    /// A text.
    Text(String),
    /// Several texts.
    List(Vec<String>),
}

impl From<bool> for Setting {
    fn from(value: bool) -> Setting {
        Setting::Boolean(value)
    }
}

impl From<i64> for Setting {
    fn from(value: i64) -> Setting {
        Setting::Integer(value)
    }
}

impl From<f64> for Setting {
    fn from(value: f64) -> Setting {
        Setting::Real(value)
    }
}

impl From<&str> for Setting {
    fn from(value: &str) -> Setting {
        Setting::Text(value.to_owned())
    }
}

impl From<String> for Setting {
    fn from(value: String) -> Setting {
        Setting::Text(value)
    }
}

impl From<Vec<String>> for Setting {
    fn from(value: Vec<String>) -> Setting {
        Setting::List(value)
    }
}

/// The places that settings come from.
#[derive(Clone, Debug, Default)]
pub struct ConfigLoader {
    file: Option<PathBuf>,
    values: Vec<(String, Setting)>,
    variables: Vec<(String, String)>,
    arguments: Vec<(String, Setting)>,
}

impl ConfigLoader {
    /// Reads a `helios.toml`.
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>) -> ConfigLoader {
        self.file = Some(path.into());
        self
    }

    /// A setting that wins over the environment and the file. `key` is its path: `storage.cache_mb`.
    #[must_use]
    pub fn value(mut self, key: &str, value: impl Into<Setting>) -> ConfigLoader {
        self.values.push((key.to_owned(), value.into()));
        self
    }

    /// Takes settings from variables: `HELIOS_STORAGE__BACKEND=memory`. Those without two underscores between section
    /// and key are somebody else's.
    #[must_use]
    pub fn variables(mut self, variables: impl IntoIterator<Item = (String, String)>) -> ConfigLoader {
        self.variables.extend(variables);
        self
    }

    /// Takes settings from the variables of the process. Those that are no Unicode are somebody else's.
    #[must_use]
    pub fn environment(self) -> ConfigLoader {
        let readable = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        self.variables(std::env::vars_os().filter_map(readable))
    }

    /// A setting that wins over all other places.
    #[must_use]
    pub fn argument(mut self, key: &str, value: impl Into<Setting>) -> ConfigLoader {
        self.arguments.push((key.to_owned(), value.into()));
        self
    }

    /// Reads everything.
    ///
    /// # Errors
    /// A file that cannot be read, a key that does not exist, a value that does not fit; each named, with its place.
    pub fn load(&self) -> Result<Config> {
        let mut layers = vec![];
        if let Some(path) = &self.file {
            let text = read(path)?;
            if let Some(problem) = check_each(&text).first() {
                return Err(Error::sql(format!("configuration in {}, {problem}", path.display())));
            }
            layers.push(of_file(&text).map_err(|error| refused(&path.display().to_string(), &error))?);
        }
        let others = [
            ("the environment", Layer::of_variables(&self.variables)),
            ("the given config", Layer::of_settings(&self.values, "the given config")),
            ("the arguments", Layer::of_settings(&self.arguments, "the arguments")),
        ];
        for (place, layer) in others {
            layer.check().map_err(|message| Error::sql(format!("configuration in {place}: {message}")))?;
            layers.push(layer);
        }
        let mut together = config::Config::builder();
        for layer in layers {
            together = together.add_source(layer);
        }
        let loaded = together.build().and_then(config::Config::try_deserialize);
        loaded.map_err(|error| refused("the settings together", &error))
    }
}

/// The settings of a text alone.
pub(super) fn of_text(text: &str) -> Result<Config, ConfigError> {
    config::Config::builder().add_source(of_file(text)?).build()?.try_deserialize()
}

/// What is wrong with the value of a setting that there is.
pub(super) fn check_value(name: &str, value: Value) -> Result<(), String> {
    let mut layer = Layer(Map::new());
    layer.set(name, value);
    let alone = config::Config::builder().add_source(layer).build();
    alone.and_then(config::Config::try_deserialize::<Config>).map(|_| ()).map_err(|error| error.to_string())
}

fn refused(place: &str, error: &ConfigError) -> Error {
    Error::sql(format!("configuration in {place}: {error}"))
}

fn of_file(text: &str) -> Result<Layer, ConfigError> {
    File::from_str(text, FileFormat::Toml).collect().map(Layer)
}

/// The settings of one place.
#[derive(Clone, Debug)]
struct Layer(Map<String, Value>);

impl Layer {
    fn of_settings(settings: &[(String, Setting)], place: &str) -> Layer {
        let mut layer = Layer(Map::new());
        for (key, setting) in settings {
            let value = match setting {
                Setting::Boolean(value) => ValueKind::Boolean(*value),
                Setting::Integer(value) => ValueKind::I64(*value),
                Setting::Real(value) => ValueKind::Float(*value),
                Setting::Text(value) => ValueKind::String(value.clone()),
                Setting::List(values) => {
                    let item = |value: &String| Value::new(Some(&place.to_owned()), value.as_str());
                    ValueKind::Array(values.iter().map(item).collect())
                }
            };
            layer.set(key, Value::new(Some(&place.to_owned()), value));
        }
        layer
    }

    fn of_variables(variables: &[(String, String)]) -> Layer {
        let mut layer = Layer(Map::new());
        for (name, text) in variables {
            let Some(path) = name.strip_prefix(PREFIX) else { continue };
            if path.contains(SEPARATOR) {
                let key = path.to_lowercase().replace(SEPARATOR, ".");
                layer.set(&key, Value::new(Some(name), ValueKind::String(text.clone())));
            }
        }
        layer
    }

    /// The first thing that is wrong with one of the settings.
    fn check(&self) -> Result<(), String> {
        check_table(&self.0, "")
    }

    /// Puts a value at the path `key`, making tables on the way.
    fn set(&mut self, key: &str, value: Value) {
        let mut table = &mut self.0;
        let mut names = key.split('.').peekable();
        while let Some(name) = names.next() {
            if names.peek().is_none() {
                table.insert(name.to_owned(), value);
                return;
            }
            let inner =
                table.entry(name.to_owned()).or_insert_with(|| Value::from(Map::<String, Value>::new()));
            if !matches!(inner.kind, ValueKind::Table(_)) {
                inner.kind = ValueKind::Table(Map::new());
            }
            let ValueKind::Table(inner) = &mut inner.kind else { return };
            table = inner;
        }
    }
}

fn check_table(table: &Map<String, Value>, prefix: &str) -> Result<(), String> {
    for (name, value) in table {
        let path = format!("{prefix}{name}");
        match &value.kind {
            _ if KEYS.iter().any(|key| key.name == path) => check_value(&path, value.clone())?,
            ValueKind::Table(inner) => check_table(inner, &format!("{path}."))?,
            _ => return Err(unknown(&path)),
        }
    }
    Ok(())
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}
