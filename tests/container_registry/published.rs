//! Tables and pictures under `results/container-registry`.

use std::path::Path;

/// Compares with what is published under this name; with `GOLDEN=write`, publishes it.
pub fn same(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/container-registry").join(name);
    if std::env::var_os("GOLDEN").is_some_and(|how| how == "write") {
        std::fs::write(&path, text).expect("results can be written");
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap_or_default(), "{}", path.display());
}
