use std::{
    fs::File,
    io::{BufWriter, Seek as _, SeekFrom, Write as _},
    path::Path,
    process::Command,
    sync::Arc,
};

use picup_delivery::archive::{Archive, Crc32, Entry, length_of};
use picup_local_stack::{Package, install_missing};

/// A whole mebibyte, which long files are made of.
static MEBIBYTE: [u8; 1 << 20] = [0; 1 << 20];

fn entry(name: &str, bytes: u64) -> Entry {
    Entry {
        name: name.to_owned(),
        bytes,
        modified_at: 1_767_225_601,
    }
}

/// Writes an archive whose files hold zeros, as holes: only what the archive adds is really written.
fn write(path: &Path, entries: Vec<Entry>) {
    let entries: Arc<[Entry]> = entries.into();
    let mut file = BufWriter::new(File::create(path).unwrap());
    let mut archive = Archive::new(entries.clone());
    while let Some((at, header)) = archive.begin() {
        file.write_all(&header).unwrap();
        let bytes = entries[at].bytes;
        file.seek(SeekFrom::Current(i64::try_from(bytes).unwrap()))
            .unwrap();
        file.write_all(&archive.end(crc_of_zeros(bytes))).unwrap();
    }
    for piece in archive.close() {
        file.write_all(&piece).unwrap();
    }
    let file = file.into_inner().unwrap();
    assert_eq!(
        file.metadata().unwrap().len(),
        length_of(&entries),
        "the length was told right"
    );
}

/// By doubling, since 4 GiB take long in a debug build.
fn crc_of_zeros(bytes: u64) -> u32 {
    let length = MEBIBYTE.len() as u64;
    let mut sum = Crc32::new();
    sum.update(&MEBIBYTE[..usize::try_from(bytes % length).unwrap()]);
    let (mut power, mut left) = (Crc32::new(), bytes / length);
    power.update(&MEBIBYTE);
    while left > 0 {
        if left % 2 == 1 {
            sum.combine(&power);
        }
        let same = power.clone();
        power.combine(&same);
        left /= 2;
    }
    sum.finalize()
}

fn unzip_tests(path: &Path, members: &[&str]) {
    let unzip = Package {
        program: "unzip",
        package: "unzip",
    };
    install_missing(&[unzip], &|message| eprintln!("{message}")).unwrap();
    let output = Command::new("unzip")
        .arg("-tqq")
        .arg(path)
        .args(members)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "unzip: {said}");
}

fn python(path: &Path, code: &str) -> String {
    let code = format!("import sys, zipfile\narchive = zipfile.ZipFile(sys.argv[1])\n{code}");
    let output = Command::new(crate::python::python())
        .arg("-c")
        .arg(code)
        .arg(path)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "python3: {errors}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn others_read_our_archives_and_their_names_and_times() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    write(
        &path,
        vec![
            entry("바다 (1).jpg", 5),
            entry("empty", 0),
            entry("b.mp4", 3_000_000),
        ],
    );
    unzip_tests(&path, &[]);
    let told = python(
        &path,
        "print(archive.testzip(), [(i.filename, i.file_size, i.date_time, oct(i.external_attr >> 16)) for i in archive.infolist()])",
    );
    let time = "(2026, 1, 1, 0, 0, 0), '0o100644'";
    assert_eq!(
        told,
        format!(
            "None [('바다 (1).jpg', 5, {time}), ('empty', 0, {time}), ('b.mp4', 3000000, {time})]"
        )
    );
}

#[test]
fn an_archive_of_nothing_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.zip");
    write(&path, Vec::new());
    assert_eq!(python(&path, "print(archive.namelist())"), "[]");
}

#[test]
fn files_and_archives_beyond_four_gibibytes_are_right() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.zip");
    // One byte below what 4 bytes hold, just that, and beyond; what follows begins beyond 4 GiB.
    write(
        &path,
        vec![
            entry("large", (1 << 32) + 7),
            entry("edge", (1 << 32) - 1),
            entry("after", 9),
        ],
    );
    let told = python(
        &path,
        "print([(i.filename, i.file_size) for i in archive.infolist()], archive.read('after'))",
    );
    assert_eq!(
        told,
        r"[('large', 4294967303), ('edge', 4294967295), ('after', 9)] b'\x00\x00\x00\x00\x00\x00\x00\x00\x00'"
    );
    // unzip takes a length of just 4 GiB less one for its mark of a longer one.
    write(
        &path,
        vec![entry("large", (1 << 32) + 7), entry("after", 9)],
    );
    unzip_tests(&path, &["after"]);
}

#[test]
fn more_than_65535_files_are_right() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.zip");
    for files in [65_534, 65_535, 65_536] {
        let entries = (0..files).map(|number| entry(&format!("{number}.jpg"), 1));
        write(&path, entries.collect());
        let told = python(
            &path,
            "print(len(archive.namelist()), archive.namelist()[-1])",
        );
        assert_eq!(told, format!("{files} {}.jpg", files - 1));
    }
    unzip_tests(&path, &[]);
}
