/// More than this is a leak: the largest service needs some 100 MB.
pub const LIMIT: u64 = 400 * 1024 * 1024;

/// The most memory that a process has had resident, in bytes.
pub fn peak_of(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_process_has_had_some_memory() {
        assert!(super::peak_of(std::process::id()).is_some_and(|peak| peak > 100_000));
    }
}
