//! The small languages in SQL: queries of words, JSON and its paths, times, patterns, formats.

#![no_main]

use helios_fuzz::inputs::Answering;

thread_local! {
    static ANSWERING: Answering = Answering::new().expect("the tables are made");
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| ANSWERING.with(|answering| answering.read(input)));
