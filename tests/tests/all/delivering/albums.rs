use std::{fs, path::Path, process::Command};

use picup::{
    client::Client,
    download::download_archive,
    import::{ImportOptions, Silent, import},
    session::Session,
};
use picup_local_stack::PythonEnvironment;
use picup_proto::queries::v1::ListMediaRequest;
use picup_tests::{Person, System, jpeg, png, send, shared_servers};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Shown;

/// What others make of an archive: names with lengths, as Python reads it, when it finds nothing wrong.
fn read(path: &Path) -> String {
    let programs = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let python = PythonEnvironment::prepare(programs, &|message| eprintln!("{message}"));
    let code = "import sys, zipfile\na = zipfile.ZipFile(sys.argv[1])\nassert a.testzip() is None\n\
                print(sorted((i.filename, i.file_size) for i in a.infolist()))";
    let listed = Command::new(python.expect("Python").program("python"))
        .args(["-c", code])
        .arg(path)
        .output()
        .expect("python runs");
    assert!(
        listed.status.success(),
        "{}",
        String::from_utf8_lossy(&listed.stderr)
    );
    String::from_utf8(listed.stdout)
        .expect("text")
        .trim()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_album_is_an_archive_for_its_owner_and_for_nobody_else() {
    let system = System::start(shared_servers(), &[]).await;
    let shown = Shown::in_system(&system).await;
    let second = png(3);
    let (_, token) = shown
        .person
        .upload(&shown.album, "image/png", &second)
        .await;
    let listed = shown.person.request(ListMediaRequest {
        token: Some(token),
        album_id: shown.album.clone(),
        ..ListMediaRequest::default()
    });
    shown
        .person
        .album_queries()
        .list_media(listed)
        .await
        .expect("a list");

    let path = format!("/u/{}/a/{}.zip", shown.person.account, shown.album);
    let (url, bearer) = (system.url(), shown.person.bearer());
    let by_token = send("GET", &url, &path, &[("authorization", bearer.as_str())]).await;
    assert_eq!(by_token.status, 200, "{:?}", by_token.headers);
    assert_eq!(
        by_token.header("content-length"),
        by_token.body.len().to_string()
    );
    assert_eq!(by_token.header("content-type"), "application/zip");
    let name = "attachment; filename=\"Jeju.zip\"; filename*=UTF-8''Jeju.zip";
    assert_eq!(by_token.header("content-disposition"), name);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.zip");
    fs::write(&file, &by_token.body).expect("it is written");
    // Both are called "picture"; the newer one comes first.
    let expected = format!(
        "[('picture', {}), ('picture (2)', {})]",
        second.len(),
        shown.bytes.len()
    );
    assert_eq!(read(&file), expected);

    let signed = format!("{path}?{}", shown.delivery.query);
    assert!(
        send("GET", &url, &signed, &[]).await.body == by_token.body,
        "the same by a signed link"
    );
    let head = send("HEAD", &url, &signed, &[]).await;
    assert_eq!(
        head.header("content-length"),
        by_token.header("content-length")
    );

    let stranger = Person::sign_up(&system).await.bearer();
    for (path, headers, status) in [
        (path.clone(), vec![], 403),
        (
            path.clone(),
            vec![("authorization", stranger.as_str())],
            404,
        ),
        (
            path.clone(),
            vec![("authorization", "Bearer nonsense")],
            401,
        ),
        (
            format!("{path}?{}", shown.delivery.query.replace("LOCAL1", "X")),
            vec![],
            403,
        ),
        (
            path.replace(&shown.album, &Uuid::now_v7().to_string()),
            vec![("authorization", bearer.as_str())],
            404,
        ),
    ] {
        assert_eq!(
            send("GET", &url, &path, &headers).await.status,
            status,
            "{path} {headers:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_lacks_an_original_does_not_look_whole() {
    let system = System::start(shared_servers(), &[]).await;
    let shown = Shown::in_system(&system).await;
    let media = shown.media.parse().expect("an id");
    let objects = system.objects().await;
    objects
        .remove(shown.person.account, media)
        .await
        .expect("it is removed");
    let path = format!(
        "/u/{}/a/{}.zip?{}",
        shown.person.account, shown.album, shown.delivery.query
    );
    let broken = send("GET", &system.url(), &path, &[]).await;
    let told: usize = broken.header("content-length").parse().expect("a number");
    assert!(broken.body.len() < told, "{} of {told}", broken.body.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_saves_an_album_as_an_archive() {
    let system = System::start(shared_servers(), &[]).await;
    let client = Client::new(&system.url(), Session::in_memory()).expect("a client");
    let email = format!("{}@example.org", Uuid::new_v4());
    let opened = client
        .open_account(&email, "Mina", "correct horse battery")
        .await;
    opened.expect("an account");
    let folder = tempfile::tempdir().expect("a folder");
    let pictures = folder.path().join("pictures");
    let mut expected = Vec::new();
    for (seed, name) in ["one/바다.jpg", "two/바다.jpg", "a:b?.jpg"]
        .iter()
        .enumerate()
    {
        let path = pictures.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        let bytes = jpeg(u32::try_from(seed).expect("small"));
        fs::write(&path, &bytes).expect("a picture");
        expected.push(bytes.len());
    }
    let options = ImportOptions {
        paths: vec![pictures],
        album: "제주".to_owned(),
        parallel: 1,
        keep_duplicates: false,
        state: None,
        cancel: CancellationToken::new(),
    };
    let summary = import(&client, options, &Silent).await.expect("an import");
    summary.verdict().expect("all of it");
    let album = client.find_album("제주").await.expect("an album");
    client.media_of(&album.album_id).await.expect("a list");
    let zip = folder.path().join("jeju.zip");
    let bytes = download_archive(&client, &album.album_id, &zip)
        .await
        .expect("an archive");
    assert_eq!(fs::metadata(&zip).expect("a file").len(), bytes);
    let told = read(&zip);
    for name in ["'바다.jpg'", "'바다 (2).jpg'", "'a_b_.jpg'"] {
        assert!(told.contains(name), "{told}");
    }
    let again = download_archive(&client, &album.album_id, &zip).await;
    assert!(
        again
            .expect_err("it is there")
            .to_string()
            .contains("already")
    );
    assert_eq!(
        fs::read_dir(folder.path()).expect("a folder").count(),
        2,
        "nothing half is left"
    );
}
