//! A digest of what a creation asked for, kept with what it made.

use aws_lc_rs::digest::{Context, SHA256};

/// Collects the parts of a creation. Each is told apart from the next, so that no two creations look alike.
pub(super) struct Digest(Context);

impl Digest {
    pub(super) fn new(kind: &str) -> Self {
        let mut digest = Self(Context::new(&SHA256));
        digest.bytes(kind.as_bytes());
        digest
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    pub(super) fn text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.bytes(text.as_bytes()),
            None => self.0.update(&u64::MAX.to_le_bytes()),
        }
    }

    pub(super) fn number(&mut self, number: i64) {
        self.bytes(&number.to_le_bytes());
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}
