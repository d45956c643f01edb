//! What the contracts of `helios-core` are tested with.
//!
//! In: a [`storage::Fixture`], which opens and reopens stores of one driver. Out: `#[test]` functions, one a claim,
//! made by [`driver_conformance!`] or by its three parts:
//!
//! ```text
//! storage_conformance!        the driver itself: an ordered map, snapshots, atomic batches
//! versioned_conformance!      branch::Store on the driver, compared with the model
//! transaction_conformance!    the transaction engine on the driver: turns, isolation, failing disks
//! ```
//!
//! `vector_index_conformance!` does the same for indexes of vectors ([`vector`]), `cipher_conformance!` for ciphers
//! ([`cipher`]).
//!
//! - [`model`] keeps every state there ever was; it is slow and plainly right.
//! - [`wrapper`] puts faults, a quota or a log around any driver, and has one that is reached over a network.
//! - [`postgres`] is a PostgreSQL server of a test's own, [`etcd`] a cluster of etcd.
//! - [`proxy`] stands between a client and a server, and cuts, delays or withholds what they say; [`certificate`] is for
//!   connections that are sealed.
//! - [`mutation`] changes inputs at random places.
//! - [`latency`] compares how long a driver takes with how long its engine does.
//! - [`disk`] loses what was not synced when its power is cut.
//! - [`shape`] makes files of SQL in the shapes of the sqllogictest corpus.
//! - [`seed`] and [`clock`] are the chance and the time of every test: a failure is replayed from the seed it prints.

pub mod certificate;
pub mod cipher;
pub mod clock;
pub mod disk;
pub mod etcd;
pub mod latency;
pub mod model;
pub mod mutation;
pub mod postgres;
pub mod proxy;
pub mod seed;
pub mod shape;
pub mod storage;
pub mod transaction;
pub mod vector;
pub mod versioned;
pub mod wrapper;

/// What a test answers with: any error fails it.
pub type TestResult<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Makes one `#[test]` of each named case of a suite. The fixture is made anew for each.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_cases {
    ($fixture:expr; $suite:ident; $($module:ident { $($case:ident)* })*) => {
        $($(
            #[test]
            fn $case() -> $crate::TestResult {
                let fixture = $fixture;
                $crate::$suite::$module::$case(&fixture)
            }
        )*)*
    };
}
