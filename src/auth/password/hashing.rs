//! Argon2id: one password in, one PHC string out, and the comparison of the two.

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, Version};

use super::PasswordFault;
use super::memory::Blocks;
use crate::secret::Secret;

/// A password as it is kept: argon2id, as a PHC string.
#[derive(Debug, Clone)]
pub struct PasswordHash(Secret);

impl PasswordHash {
    /// The PHC string. Belongs into the database and nowhere else.
    pub fn as_str(&self) -> &str {
        self.0.expose()
    }
}

impl From<String> for PasswordHash {
    fn from(phc: String) -> Self {
        Self(Secret::from(phc))
    }
}

/// What came out of comparing a password with the stored one.
#[derive(Debug)]
pub enum Verdict {
    /// Another password, or nobody's.
    Wrong,
    /// The same password.
    Right {
        /// What to store from now on, when the stored hash is weaker than hashes are made today.
        rehash: Option<PasswordHash>,
    },
}

/// Hashes and compares, on the thread that asks.
pub(super) struct Hasher {
    argon2: Argon2<'static>,
    /// Compared with when there is nothing to compare with, so that both take the same time.
    dummy: phc::PasswordHash,
    #[cfg(test)]
    pub(super) computed: std::sync::Mutex<Vec<u32>>,
}

impl Hasher {
    pub(super) fn new(params: Params) -> Result<Self, PasswordFault> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = hash(&argon2, "", &Blocks::default())?;
        Ok(Self {
            argon2,
            dummy,
            #[cfg(test)]
            computed: std::sync::Mutex::default(),
        })
    }

    pub(super) fn hash(&self, text: &Secret, blocks: &Blocks) -> Result<PasswordHash, PasswordFault> {
        #[cfg(test)]
        self.count(self.argon2.params());
        Ok(PasswordHash::from(hash(&self.argon2, text.expose(), blocks)?.to_string()))
    }

    /// Compares once, with the dummy if need be, whatever it was given. `text` is `None` when no password can be it.
    pub(super) fn verify(
        &self,
        text: Option<&Secret>,
        stored: Option<&PasswordHash>,
        blocks: &Blocks,
    ) -> Result<Verdict, PasswordFault> {
        let parsed = stored.map(parse).transpose()?;
        let compared = parsed.as_ref().unwrap_or(&self.dummy);
        #[cfg(test)]
        self.count(&params(compared)?);
        let is_equal = is_equal(text.map_or("", Secret::expose), compared, blocks)?;
        match (text, parsed) {
            (Some(text), Some(stored)) if is_equal => {
                let rehash = if self.is_outdated(&stored)? { Some(self.hash(text, blocks)?) } else { None };
                Ok(Verdict::Right { rehash })
            }
            _ => Ok(Verdict::Wrong),
        }
    }

    fn is_outdated(&self, hash: &phc::PasswordHash) -> Result<bool, PasswordFault> {
        let (stored, current) = (params(hash)?, self.argon2.params());
        Ok(hash.algorithm != Algorithm::Argon2id.ident()
            || hash.version != Some(Version::V0x13.into())
            || stored.m_cost() < current.m_cost()
            || stored.t_cost() < current.t_cost()
            || stored.p_cost() < current.p_cost())
    }

    #[cfg(test)]
    fn count(&self, params: &Params) {
        self.computed.lock().expect("no panic").push(params.m_cost() * params.t_cost());
    }
}

fn is_equal(text: &str, stored: &phc::PasswordHash, blocks: &Blocks) -> Result<bool, PasswordFault> {
    let (Some(salt), Some(output)) = (&stored.salt, &stored.hash) else {
        return Err(PasswordFault::broken(&"a stored hash is incomplete"));
    };
    let algorithm = Algorithm::try_from(stored.algorithm.as_str()).map_err(|e| PasswordFault::broken(&e))?;
    let version = stored.version.map_or(Ok(Version::default()), Version::try_from);
    let version = version.map_err(|e| PasswordFault::broken(&e))?;
    let argon2 = Argon2::new(algorithm, version, params(stored)?);
    // Outputs are compared in constant time.
    Ok(digest(&argon2, text, salt, blocks)? == *output)
}

fn hash(argon2: &Argon2<'_>, text: &str, blocks: &Blocks) -> Result<phc::PasswordHash, PasswordFault> {
    let salt = phc::Salt::generate();
    Ok(phc::PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: phc::ParamsString::try_from(argon2.params()).map_err(|e| PasswordFault::broken(&e))?,
        hash: Some(digest(argon2, text, &salt, blocks)?),
        salt: Some(salt),
    })
}

fn digest(
    argon2: &Argon2<'_>,
    text: &str,
    salt: &phc::Salt,
    blocks: &Blocks,
) -> Result<phc::Output, PasswordFault> {
    let mut output = [0; phc::Output::MAX_LENGTH];
    let output = &mut output[..argon2.params().output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN)];
    blocks
        .lend(argon2.params().block_count(), |memory| {
            argon2.hash_password_into_with_memory(text.as_bytes(), salt, output, memory)
        })
        .map_err(|e| PasswordFault::broken(&e))?;
    phc::Output::new(output).map_err(|e| PasswordFault::broken(&e))
}

fn parse(hash: &PasswordHash) -> Result<phc::PasswordHash, PasswordFault> {
    phc::PasswordHash::new(hash.as_str()).map_err(|e| PasswordFault::broken(&e))
}

fn params(hash: &phc::PasswordHash) -> Result<Params, PasswordFault> {
    Params::try_from(hash).map_err(|e| PasswordFault::broken(&e))
}

#[cfg(test)]
mod tests {
    use argon2::PasswordHasher as _;

    use super::*;

    fn params(memory: u32, passes: u32) -> Params {
        Params::new(memory, passes, 1, None).expect("small and valid")
    }

    fn hasher(memory: u32, passes: u32) -> Hasher {
        Hasher::new(params(memory, passes)).expect("a dummy")
    }

    fn secret(text: &str) -> Secret {
        Secret::from(text.to_owned())
    }

    /// The work spent on each hash, in memory times passes, since the last time.
    fn spent(hasher: &Hasher) -> Vec<u32> {
        std::mem::take(&mut hasher.computed.lock().expect("no panic"))
    }

    #[test]
    fn the_default_is_what_owasp_asks_for() {
        let hash = Hasher::new(Params::default())
            .expect("a dummy")
            .hash(&secret("gravel"), &Blocks::default())
            .expect("hashed");
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
    }

    #[test]
    fn the_same_password_is_right_and_no_other() {
        let hasher = hasher(8, 1);
        let (one, other) = (
            hasher.hash(&secret("gravel"), &Blocks::default()).expect("hashed"),
            hasher.hash(&secret("gravel"), &Blocks::default()).expect("hashed"),
        );
        assert_ne!(one.as_str(), other.as_str(), "each has a salt of its own");
        for stored in [&one, &other] {
            let right =
                hasher.verify(Some(&secret("gravel")), Some(stored), &Blocks::default()).expect("compared");
            assert!(matches!(right, Verdict::Right { rehash: None }));
            for wrong in ["Gravel", "gravel ", "", "otter"] {
                let verdict =
                    hasher.verify(Some(&secret(wrong)), Some(stored), &Blocks::default()).expect("compared");
                assert!(matches!(verdict, Verdict::Wrong), "{wrong}");
            }
        }
    }

    #[test]
    fn nobodys_password_costs_what_a_wrong_one_costs() {
        let hasher = hasher(16, 3);
        let stored = hasher.hash(&secret("gravel"), &Blocks::default()).expect("hashed");
        assert_eq!(spent(&hasher), [48]);
        let otter = secret("otter");
        for (text, stored) in
            [(Some(&otter), Some(&stored)), (Some(&otter), None), (None, Some(&stored)), (None, None)]
        {
            assert!(matches!(
                hasher.verify(text, stored, &Blocks::default()).expect("compared"),
                Verdict::Wrong
            ));
            assert_eq!(spent(&hasher), [48]);
        }
    }

    #[test]
    fn the_dummy_and_the_text_for_no_text_are_nobodys_password() {
        let hasher = hasher(8, 1);
        let empty = hasher.hash(&secret(""), &Blocks::default()).expect("hashed");
        assert!(matches!(
            hasher.verify(Some(&secret("")), None, &Blocks::default()).expect("compared"),
            Verdict::Wrong
        ));
        assert!(matches!(
            hasher.verify(None, Some(&empty), &Blocks::default()).expect("compared"),
            Verdict::Wrong
        ));
    }

    #[test]
    fn a_right_password_is_hashed_again_when_hashes_became_stronger() {
        let old = hasher(16, 2).hash(&secret("gravel"), &Blocks::default()).expect("hashed");
        for (memory, passes) in [(32, 2), (16, 3), (32, 1)] {
            let stronger = hasher(memory, passes);
            let verdict =
                stronger.verify(Some(&secret("gravel")), Some(&old), &Blocks::default()).expect("compared");
            let Verdict::Right { rehash: Some(new) } = verdict else { panic!("{verdict:?}") };
            assert!(new.as_str().contains(&format!("m={memory},t={passes},p=1")));
            assert_eq!(spent(&stronger), [32, memory * passes]);
            let verdict =
                stronger.verify(Some(&secret("gravel")), Some(&new), &Blocks::default()).expect("compared");
            assert!(matches!(verdict, Verdict::Right { rehash: None }));
        }
        for weaker in [hasher(8, 1), hasher(16, 2)] {
            let verdict =
                weaker.verify(Some(&secret("gravel")), Some(&old), &Blocks::default()).expect("compared");
            assert!(matches!(verdict, Verdict::Right { rehash: None }));
        }
    }

    #[test]
    fn another_algorithm_is_outdated_and_a_wrong_password_is_not_kept() {
        let argon2i = Argon2::new(Algorithm::Argon2i, Version::V0x13, params(64, 4));
        let old = PasswordHash::from(argon2i.hash_password(b"gravel").expect("hashed").to_string());
        let hasher = hasher(8, 1);
        let right = hasher.verify(Some(&secret("gravel")), Some(&old), &Blocks::default()).expect("compared");
        assert!(matches!(right, Verdict::Right { rehash: Some(_) }));
        spent(&hasher);
        assert!(matches!(
            hasher.verify(Some(&secret("otter")), Some(&old), &Blocks::default()).expect("compared"),
            Verdict::Wrong
        ));
        assert_eq!(spent(&hasher).len(), 1);
    }

    #[test]
    fn a_stored_hash_that_is_none_is_a_fault_and_not_shown() {
        let hasher = hasher(8, 1);
        for stored in
            ["", "gravel", "$argon2id$v=19$m=8,t=1,p=1", "$scrypt$ln=4$c2FsdHNhbHQ$b3V0cHV0b3V0cHV0"]
        {
            let stored = PasswordHash::from(stored.to_owned());
            let fault = hasher
                .verify(Some(&secret("gravel")), Some(&stored), &Blocks::default())
                .expect_err("no hash");
            assert!(!fault.to_string().contains("gravel"), "{fault}");
        }
        let hash = hasher.hash(&secret("gravel"), &Blocks::default()).expect("hashed");
        assert_eq!(format!("{hash:?}"), "PasswordHash(Secret(…))");
    }
}
