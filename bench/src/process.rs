//! Reads memory and processor time of a process from the kernel.

use std::fs;
use std::io;
use std::path::Path;

/// Memory of a process, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Resident, shared pages included.
    pub resident: u64,
    /// Resident in no other process.
    pub private: u64,
}

/// Reads the memory of a process (`proc(5)`, `smaps_rollup`).
///
/// # Errors
/// When there is no such process.
pub fn memory(pid: u32) -> io::Result<Memory> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let kilobytes = |field: &str| -> u64 {
        text.lines()
            .find_map(|line| line.strip_prefix(field)?.split_whitespace().next()?.parse().ok())
            .unwrap_or(0)
    };
    Ok(Memory {
        resident: kilobytes("Rss:") * 1024,
        private: (kilobytes("Private_Clean:") + kilobytes("Private_Dirty:")) * 1024,
    })
}

/// The memory of all processes whose program has this name.
///
/// # Errors
/// When one of them ends meanwhile.
pub fn memory_of(program: &str) -> io::Result<Memory> {
    let mut sum = Memory::default();
    for pid in pids_of(program) {
        let memory = memory(pid)?;
        sum.resident += memory.resident;
        sum.private += memory.private;
    }
    Ok(sum)
}

fn pids_of(program: &str) -> impl Iterator<Item = u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .map(|entry| entry.path())
        .filter(move |path| {
            fs::read_to_string(path.join("comm")).is_ok_and(|its| its.trim() == program)
        })
        .filter_map(|path| path.file_name()?.to_str()?.parse().ok())
}

/// Seconds of processor time that a process has used, its threads included.
///
/// # Errors
/// When there is no such process.
pub fn processor_seconds(pid: u32) -> io::Result<f64> {
    let fields = stat_fields(&Path::new("/proc").join(pid.to_string()))?;
    Ok(ticks(&fields, 11) + ticks(&fields, 12))
}

/// Seconds of processor time of all processes whose program has this name, ended children included.
#[must_use]
pub fn processor_seconds_of(program: &str) -> f64 {
    pids_of(program)
        .filter_map(|pid| stat_fields(&Path::new("/proc").join(pid.to_string())).ok())
        .map(|fields| (11..=12).map(|index| ticks(&fields, index)).sum::<f64>())
        .sum()
}

/// The fields of `stat` after the program's name, which may contain spaces.
fn stat_fields(process: &Path) -> io::Result<Vec<u64>> {
    let text = fs::read_to_string(process.join("stat"))?;
    let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    Ok(after_name.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect())
}

/// A field in seconds. Linux counts processor time in hundredths of a second on every architecture that
/// we measure.
fn ticks(fields: &[u64], index: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "years of processor time are exact")]
    fields.get(index).map_or(0.0, |ticks| *ticks as f64 / 100.0)
}
