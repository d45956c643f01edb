//! Statements, as far as they are planned.

#![no_main]

use helios_fuzz::inputs::Preparing;

thread_local! {
    static PREPARING: Preparing = Preparing::new().expect("the tables are made");
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| PREPARING.with(|preparing| preparing.read(input)));
