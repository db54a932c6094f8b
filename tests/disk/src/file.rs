//! A file: what of it is on the disk for certain, and what was written since.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fastrand::Rng;

/// What a disk writes as a whole.
const SECTOR: u64 = 512;

/// One file of the disk.
#[derive(Debug, Default)]
pub(crate) struct File {
    /// The name it was made with.
    path: PathBuf,
    synced: Vec<u8>,
    since: Vec<Piece>,
    /// As whoever has it open sees it.
    size: u64,
}

/// A change of a file.
#[derive(Debug)]
enum Piece {
    Write { at: u64, bytes: Vec<u8> },
    Truncate { size: u64, from: u64 },
}

impl Piece {
    /// The bytes it touches.
    fn range(&self) -> (u64, u64) {
        match self {
            Self::Write { at, bytes } => (*at, at + bytes.len() as u64),
            Self::Truncate { size, from } => (*size, *from.max(size)),
        }
    }

    /// Changes what lies within these bounds, which `content` has room for.
    fn apply(&self, content: &mut [u8], (low, high): (u64, u64)) {
        let (from, to) = self.range();
        let (from, to) = (from.max(low), to.min(high));
        if from >= to {
            return;
        }
        let place = &mut content[index(from)..index(to)];
        match self {
            Self::Write { at, bytes } => {
                place.copy_from_slice(&bytes[index(from - at)..index(to - at)]);
            }
            Self::Truncate { .. } => place.fill(0),
        }
    }
}

impl File {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn write(&mut self, at: u64, bytes: &[u8]) {
        self.size = self.size.max(at + bytes.len() as u64);
        let bytes = bytes.to_owned();
        self.since.push(Piece::Write { at, bytes });
    }

    pub(crate) fn truncate(&mut self, size: u64) {
        let from = std::mem::replace(&mut self.size, size);
        self.since.push(Piece::Truncate { size, from });
    }

    pub(crate) fn sync(&mut self) {
        let (mut content, size) = (std::mem::take(&mut self.synced), self.size);
        content.resize(content.len().max(self.longest()), 0);
        for piece in self.since.drain(..) {
            piece.apply(&mut content, (0, u64::MAX));
        }
        content.resize(index(size), 0);
        self.synced = content;
    }

    /// What was not synced never will be.
    pub(crate) fn lose(&mut self) {
        self.since.clear();
    }

    /// What is left when the power fails: of each sector any state it has had since it was synced, the last of
    /// them perhaps torn; of the size the same.
    pub(crate) fn survive(&mut self, rng: &mut Rng) -> &[u8] {
        // Some disks have written everything, some nothing, most some of it.
        let arrives = match rng.u8(..8) {
            0 | 1 => 1.0,
            _ => rng.f64(),
        };
        let mut sizes = vec![self.synced.len() as u64];
        let mut sectors: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (place, piece) in self.since.iter().enumerate() {
            let (from, to) = piece.range();
            sizes.push(match piece {
                Piece::Write { .. } => to.max(sizes[place]),
                Piece::Truncate { size, .. } => *size,
            });
            for sector in from / SECTOR..to.div_ceil(SECTOR) {
                sectors.entry(sector).or_default().push(place);
            }
        }
        let size = if rng.f64() < arrives {
            sizes[sizes.len() - 1]
        } else {
            sizes[rng.usize(..sizes.len())]
        };
        let longest = self.longest();
        let content = &mut self.synced;
        content.resize(content.len().max(longest), 0);
        for (sector, pieces) in sectors {
            let bounds = (sector * SECTOR, (sector + 1) * SECTOR);
            let survive = if rng.f64() < arrives {
                pieces.len()
            } else {
                rng.usize(..=pieces.len())
            };
            for piece in &pieces[..survive] {
                self.since[*piece].apply(content, bounds);
            }
            if let Some(torn) = pieces.get(survive)
                && rng.u8(..) < 16
            {
                // Only what was being written is torn: a disk does not harm bytes beside it.
                let (from, to) = self.since[*torn].range();
                let (from, to) = (from.max(bounds.0), to.min(bounds.1));
                rng.fill(&mut content[index(from)..index(to)]);
            }
        }
        content.resize(index(size), 0);
        self.since.clear();
        self.size = size;
        &self.synced
    }

    /// The end of the last byte that was ever touched since the file was synced.
    fn longest(&self) -> usize {
        let ends = self.since.iter().map(|piece| piece.range().1);
        index(ends.max().unwrap_or(0))
    }
}

fn index(place: u64) -> usize {
    usize::try_from(place).expect("a file fits into memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survivors(file: impl Fn() -> File) -> Vec<Vec<u8>> {
        let survive = |seed| file().survive(&mut Rng::with_seed(seed)).to_owned();
        (0..200).map(survive).collect()
    }

    #[test]
    fn what_was_synced_survives() {
        let file = || {
            let mut file = File::default();
            file.write(0, b"synced");
            file.truncate(4);
            file.sync();
            file.write(4, b"later");
            file
        };
        for content in survivors(file) {
            assert!(content.starts_with(b"sync"), "{content:?}");
        }
    }

    #[test]
    fn what_was_not_synced_may_be_there_or_not_sector_by_sector() {
        let file = || {
            let mut file = File::default();
            file.write(0, &[1; 1024]);
            file.sync();
            file.write(0, &[2; 1024]);
            file
        };
        let survivors = survivors(file);
        for (first, second) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
            let like = |it: &&Vec<u8>| it[..512] == [first; 512] && it[512..] == [second; 512];
            assert!(survivors.iter().any(|it| like(&it)), "{first} {second}");
        }
        assert!(survivors.iter().any(|it| it.iter().any(|byte| *byte > 2)));
    }

    #[test]
    fn what_a_failed_sync_has_lost_stays_lost() {
        let mut file = File::default();
        file.write(0, b"lost");
        file.lose();
        file.write(4, b"kept");
        file.sync();
        assert_eq!(file.survive(&mut Rng::with_seed(1)), b"\0\0\0\0kept");
    }

    #[test]
    fn a_file_that_was_cut_off_and_grows_again_has_none_of_its_old_bytes() {
        let mut file = File::default();
        file.write(0, b"old bytes");
        file.truncate(0);
        file.write(8, b"!");
        file.sync();
        assert_eq!(file.survive(&mut Rng::with_seed(1)), b"\0\0\0\0\0\0\0\0!");
    }
}
