//! Whole sessions of clients of the server, each with one of its own.

#![no_main]

// Not all of what the tests use is used here.
#[allow(dead_code)]
#[path = "../../helios-server/tests/wire/client.rs"]
mod client;
#[allow(dead_code)]
#[path = "../../helios-server/tests/wire/sessions.rs"]
mod sessions;

use sessions::Listening;

/// So many inputs are heard by one server, so that what they have stored does not pile up.
const OF_ONE_SERVER: usize = 1000;

thread_local! {
    static LISTENING: std::cell::RefCell<(usize, Option<Listening>)> = const { std::cell::RefCell::new((0, None)) };
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    LISTENING.with_borrow_mut(|(heard, listening)| {
        if *heard % OF_ONE_SERVER == 0 {
            *listening = Listening::new().ok();
        }
        *heard += 1;
        let server = listening.as_ref().expect("a server");
        server.read(input);
        assert!(*heard % OF_ONE_SERVER != 0 || server.serves(), "it serves others on");
    });
});
