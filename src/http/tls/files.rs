//! The two files that TLS comes from: a chain of certificates, and the key of the first one.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{Error, ServerConfig};
use zeroize::Zeroizing;

/// Far longer than any chain.
const LONGEST: u64 = 1024 * 1024;

/// What is offered to clients, the most wanted first (RFC 7301).
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Where the files are, as `TLS_CERT` and `TLS_KEY` say.
#[derive(Debug, Clone)]
pub(super) struct Files {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

/// What was in them at one time.
pub(super) struct Pair {
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

/// Why there can be no TLS. Names the setting and the file, and nothing of what is in it.
#[derive(Debug)]
pub struct TlsFault {
    setting: &'static str,
    path: PathBuf,
    wrong: Wrong,
}

#[derive(Debug)]
enum Wrong {
    Unreadable(io::Error),
    NoCertificate,
    BadCertificate,
    NoKey,
    Encrypted,
    BadKey,
    OtherKey,
}

impl Files {
    pub(super) fn read(&self) -> Result<Pair, TlsFault> {
        let certificate =
            read(&self.certificate).map_err(|error| self.certificate(Wrong::Unreadable(error)))?;
        let key = read(&self.key).map_err(|error| self.key(Wrong::Unreadable(error)))?;
        Ok(Pair { certificate, key: Zeroizing::new(key) })
    }

    /// What handshakes are made with: TLS 1.2 or 1.3, and no certificate asked of clients.
    pub(super) fn config(&self, pair: &Pair) -> Result<ServerConfig, TlsFault> {
        let chain = CertificateDer::pem_slice_iter(&pair.certificate)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| self.certificate(Wrong::BadCertificate))?;
        if chain.is_empty() {
            return Err(self.certificate(Wrong::NoCertificate));
        }
        let key = PrivateKeyDer::from_pem_slice(&pair.key).map_err(|_| self.key(no_key(&pair.key)))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| match error {
                Error::InvalidCertificate(_) => self.certificate(Wrong::BadCertificate),
                Error::InconsistentKeys(_) => self.key(Wrong::OtherKey),
                _ => self.key(Wrong::BadKey),
            })?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
        Ok(config)
    }

    fn certificate(&self, wrong: Wrong) -> TlsFault {
        TlsFault { setting: "TLS_CERT", path: self.certificate.clone(), wrong }
    }

    fn key(&self, wrong: Wrong) -> TlsFault {
        TlsFault { setting: "TLS_KEY", path: self.key.clone(), wrong }
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Old keys say that they are encrypted within the PEM section, new ones in its name.
fn no_key(text: &[u8]) -> Wrong {
    let is_encrypted = text.windows(9).any(|word| word == b"ENCRYPTED");
    if is_encrypted { Wrong::Encrypted } else { Wrong::NoKey }
}

impl Pair {
    /// Tells this pair from another one, and nothing of its key.
    pub(super) fn digest(&self) -> [u8; 64] {
        let mut both = [0; 64];
        both[..32].copy_from_slice(digest(&SHA256, &self.certificate).as_ref());
        both[32..].copy_from_slice(digest(&SHA256, &self.key).as_ref());
        both
    }
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ", self.setting, self.path.display())?;
        match &self.wrong {
            Wrong::Unreadable(error) => write!(f, "cannot be read: {error}"),
            Wrong::NoCertificate => f.write_str("holds no certificate in PEM form"),
            Wrong::BadCertificate => f.write_str("holds a certificate that is damaged"),
            Wrong::NoKey => f.write_str("holds no private key in PEM form (PKCS#8, EC or RSA)"),
            Wrong::Encrypted => f.write_str("holds a key that is encrypted; decrypt it with: openssl pkey"),
            Wrong::BadKey => f.write_str("holds a private key that is damaged or of an unknown kind"),
            Wrong::OtherKey => f.write_str("is not the key of the first certificate in TLS_CERT"),
        }
    }
}

impl std::error::Error for TlsFault {}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, SignatureAlgorithm};

    use super::*;

    /// What is within the first value of this DER, and what comes after it.
    fn open(der: &[u8]) -> (&[u8], &[u8]) {
        let (length, start) = match der[1] {
            short @ 0..=0x7f => (usize::from(short), 2),
            0x81 => (usize::from(der[2]), 3),
            _ => (usize::from(der[2]) * 256 + usize::from(der[3]), 4),
        };
        der[start..].split_at(length)
    }

    /// The key as it was written before there was PKCS#8, which wraps it after a number and the kind of the key.
    fn bare(pkcs8: &[u8]) -> &[u8] {
        let after_number = open(open(pkcs8).0).1;
        open(open(after_number).1).0
    }

    fn pem(label: &str, der: &[u8]) -> String {
        use base64::Engine;
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
    }

    fn is_taken(certificate: &str, key: &str) -> bool {
        let files = Files { certificate: "cert.pem".into(), key: "key.pem".into() };
        let key = Zeroizing::new(key.as_bytes().to_vec());
        files.config(&Pair { certificate: certificate.as_bytes().to_vec(), key }).is_ok()
    }

    #[test]
    fn keys_are_taken_in_every_form_that_they_are_handed_out_in() {
        let kinds: [(&SignatureAlgorithm, Option<&str>); 4] = [
            (&rcgen::PKCS_ECDSA_P256_SHA256, Some("EC PRIVATE KEY")),
            (&rcgen::PKCS_ECDSA_P384_SHA384, Some("EC PRIVATE KEY")),
            (&rcgen::PKCS_RSA_SHA256, Some("RSA PRIVATE KEY")),
            (&rcgen::PKCS_ED25519, None),
        ];
        for (kind, label) in kinds {
            let key = KeyPair::generate_for(kind).expect("a key");
            let params = CertificateParams::new(["localhost".to_owned()]).expect("parameters");
            let certificate = params.self_signed(&key).expect("signed").pem();
            let text = key.serialize_pem();
            assert!(is_taken(&certificate, &text), "{kind:?}");
            // As some programs write it: other sections before it, both in one file, and lines of another system's.
            let parameters = format!("{}{text}", pem("EC PARAMETERS", b"\x06\x01\x00"));
            for text in [parameters, format!("{certificate}{text}"), text.replace('\n', "\r\n")] {
                assert!(is_taken(&certificate, &text), "{kind:?}: {text}");
                assert!(is_taken(&format!("{text}{certificate}"), &text), "{kind:?}");
            }
            if let Some(label) = label {
                let text = pem(label, bare(key.serialized_der()));
                assert!(is_taken(&certificate, &text), "{kind:?}");
            }
        }
    }
}
