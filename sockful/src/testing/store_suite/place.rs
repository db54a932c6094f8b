//! Where a store under test may keep what it keeps.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Where one store under test keeps its data: nobody else uses it. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Place(Arc<Spot>);

#[derive(Debug)]
struct Spot {
    name: String,
    folder: OnceLock<PathBuf>,
}

impl Place {
    pub(super) fn new() -> Self {
        Self(Arc::new(Spot {
            name: format!("suite_{}", uuid::Uuid::new_v4().simple()),
            folder: OnceLock::new(),
        }))
    }

    /// A name that no other place has, of at most 40 ASCII letters, digits and `_`: for a database or a schema.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// A folder of its own, made when first asked for, removed with all it holds after the test.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.0.folder.get_or_init(|| {
            let folder = std::env::temp_dir().join(&self.0.name);
            fs::create_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
            folder
        })
    }
}

impl Drop for Spot {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.get() {
            // What is left over lies among the temporary files of the system.
            let _ = fs::remove_dir_all(folder);
        }
    }
}
