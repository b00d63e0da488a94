use depaudit_model::{Checksum, Randomness, Secret};

/// What a cookie holds: 256 random bits. The store knows its [digest](Self::digest) alone.
#[derive(Debug, Clone)]
pub(crate) struct Key(Secret);

impl Key {
    pub(crate) fn generate(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; 32];
        randomness.fill(&mut bytes);
        // 32 bytes have one written form; that they are no digest of anything does not matter.
        Self(Secret::new(Checksum::from_bytes(bytes).to_string()))
    }

    /// Reads what a browser sends back.
    pub(super) fn read(text: &str) -> Option<Self> {
        text.parse::<Checksum>().ok().map(|_| Self(Secret::new(text.to_owned())))
    }

    /// For the cookie, and for nobody else.
    pub(crate) fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// What is kept of it. There is nothing to guess, so no slower hash is needed.
    pub(crate) fn digest(&self) -> Checksum {
        Checksum::of(self.reveal().as_bytes())
    }
}
