//! The memory that hashes fill, kept for as long as somebody waits for one.
//!
//! A hash fills 19 MiB. The system hands memory out page by page, which costs a tenth of the hash, and clearing it costs
//! more: a line of logins hashes in the same memory again and again. When the line has ended it goes back to the system.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use argon2::Block;

/// The way to the memory that is in use at the moment, if any is.
#[derive(Default)]
pub(super) struct Memory(Mutex<Weak<Blocks>>);

/// Memory of all who hash or wait for it. The last one to leave gives it back.
#[derive(Default)]
pub(super) struct Blocks(Mutex<Vec<Vec<Block>>>);

impl Memory {
    /// Joins the line, or begins one.
    pub(super) fn join(&self) -> Arc<Blocks> {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        current.upgrade().unwrap_or_else(|| {
            let blocks = Arc::default();
            *current = Arc::downgrade(&blocks);
            blocks
        })
    }
}

impl Blocks {
    /// Works with so many blocks. What they hold is what the work before left there.
    pub(super) fn lend<T>(&self, blocks: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        let mut memory = self.free().pop().unwrap_or_default();
        if memory.len() < blocks {
            memory = vec![Block::new(); blocks];
        }
        let done = work(&mut memory[..blocks]);
        self.free().push(memory);
        done
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_kept_while_somebody_is_in_the_line_and_no_longer() {
        let memory = Memory::default();
        let (one, other) = (memory.join(), memory.join());
        one.lend(8, |blocks| blocks[7].as_mut()[0] = 1);
        drop(one);
        assert_eq!(other.lend(8, |blocks| blocks[7].as_ref()[0]), 1, "the same memory");
        assert_eq!(other.lend(16, |blocks| blocks.len()), 16, "more than there was");
        drop(other);
        assert!(memory.join().free().is_empty());
    }

    #[test]
    fn those_who_work_at_once_have_memory_of_their_own() {
        let line = Memory::default().join();
        line.lend(8, |one| {
            one[0].as_mut()[0] = 1;
            line.lend(8, |other| assert_eq!(other[0].as_ref()[0], 0));
        });
        assert_eq!(line.free().len(), 2);
    }
}
