use std::fmt;
use std::str::FromStr;

/// Hashes in a full tile, and entries in a full bundle.
pub const TILE_WIDTH: usize = 256;

/// Which tile: its level, its place in the level, how many hashes it has (C2SP tlog-tiles).
///
/// Displayed as its path below the log's prefix: `tile/0/x001/x234/067.p/12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileAt {
    /// 0 has the hashes of the leaves; a hash of any other is the root over a full tile below.
    pub level: u8,
    /// Counted from the left, from 0.
    pub index: u64,
    /// From 1 to 256.
    pub width: u16,
}

impl TileAt {
    /// A full tile.
    #[must_use]
    pub const fn full(level: u8, index: u64) -> Self {
        Self { level, index, width: TILE_WIDTH as u16 }
    }

    /// Whether the tile will never change.
    #[must_use]
    pub const fn is_full(self) -> bool {
        self.width as usize == TILE_WIDTH
    }

    /// The tile at this place in a log of `size` entries; none where it has no hash yet.
    #[must_use]
    pub fn of(level: u8, index: u64, size: u64) -> Option<Self> {
        let hashes = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
        let here = hashes.checked_sub(index.checked_mul(TILE_WIDTH as u64)?)?;
        let width = here.min(TILE_WIDTH as u64) as u16;
        (width > 0).then_some(Self { level, index, width })
    }

    /// The partial tiles of a log of `size` entries, lowest level first.
    pub fn edge(size: u64) -> impl Iterator<Item = Self> {
        (0..8).filter_map(move |level| {
            let hashes = size >> (8 * u32::from(level));
            let width = (hashes % TILE_WIDTH as u64) as u16;
            let index = hashes / TILE_WIDTH as u64;
            (width > 0).then_some(Self { level, index, width })
        })
    }

    /// The tile that has the root over this one, and where in it. Only a full tile has one.
    #[must_use]
    pub const fn parent(self) -> (u8, u64, usize) {
        let width = TILE_WIDTH as u64;
        (self.level + 1, self.index / width, (self.index % width) as usize)
    }

    /// The path of the bundle with the entries of this tile of level 0.
    #[must_use]
    pub fn entries_path(self) -> String {
        format!("tile/entries/{}{}", Index(self.index), Suffix(self.width))
    }

    /// Reads the path of a bundle of entries.
    ///
    /// # Errors
    /// When the path is spelled in another way than [`TileAt::entries_path`] spells it.
    pub fn parse_entries_path(path: &str) -> Result<Self, TilePathError> {
        let rest = path.strip_prefix("tile/entries/").ok_or(TilePathError)?;
        place(0, rest)
    }
}

/// Three digits an element, `x` before all but the last.
struct Index(u64);

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1_000 {
            return write!(f, "{:03}", self.0);
        }
        let mut groups = Vec::new();
        let mut rest = self.0 / 1_000;
        while rest > 0 {
            groups.push(rest % 1_000);
            rest /= 1_000;
        }
        for group in groups.iter().rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", self.0 % 1_000)
    }
}

struct Suffix(u16);

impl fmt::Display for Suffix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match usize::from(self.0) {
            TILE_WIDTH => Ok(()),
            _ => write!(f, ".p/{}", self.0),
        }
    }
}

impl fmt::Display for TileAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/{}{}", self.level, Index(self.index), Suffix(self.width))
    }
}

/// The path names no tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no path of a tile, such as tile/0/x001/x234/067.p/12")]
pub struct TilePathError;

impl FromStr for TileAt {
    type Err = TilePathError;

    fn from_str(path: &str) -> Result<Self, TilePathError> {
        let rest = path.strip_prefix("tile/").ok_or(TilePathError)?;
        let (level, rest) = rest.split_once('/').ok_or(TilePathError)?;
        let level = number(level, 63)?;
        place(u8::try_from(level).map_err(|_| TilePathError)?, rest)
    }
}

fn place(level: u8, text: &str) -> Result<TileAt, TilePathError> {
    let (index, width) = match text.split_once(".p/") {
        Some((index, width)) => (index, number(width, TILE_WIDTH as u64 - 1)?),
        None => (text, TILE_WIDTH as u64),
    };
    let mut value = 0_u64;
    let mut elements = index.split('/').peekable();
    while let Some(element) = elements.next() {
        let digits = match elements.peek() {
            Some(_) => element.strip_prefix('x').ok_or(TilePathError)?,
            None => element,
        };
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(TilePathError);
        }
        let group: u64 = digits.parse().map_err(|_| TilePathError)?;
        value =
            value.checked_mul(1_000).and_then(|it| it.checked_add(group)).ok_or(TilePathError)?;
    }
    let at = TileAt { level, index: value, width: width as u16 };
    // One tile has one path: no leading `x000`, no width of 0.
    let same = Index(at.index).to_string() == index && at.width > 0;
    if same { Ok(at) } else { Err(TilePathError) }
}

/// A decimal without leading zeroes.
fn number(text: &str, most: u64) -> Result<u64, TilePathError> {
    let value: u64 = text.parse().map_err(|_| TilePathError)?;
    if value <= most && value.to_string() == text { Ok(value) } else { Err(TilePathError) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let at = TileAt::full(0, 1_234_067);
        assert_eq!(at.to_string(), "tile/0/x001/x234/067");
        assert_eq!(at.entries_path(), "tile/entries/x001/x234/067");
        let partial = TileAt { level: 2, index: 5, width: 17 };
        assert_eq!(partial.to_string(), "tile/2/005.p/17");
        for at in [at, partial, TileAt::full(63, u64::MAX >> 8), TileAt::full(0, 1_000)] {
            assert_eq!(at.to_string().parse(), Ok(at));
            let entries = TileAt { level: 0, ..at };
            assert_eq!(TileAt::parse_entries_path(&entries.entries_path()), Ok(entries));
        }
    }

    #[test]
    fn one_tile_has_one_path() {
        for wrong in [
            "",
            "tile/",
            "tile/0/",
            "tile/00/000",
            "tile/64/000",
            "tile/0/x000/001",
            "tile/0/001/001",
            "tile/0/x001",
            "tile/0/01",
            "tile/0/+01",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "tile/0/../../etc",
        ] {
            assert_eq!(wrong.parse::<TileAt>(), Err(TilePathError), "{wrong}");
        }
    }

    #[test]
    fn the_tiles_of_a_size_are_those_of_the_specification() {
        let edge: Vec<_> = TileAt::edge(70_000).map(|at| at.to_string()).collect();
        assert_eq!(edge, ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
        assert_eq!(TileAt::edge(256).map(|at| (at.level, at.width)).collect::<Vec<_>>(), [(1, 1)]);
        assert_eq!(TileAt::of(0, 273, 70_000).map(|at| at.width), Some(112));
        assert_eq!(TileAt::of(0, 272, 70_000).map(|at| at.width), Some(256));
        assert_eq!(TileAt::of(0, 274, 70_000), None);
        assert_eq!(TileAt::of(9, 0, u64::MAX), None);
    }
}
