//! Names: which file each stands for on the disk for certain, and for which it has stood since.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fastrand::Rng;

use crate::file::File;

/// The names and files of a disk.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    files: Vec<File>,
    names: BTreeMap<PathBuf, Name>,
}

/// What a name has stood for: first what is on the disk, last what it stands for now.
type Name = Vec<Option<usize>>;

impl Folder {
    /// The number of the file with this name, which is made if there is none.
    pub(crate) fn open(&mut self, path: &Path) -> usize {
        let name = self
            .names
            .entry(path.to_owned())
            .or_insert_with(|| vec![None]);
        if let Some(Some(file)) = name.last() {
            return *file;
        }
        let file = self.files.len();
        self.files.push(File::new(path));
        name.push(Some(file));
        file
    }

    pub(crate) fn file(&mut self, number: usize) -> &mut File {
        &mut self.files[number]
    }

    pub(crate) fn delete(&mut self, path: &Path) {
        if let Some(name) = self.names.get_mut(path) {
            name.push(None);
        }
    }

    /// Every name is on the disk as it is now.
    pub(crate) fn sync(&mut self) {
        for name in self.names.values_mut() {
            name.drain(..name.len() - 1);
        }
    }

    /// What is left when the power fails: each name stands for what it stood for at some moment since it was
    /// synced.
    pub(crate) fn survive(&mut self, rng: &mut Rng) -> Vec<(PathBuf, Vec<u8>)> {
        let mut left = Vec::new();
        for (path, name) in std::mem::take(&mut self.names) {
            if let Some(file) = name[rng.usize(..name.len())] {
                let content = self.files[file].survive(rng).to_owned();
                left.push((path, content));
            }
        }
        self.files.clear();
        for (path, content) in &left {
            let file = self.open(path);
            self.file(file).write(0, content);
            self.file(file).sync();
        }
        self.sync();
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survivors(folder: impl Fn() -> Folder) -> Vec<usize> {
        let survive = |seed| folder().survive(&mut Rng::with_seed(seed)).len();
        let mut counts: Vec<_> = (0..50).map(survive).collect();
        counts.sort_unstable();
        counts.dedup();
        counts
    }

    fn made() -> Folder {
        let mut folder = Folder::default();
        folder.open(Path::new("a"));
        folder
    }

    fn synced() -> Folder {
        let mut folder = made();
        folder.sync();
        folder
    }

    #[test]
    fn a_new_name_is_certain_only_once_its_folder_is_synced() {
        assert_eq!(survivors(made), [0, 1]);
        assert_eq!(survivors(synced), [1]);
    }

    #[test]
    fn a_name_may_come_back_until_its_folder_is_synced() {
        let deleted = || {
            let mut folder = synced();
            folder.delete(Path::new("a"));
            folder
        };
        assert_eq!(survivors(deleted), [0, 1]);
        let synced = || {
            let mut folder = deleted();
            folder.sync();
            folder
        };
        assert_eq!(survivors(synced), [0]);
    }
}
