//! What the fuzz targets give their inputs to, and the inputs that they begin with: those of `tests/mutation`.

#[path = "../../tests/src/inputs.rs"]
pub mod inputs;
