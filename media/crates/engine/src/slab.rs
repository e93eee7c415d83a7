//! Objects by small index: what packets use instead of keys.
//!
//! An index is reused after its object is gone, so whoever removes an object also removes every reference to it (Room does).

#[derive(Debug)]
pub struct Slab<T> {
    cells: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            cells: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slab<T> {
    pub fn insert(&mut self, value: T) -> u32 {
        if let Some(at) = self.free.pop() {
            self.cells[at as usize] = Some(value);
            return at;
        }
        self.cells.push(Some(value));
        (self.cells.len() - 1) as u32
    }

    pub fn remove(&mut self, at: u32) -> Option<T> {
        let value = self.cells.get_mut(at as usize)?.take()?;
        self.free.push(at);
        Some(value)
    }

    #[inline]
    pub fn get(&self, at: u32) -> Option<&T> {
        self.cells.get(at as usize)?.as_ref()
    }

    #[inline]
    pub fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        self.cells.get_mut(at as usize)?.as_mut()
    }

    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.cells
            .iter()
            .enumerate()
            .filter_map(|(at, cell)| Some((at as u32, cell.as_ref()?)))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut T)> {
        self.cells
            .iter_mut()
            .enumerate()
            .filter_map(|(at, cell)| Some((at as u32, cell.as_mut()?)))
    }

    /// One past the largest index in use, for loops that change what they walk over.
    pub fn end(&self) -> u32 {
        self.cells.len() as u32
    }

    pub fn len(&self) -> usize {
        self.cells.len() - self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_stable_and_reused_only_when_free() {
        let mut slab = Slab::default();
        let (a, b) = (slab.insert('a'), slab.insert('b'));
        assert_eq!(slab.remove(a), Some('a'));
        assert_eq!(slab.remove(a), None);
        assert_eq!((slab.get(a), slab.get(b)), (None, Some(&'b')));
        assert_eq!(slab.insert('c'), a);
        assert_eq!((slab.len(), slab.end()), (2, 2));
        assert_eq!(
            slab.iter().map(|(_, value)| *value).collect::<String>(),
            "cb"
        );
    }
}
