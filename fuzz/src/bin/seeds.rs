//! Writes the inputs that each target begins with to `corpus/`, where cargo-fuzz looks for them.

// Not all of what the tests use is used here.
#[allow(dead_code)]
#[path = "../../../helios-server/tests/wire/client.rs"]
mod client;
#[allow(dead_code)]
#[path = "../../../helios-server/tests/wire/sessions.rs"]
mod sessions;

use std::fs;
use std::path::Path;

use helios_fuzz::inputs::{self, Corpus};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let statements = inputs::statements(&here.join("../tests/sql/scripts"))?;
    write(here, "parse", &statements)?;
    write(here, "prepare", &statements)?;
    write(here, "answer", &inputs::texts())?;
    write(here, "records", &inputs::records_and_keys())?;
    write(here, "settings", &inputs::settings())?;
    write(here, "wire", &sessions::sessions())?;
    write(here, "database", &inputs::databases()?)
}

fn write(here: &Path, target: &str, corpus: &Corpus) -> Result<(), Box<dyn std::error::Error>> {
    let folder = here.join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    for (number, input) in corpus.iter().enumerate() {
        fs::write(folder.join(format!("seed-{number:04}")), input)?;
    }
    Ok(())
}
