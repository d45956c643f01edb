//! Records and keys.

#![no_main]

use helios_fuzz::inputs::read_record_or_key;

libfuzzer_sys::fuzz_target!(|input: &[u8]| read_record_or_key(input));
