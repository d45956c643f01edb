//! Statements, in both dialects.

#![no_main]

use helios_fuzz::inputs::parse;

libfuzzer_sys::fuzz_target!(|input: &[u8]| parse(input));
