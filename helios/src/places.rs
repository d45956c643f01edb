//! Where the engine finds databases beside the first one: temporary ones and those of ATTACH.

use helios_core::{Error, Result};
use helios_sql::database::{OpenedDatabase, Places};

use crate::config::Config;
use crate::open_databases::Handle;
use crate::place::Place;

/// Opens databases with the settings of the first.
#[derive(Debug)]
pub(crate) struct SamePlaces(pub(crate) Config);

impl SamePlaces {
    fn open_place(&self, place: &Place) -> Result<OpenedDatabase> {
        let handle = Handle::open(place, &self.0)?;
        let database = handle.engine()?.clone();
        Ok(OpenedDatabase { database, file: handle.file().to_owned(), keeper: Box::new(handle) })
    }
}

impl Places for SamePlaces {
    fn temporary(&self) -> Result<OpenedDatabase> {
        self.open_place(&Place::Private)
    }

    fn open(&self, name: &str) -> Result<OpenedDatabase> {
        self.open_place(&Place::of_uri(name.as_bytes())?)
    }

    fn create(&self, name: &str) -> Result<OpenedDatabase> {
        let place = Place::of_uri(name.as_bytes())?;
        if let Place::File(path, _) = &place
            && std::fs::metadata(path).is_ok_and(|found| found.len() > 0)
        {
            return Err(Error::sql("output file already exists"));
        }
        self.open_place(&place)
    }
}
