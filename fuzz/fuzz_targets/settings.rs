//! Files of settings.

#![no_main]

use helios_fuzz::inputs::Setting;

thread_local! {
    static SETTING: Setting = Setting::new().expect("a folder is made");
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| SETTING.with(|setting| setting.read(input)));
