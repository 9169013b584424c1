//! Key pairs, made by OpenSSL's command line, as AWS's documentation says.

use std::{
    io::Write as _,
    process::{Command, Stdio},
    sync::OnceLock,
};

use picup_delivery::{Policy, Signer, Verifier};

pub struct Pair {
    pub private_pem: String,
    pub public_pem: String,
}

impl Pair {
    pub fn generate() -> Self {
        let private_pem = openssl(&["genrsa", "2048"], "");
        let public_pem = openssl(&["rsa", "-pubout"], &private_pem);
        Self {
            private_pem,
            public_pem,
        }
    }

    pub fn signer(&self, id: &str) -> Signer {
        Signer::from_pem(id, &self.private_pem.clone().into()).unwrap()
    }

    pub fn verifier(&self, id: &str) -> Verifier {
        Verifier::new([(id, self.public_pem.as_str())]).unwrap()
    }
}

/// Two that all tests share: making one takes a while.
pub fn pairs() -> &'static [Pair; 2] {
    static PAIRS: OnceLock<[Pair; 2]> = OnceLock::new();
    PAIRS.get_or_init(|| [Pair::generate(), Pair::generate()])
}

pub fn openssl(arguments: &[&str], input: &str) -> String {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

pub fn policy() -> Policy {
    Policy {
        resource: "https://d111111abcdef8.cloudfront.net/u/7/m/8/original".to_owned(),
        expires_at: 1_767_232_800,
        not_before: Some(1_767_225_600),
        network: "192.0.2.1/32".parse().ok(),
    }
}
