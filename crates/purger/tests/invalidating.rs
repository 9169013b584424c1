//! Invalidations, asked of a CloudFront that others have written: moto from PyPI, which is installed where it is
//! missing.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{env, path::Path};

use picup_local_stack::{DataFolder, Moto};
use picup_purger::{InvalidationSettings, Invalidations, Removed};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn an_independent_cloudfront_takes_an_invalidation() {
    let folder = DataFolder::throw_away(&env::temp_dir()).unwrap();
    let programs = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let moto = Moto::start(&folder, programs, &|message| eprintln!("{message}")).unwrap();
    let url = moto.url();
    let created = tokio::task::block_in_place(|| moto.add_distribution()).unwrap();
    let settings = InvalidationSettings {
        distribution: created.clone(),
        endpoint: Some(url),
        credentials: Some(("key".to_owned(), "secret".to_owned().into())),
    };
    let cdn = Invalidations::connect(Some(&settings)).await;
    let items: Vec<Removed> = (0..3)
        .map(|number| Removed {
            event: Uuid::from_u128(10 + number),
            account: Uuid::from_u128(1),
            media: Uuid::from_u128(number),
        })
        .collect();
    let invalidated = cdn.invalidate(&items).await;
    let id = invalidated[&items[0].event].clone().unwrap();
    assert!(!id.is_empty());
    for item in &items {
        assert_eq!(invalidated[&item.event].clone().unwrap(), id);
    }
    let again = cdn.invalidate(&items).await;
    assert!(again[&items[0].event].is_ok(), "a repeated batch is taken");
    let told = tokio::task::block_in_place(|| paths(&moto, &created, &id));
    let account = Uuid::from_u128(1);
    let expected: Vec<String> = (0..3)
        .map(|media| format!("/u/{account}/m/{}/*", Uuid::from_u128(media)))
        .collect();
    assert_eq!(told, expected);

    let nowhere = InvalidationSettings {
        distribution: "NOSUCH".to_owned(),
        ..settings
    };
    let cdn = Invalidations::connect(Some(&nowhere)).await;
    let refused = cdn.invalidate(&items).await[&items[0].event].clone();
    let refused = refused.unwrap_err();
    assert!(!refused.is_passing(), "{refused}");
}

/// The paths of an invalidation, read with AWS's own client.
fn paths(moto: &Moto, distribution: &str, id: &str) -> Vec<String> {
    let script = format!(
        "found = client.get_invalidation(DistributionId='{distribution}', Id='{id}')\n\
         print('\\n'.join(sorted(found['Invalidation']['InvalidationBatch']['Paths']['Items'])))"
    );
    python(moto, &script).lines().map(str::to_owned).collect()
}

fn python(moto: &Moto, script: &str) -> String {
    let script = format!(
        "import boto3\nclient = boto3.client('cloudfront', endpoint_url='{}', region_name='us-east-1', \
         aws_access_key_id='key', aws_secret_access_key='secret')\n{script}",
        moto.url()
    );
    let program = moto.python().program("python");
    let output = std::process::Command::new(program)
        .args(["-c", &script])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
