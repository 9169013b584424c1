//! `picup import` as a process, killed with SIGKILL wherever it is, goes on when it runs again.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use picup_objects::account_prefix;
use picup_tests::{Person, System, eventually, jpeg, mp4_of, png, shared_servers};
use uuid::Uuid;

const PASSWORD: &str = "correct horse battery";

/// The binary that `cargo build --bins` has left beside the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().expect("this program");
    let folder = tests
        .parent()
        .and_then(Path::parent)
        .expect("a target folder");
    let program = folder.join("picup");
    assert!(
        program.exists(),
        "{} is missing: build it with `cargo build --bins`, as `make test` does",
        program.display()
    );
    program
}

fn picup(system: &System, folder: &Path) -> Command {
    let mut command = Command::new(program());
    command
        .env("PICUP_SERVER", system.url())
        .env("PICUP_CONFIG_DIR", folder)
        .stdin(Stdio::null());
    command
}

/// Mixed files: many small ones and a film of several hundred megabytes.
fn fill(folder: &Path) -> (usize, u64) {
    for seed in 0..150 {
        fs::write(folder.join(format!("{seed}.jpg")), jpeg(seed)).expect("a JPEG");
    }
    for seed in 0..20 {
        fs::write(folder.join(format!("{seed}.png")), png(1000 + seed)).expect("a PNG");
    }
    // First in order, so that it is under way whenever the import is killed.
    mp4_of(&folder.join("0 film.mp4"), 300_000_000);
    let sizes = fs::read_dir(folder).expect("a folder").map(|entry| {
        let metadata = entry.expect("an entry").metadata();
        metadata.expect("a size").len()
    });
    let sizes: Vec<u64> = sizes.collect();
    (sizes.len(), sizes.iter().sum())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_killed_three_times_ends_complete_and_reads_no_file_again() {
    let system = System::start(shared_servers(), &[]).await;
    let (home, pictures) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let (files, bytes) = fill(pictures.path());
    let email = format!("{}@example.org", Uuid::new_v4());
    let secret = home.path().join("password");
    fs::write(&secret, PASSWORD).expect("a file");
    let opened = picup(&system, home.path())
        .args([
            "account",
            "open",
            "--email",
            &email,
            "--name",
            "Mina",
            "--password-file",
        ])
        .arg(&secret)
        .status()
        .expect("it runs");
    assert!(opened.success());
    let mina = Person::sign_in(&system, &email, PASSWORD).await;
    let objects = system.objects().await;
    let prefix = account_prefix(mina.account);

    // Each time it gets so far, as S3 sees it, and not to its end.
    for objects_before in [10, 60, 120] {
        let mut importing = picup(&system, home.path())
            .arg("import")
            .arg(pictures.path())
            .args(["--album", "Killed", "--json"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        let patience = Instant::now() + Duration::from_mins(2);
        loop {
            let there = objects.list_after(&prefix, "", 1000).await;
            if there.expect("a listing").len() >= objects_before {
                break;
            }
            assert!(Instant::now() < patience, "it does not get on");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        importing.kill().expect("it is killed");
        importing.wait().expect("it is gone");
    }
    let last = picup(&system, home.path())
        .arg("import")
        .arg(pictures.path())
        .args(["--album", "Killed", "--json"])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&last.stderr);
    assert!(last.status.success(), "{said}");
    let summary: serde_json::Value = serde_json::from_slice(&last.stdout).expect("JSON");
    let count = |name: &str| summary[name].as_array().map_or(0, Vec::len);
    assert_eq!(count("stored") + count("skipped"), files, "{summary}");
    assert_eq!((count("failed"), count("refused")), (0, 0), "{summary}");
    // Those whose checksums no killed run had got to; a kill can cost a few more, whose line was not written yet.
    let hashed = summary["hashed"].as_u64().expect("a number");
    assert!(
        hashed <= files as u64 - 100,
        "{hashed} of {files} files were read again"
    );

    let usage = || async {
        let usage = mina.usage(None).await.expect("usage");
        (
            usage.stored_bytes,
            usage.reserved_bytes,
            usage.photos,
            usage.videos,
        )
    };
    eventually(
        Duration::from_mins(1),
        &(bytes, 0, files as u64 - 1, 1),
        usage,
    )
    .await;
    let there = objects
        .list_after(&prefix, "", 1000)
        .await
        .expect("a listing");
    assert_eq!(there.len(), files, "an object for each file and no more");
    let open = objects.list_multiparts(&prefix, None).await;
    assert_eq!(open.expect("a listing"), [], "no part is left");

    // Once more, there is nothing to do and nothing to read.
    let again = picup(&system, home.path())
        .arg("import")
        .arg(pictures.path())
        .args(["--album", "Killed", "--json"])
        .output()
        .expect("it runs");
    let summary: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!(summary["hashed"], 0, "{summary}");
    assert_eq!(summary["skipped"].as_array().map_or(0, Vec::len), files);
}
