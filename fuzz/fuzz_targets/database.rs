//! Copies of a database.

#![no_main]

use helios_fuzz::inputs::read_database;

libfuzzer_sys::fuzz_target!(|input: &[u8]| read_database(input));
