//! `picup import` and `picup download`, the library that the CLI is made of, against the whole system.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use picup::{
    client::Client,
    import::{ImportOptions, Silent, Summary, import},
    session::Session,
};
use picup_tests::{Service, System, jpeg, mp4_of, png, shared_servers};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

async fn client(system: &System) -> Client {
    let client = Client::new(&system.url(), Session::in_memory()).expect("a client");
    let email = format!("{}@example.org", Uuid::new_v4());
    client
        .open_account(&email, "Mina", "correct horse battery")
        .await
        .expect("an account");
    client
}

async fn import_folder(client: &Client, folder: &Path, album: &str) -> Summary {
    let options = ImportOptions {
        paths: vec![folder.to_owned()],
        album: album.to_owned(),
        parallel: 8,
        keep_duplicates: false,
        state: None,
        cancel: CancellationToken::new(),
    };
    import(client, options, &Silent)
        .await
        .expect("the import runs")
}

/// A folder as people have them: nested, with spaces and Korean names, and with what is no picture.
fn folder_of_files(root: &Path) -> BTreeMap<String, PathBuf> {
    let nested = root.join("제주 여행/둘째 날");
    fs::create_dir_all(&nested).expect("folders");
    let mut files = BTreeMap::new();
    let mut keep = |path: PathBuf| {
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        files.insert(name, path);
    };
    for seed in 0..6 {
        let path = root.join(format!("picture {seed}.jpg"));
        fs::write(&path, jpeg(seed)).expect("a JPEG");
        keep(path);
    }
    let path = nested.join("한라산 정상.png");
    fs::write(&path, png(100)).expect("a PNG");
    keep(path);
    for (name, bytes) in [("short clip.mp4", 0), ("long film.mp4", 200_000_000)] {
        let path = nested.join(name);
        mp4_of(&path, bytes);
        keep(path);
    }
    fs::write(root.join("empty.jpg"), b"").expect("an empty file");
    fs::write(nested.join("notes.jpg"), b"these are only notes").expect("a text file");
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_real_files_is_imported_listed_counted_and_comes_back_byte_for_byte() {
    let system = System::start(shared_servers(), &[]).await;
    let client = client(&system).await;
    let root = tempfile::tempdir().expect("a folder");
    let files = folder_of_files(root.path());
    let sizes = files
        .values()
        .map(|path| fs::metadata(path).expect("a size").len());
    let sum: u64 = sizes.sum();

    let summary = import_folder(&client, root.path(), "Jeju").await;
    assert_eq!(summary.stored.len(), files.len(), "{}", summary.text());
    let mut refused: Vec<_> = summary
        .refused
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    refused.sort_unstable();
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(
        summary
            .refused
            .iter()
            .any(|file| file.path.ends_with("empty.jpg") && file.reason.contains("empty"))
    );
    assert!(summary.refused.iter().any(|file| file.path.ends_with("notes.jpg") && file.reason.contains("neither a photo")));
    assert!(
        summary.verdict().is_err(),
        "what was refused makes the command fail"
    );

    let usage = client.usage().await.expect("usage");
    assert_eq!((usage.stored_bytes, usage.reserved_bytes), (sum, 0));
    assert_eq!((usage.photos, usage.videos), (7, 2));
    let listed = client
        .media_of(&summary.album_id.expect("an album"))
        .await
        .expect("a listing");
    assert_eq!(listed.len(), files.len());
    for media in listed {
        let original = client.original(&media.media_id).await.expect("a URL");
        let mut download = client
            .transfer()
            .get(&original.url)
            .await
            .expect("a download");
        let mut bytes = Vec::new();
        while let Some(chunk) = download.chunk().await.expect("a chunk") {
            bytes.extend_from_slice(&chunk);
        }
        let path = &files[&media.file_name];
        assert!(
            bytes == fs::read(path).expect("the file"),
            "{} differs",
            media.file_name
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_run_again_stores_nothing_twice() {
    let system = System::start(shared_servers(), &[]).await;
    let client = client(&system).await;
    let root = tempfile::tempdir().expect("a folder");
    for seed in 0..10 {
        fs::write(root.path().join(format!("{seed}.jpg")), jpeg(seed)).expect("a JPEG");
    }
    // Two at once, as when somebody is impatient.
    let (first, second) = tokio::join!(
        import_folder(&client, root.path(), "Album"),
        import_folder(&client, root.path(), "Album"),
    );
    for summary in [&first, &second] {
        assert!(summary.verdict().is_ok(), "{}", summary.text());
    }
    let again = import_folder(&client, root.path(), "Album").await;
    assert_eq!((again.stored.len(), again.skipped.len()), (0, 10));
    let sum: u64 = (0..10).map(|seed| jpeg(seed).len() as u64).sum();
    let usage = client.usage().await.expect("usage");
    assert_eq!(
        (usage.stored_bytes, usage.reserved_bytes, usage.photos),
        (sum, 0, 10)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_interrupted_goes_on_where_it_was() {
    let system = System::start(shared_servers(), &[]).await;
    let client = client(&system).await;
    let root = tempfile::tempdir().expect("a folder");
    for seed in 0..60 {
        fs::write(root.path().join(format!("{seed}.jpg")), jpeg(seed)).expect("a JPEG");
    }
    let cancel = CancellationToken::new();
    let options = ImportOptions {
        paths: vec![root.path().to_owned()],
        album: "Album".to_owned(),
        parallel: 4,
        keep_duplicates: false,
        state: None,
        cancel: cancel.clone(),
    };
    let stop_early = async {
        while client.usage().await.is_ok_and(|usage| usage.photos < 5) {}
        cancel.cancel();
    };
    let (interrupted, ()) = tokio::join!(import(&client, options, &Silent), stop_early);
    let interrupted = interrupted.expect("it runs");
    assert!(
        interrupted.interrupted && interrupted.stored.len() < 60,
        "{}",
        interrupted.text()
    );

    let rest = import_folder(&client, root.path(), "Album").await;
    assert!(rest.verdict().is_ok(), "{}", rest.text());
    let sum: u64 = (0..60).map(|seed| jpeg(seed).len() as u64).sum();
    let usage = client.usage().await.expect("usage");
    assert_eq!(
        (usage.stored_bytes, usage.reserved_bytes, usage.photos),
        (sum, 0, 60)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_outlives_a_gateway_that_is_killed_and_comes_back() {
    let mut system = System::start(shared_servers(), &[]).await;
    let client = client(&system).await;
    let root = tempfile::tempdir().expect("a folder");
    for seed in 0..60 {
        fs::write(root.path().join(format!("{seed}.jpg")), jpeg(seed)).expect("a JPEG");
    }
    let folder = root.path().to_owned();
    let importing = tokio::spawn({
        let client = client.clone();
        async move { import_folder(&client, &folder, "Album").await }
    });
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        system.kill_service(Service::Gateway);
        system.start_service(Service::Gateway).await;
    }
    let summary = importing.await.expect("the import ends");
    assert!(summary.verdict().is_ok(), "{}", summary.text());
    let usage = client.usage().await.expect("usage");
    assert_eq!((usage.photos, usage.reserved_bytes), (60, 0));
}
