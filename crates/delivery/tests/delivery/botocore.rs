//! AWS's own signer for Python signs the same policies with the same keys.

use std::process::Command;

use picup_delivery::Policy;

use crate::{
    keys::{pairs, policy},
    python::python,
};

const SIGN: &str = r"
import datetime, json, sys
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
given = json.load(sys.stdin)
key = serialization.load_pem_private_key(given['key'].encode(), password=None)
signer = CloudFrontSigner(given['id'], lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA1()))
moment = lambda seconds: None if seconds is None else datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
policy = signer.build_policy(given['resource'], moment(given['expires_at']), moment(given['not_before']), given['address'])
sys.stdout.write(signer.generate_presigned_url(given['resource'], policy=policy))
";

fn signed_by_botocore(id: &str, key: &str, policy: &Policy) -> String {
    let given = serde_json::json!({
        "id": id,
        "key": key,
        "resource": policy.resource,
        "expires_at": policy.expires_at,
        "not_before": policy.not_before,
        "address": policy.network.map(|network| network.to_string()),
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("given.json");
    std::fs::write(&file, given.to_string()).unwrap();
    let output = Command::new(python())
        .args(["-c", SIGN])
        .stdin(std::fs::File::open(file).unwrap())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn botocore_gives_the_same_url_for_the_same_key_and_policy() {
    let pair = &pairs()[0];
    let signer = pair.signer("K2JCJMDEHXQW5F");
    let full = policy();
    let wide = Policy {
        resource: "https://photos.example.org/u/0193-7/*".to_owned(),
        not_before: None,
        network: None,
        ..full.clone()
    };
    let six = Policy {
        network: "2001:db8::/64".parse().ok(),
        ..wide.clone()
    };
    for policy in [full, wide, six] {
        let theirs = signed_by_botocore("K2JCJMDEHXQW5F", &pair.private_pem, &policy);
        let ours = format!("{}?{}", policy.resource, signer.sign(&policy).unwrap());
        assert_eq!(ours, theirs);
    }
}
