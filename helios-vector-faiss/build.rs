//! Compiles the bridge and names the libraries that it needs, where the feature `system` is on.

fn main() {
    println!("cargo::rerun-if-changed=src/bridge.cpp");
    #[cfg(feature = "system")]
    {
        cc::Build::new().cpp(true).std("c++17").file("src/bridge.cpp").compile("helios_faiss");
        for library in ["faiss", "lapack", "blas", "gomp"] {
            println!("cargo::rustc-link-lib={library}");
        }
    }
}
