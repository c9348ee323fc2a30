//! Who signs the certificates of these tests, and the files that a server has them from.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::pki_types::CertificateDer;

use crate::Home;

/// One that clients trust, and another one that it has signed, by which servers are.
pub struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    between: CertifiedIssuer<'static, KeyPair>,
}

/// What a server shows.
pub struct Certificate {
    /// The server's own first, then what clients need to get from there to the root.
    pub chain: String,
    pub key: String,
    pub own: CertificateDer<'static>,
}

fn signs_others(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

impl Authority {
    pub fn new() -> Self {
        let key = || KeyPair::generate().expect("a key");
        let root = CertifiedIssuer::self_signed(signs_others("Root"), key()).expect("signed");
        let between = CertifiedIssuer::signed_by(signs_others("Between"), key(), &root).expect("signed");
        Self { root, between }
    }

    pub fn root(&self) -> CertificateDer<'static> {
        self.root.der().clone()
    }

    /// A certificate of this machine.
    pub fn certify(&self) -> Certificate {
        let key = KeyPair::generate().expect("a key");
        let names = ["localhost", "127.0.0.1", "tasks.example"].map(str::to_owned);
        let params = CertificateParams::new(names).expect("parameters");
        let own = params.signed_by(&key, &self.between).expect("signed");
        Certificate {
            chain: own.pem() + &self.between.pem(),
            key: key.serialize_pem(),
            own: own.der().clone(),
        }
    }
}

impl Certificate {
    /// Puts the files where [`super::encrypted`] has the server look. What is private must not be logged.
    pub fn install(&self, home: &Home) {
        home.write("new-cert.pem", &self.chain);
        home.write("new-key.pem", &self.key);
        for name in ["cert.pem", "key.pem"] {
            std::fs::rename(home.path(&format!("new-{name}")), home.path(name)).expect("renamed");
        }
        home.keep_secret(self.key.lines().nth(1).expect("a line of the key"));
    }
}
