//! What a process that is killed with a running stack leaves behind.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use picup_local_stack::{LocalStack, Options};

use crate::clients::{pids, silent};
use crate::processes::{eventually, exists, of_folder};

/// Set for a process that is to start a stack and then to be killed: the folder to keep data in,
/// or nothing for a throw-away stack.
const ROLE: &str = "PICUP_TEST_STACK_TO_BE_KILLED";

#[test]
#[ignore = "run by the tests below as a process of its own"]
fn process_with_a_stack() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let (mode, folder) = role.split_once(' ').unwrap();
    let folder = PathBuf::from(folder);
    let options = match mode {
        "keep" => Options::keep(folder),
        _ => Options {
            folder,
            ..Options::throw_away()
        },
    };
    let stack = LocalStack::start(options, &silent).unwrap();
    println!("\nfolder {}", stack.folder().path().display());
    for pid in pids(&stack) {
        println!("pid {pid}");
    }
    println!("ready");
    loop {
        std::thread::park();
    }
}

/// Starts such a process, kills it with SIGKILL and returns the folder and pids of its stack.
fn killed_process(role: &str) -> (PathBuf, Vec<u32>) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "killed::process_with_a_stack",
            "--ignored",
            "--nocapture",
        ])
        .env(ROLE, role)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let lines: Vec<String> = lines.take_while(|line| line != "ready").collect();
    let after = |word: &'static str| lines.iter().filter_map(move |line| line.strip_prefix(word));
    let folder = after("folder ").next().map(PathBuf::from);
    let pids: Vec<u32> = after("pid ").map(|pid| pid.parse().unwrap()).collect();
    let alive = pids.iter().all(|pid| exists(*pid));
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(alive);
    assert_eq!(pids.len(), 4, "{lines:?}");
    (folder.unwrap(), pids)
}

fn nothing_is_left(folder: &Path, pids: &[u32]) -> bool {
    eventually(|| pids.iter().all(|pid| !exists(*pid)) && of_folder(folder).is_empty())
}

#[test]
fn a_killed_process_leaves_neither_process_nor_thrown_away_folder() {
    let parent = tempfile::tempdir().unwrap();
    let (folder, pids) = killed_process(&format!("throw-away {}", parent.path().display()));
    assert!(nothing_is_left(&folder, &pids), "{:?}", of_folder(&folder));
    assert!(eventually(|| !folder.exists()));
}

#[test]
fn a_killed_process_leaves_kept_data_that_can_be_used_at_once() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let (folder, pids) = killed_process(&format!("keep {}", data.display()));
    // Waits for the orderly end of the old servers by itself.
    let next = LocalStack::start(Options::keep(data), &silent).unwrap();
    assert!(pids.iter().all(|pid| !exists(*pid)));
    drop(next);
    assert!(nothing_is_left(&folder, &[]), "{:?}", of_folder(&folder));
}
