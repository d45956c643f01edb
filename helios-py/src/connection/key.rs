//! The encryption key of a connection, and its change.

use helios::config::EncryptionKey;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::Connection;
use crate::errors::to_python;
use crate::parameters::buffer_bytes;
use crate::python::utf8;

/// A key: a text is a passphrase or `x'…'` with 64 hexadecimal digits, bytes are a raw key if there are 32 of them.
pub(super) fn user_key(key: &Bound<'_, PyAny>, argument: &str) -> PyResult<EncryptionKey> {
    let made = match key.cast::<PyString>() {
        Ok(text) => EncryptionKey::of_text(utf8(text)?),
        Err(_) => match buffer_bytes(key)? {
            Some(bytes) => EncryptionKey::of_bytes(bytes.as_bytes()),
            None => {
                let class = key.get_type().name()?;
                let message = format!("{argument} must be str, bytes or None, not {class}");
                return Err(PyTypeError::new_err(message));
            }
        },
    };
    made.map_err(|error| to_python(key.py(), &error))
}

#[pymethods]
impl Connection {
    /// Change the key that opens the database: from now on it is key, and with None the database is plain. A database
    /// that stays encrypted gets another lock on the same keys, which is quick; with full=True everything is encrypted
    /// anew. Whatever interrupts it, the database opens with the old key or with the new one.
    #[pyo3(signature = (key, /, *, full = false))]
    fn rekey(&self, py: Python<'_>, key: Option<&Bound<'_, PyAny>>, full: bool) -> PyResult<()> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        let key = key.map(|key| user_key(key, "key")).transpose()?;
        shared.run(py, |core| core.session.rekey(key.as_ref(), full))
    }
}
