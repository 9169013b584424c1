//! What runs on this machine, read from /proc.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Asks again and again, for a bounded time, until the answer is yes.
pub fn eventually(mut answer: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_mins(1);
    while Instant::now() < deadline {
        if answer() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

/// Whether a process with this id exists, be it a zombie.
pub fn exists(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// Every process that has to do with `folder`, by its command line, environment or working folder.
pub fn of_folder(folder: &Path) -> Vec<String> {
    let needle = folder.to_str().unwrap().as_bytes();
    let us = std::process::id();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        let file = |name: &str| fs::read(entry.path().join(name)).unwrap_or_default();
        let contains = |bytes: &[u8]| bytes.windows(needle.len()).any(|part| part == needle);
        let working_folder = fs::read_link(entry.path().join("cwd")).unwrap_or_default();
        if pid != us
            && (contains(&file("cmdline"))
                || contains(&file("environ"))
                || working_folder.starts_with(folder))
        {
            found.push(format!(
                "{pid} {}",
                String::from_utf8_lossy(&file("cmdline"))
            ));
        }
    }
    found
}
