//! One original in one process, and what that took.

use std::{
    ffi::OsStr,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use picup_thumbnailer::{Bytes, Limits, Programs, Renderer};

use super::inputs::Input;
use crate::{report::Figure, statistics::Pairs};

/// What a process took, with the processes that it started.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// On the clock.
    pub seconds: f64,
    /// Of processor time.
    pub processor_seconds: f64,
    /// At its peak: the largest of its processes.
    pub memory_mib: f64,
}

/// Renders one original into a folder: what this program does when it is called to be measured.
pub async fn render(original: &Path, content_type: &str, folder: &Path) -> anyhow::Result<()> {
    let programs = Programs::on_path(&std::env::var_os("PATH").unwrap_or_default());
    let renderer = Renderer::new(Limits::default(), programs);
    let made = renderer.render(original, content_type, folder).await?;
    for rendition in made.renditions {
        if let Bytes::InMemory(bytes) = rendition.bytes {
            tokio::fs::write(folder.join(rendition.name), bytes).await?;
        }
    }
    Ok(())
}

/// Ours.
pub fn ours(input: &Input, folder: &Path) -> anyhow::Result<Cost> {
    let program = std::env::current_exe()?;
    let arguments = [
        OsStr::new("--render"),
        input.file.as_os_str(),
        OsStr::new(input.content_type),
        folder.as_os_str(),
    ];
    cost(program.as_os_str(), &arguments, folder)
}

/// The program that people would use otherwise. The smaller picture is made of the larger one, as ours is.
pub fn bare(input: &Input, folder: &Path) -> anyhow::Result<Cost> {
    let script = if input.content_type == "video/mp4" {
        "ffmpeg -nostdin -v error -y -ss 0.3 -i \"$0\" -frames:v 1 \
         -filter_complex '[0:v]scale=1600:-2,split[a][b];[b]scale=400:-2[c]' \
         -map '[a]' -q:v 3 poster.jpg -map '[c]' -q:v 3 -frames:v 1 grid.jpg"
    } else {
        "vipsthumbnail \"$0\" -s 1600 -o \"$PWD/screen.jpg[Q=82,strip]\" && \
         vipsthumbnail screen.jpg -s 400 -o \"$PWD/grid.jpg[Q=82,strip]\""
    };
    let arguments = [OsStr::new("-c"), OsStr::new(script), input.file.as_os_str()];
    cost(OsStr::new("sh"), &arguments, folder)
}

/// Runs a program under GNU time, which tells of all its processes.
fn cost(program: &OsStr, arguments: &[&OsStr], folder: &Path) -> anyhow::Result<Cost> {
    let told = folder.join("cost");
    let status = Command::new("/usr/bin/time")
        .args(["-q", "-f", "%e %U %S %M", "-o"])
        .arg(&told)
        .arg(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .status()?;
    anyhow::ensure!(status.success(), "{} failed", program.display());
    let told = fs::read_to_string(told)?;
    let numbers: Vec<f64> = told
        .split_whitespace()
        .filter_map(|number| number.parse().ok())
        .collect();
    let [seconds, user, system, kibibytes] = numbers[..] else {
        anyhow::bail!("time says {told:?}");
    };
    Ok(Cost {
        seconds,
        processor_seconds: user + system,
        memory_mib: kibibytes / 1024.0,
    })
}

/// The costs of one original.
#[derive(Default)]
pub struct Figures {
    per_second: Pairs,
    processor: Pairs,
    memory: Pairs,
}

impl Figures {
    /// Adds a pair.
    pub fn add(&mut self, ours: Cost, bare: Cost) {
        let per_second = |cost: Cost| 1.0 / cost.seconds.max(0.01);
        self.per_second.add(per_second(ours), per_second(bare));
        // GNU time counts in hundredths.
        let processor = |cost: Cost| cost.processor_seconds.max(0.01);
        self.processor.add(processor(ours), processor(bare));
        self.memory.add(ours.memory_mib, bare.memory_mib);
    }

    /// As lines of the report.
    pub fn of(self, input: &Input) -> Vec<Figure> {
        let [speed, processor, memory] = input.names;
        let goal = self.per_second.ratio().median >= 1.0;
        let speed = Figure::of_pairs(speed, input.what, "a second", &self.per_second);
        vec![
            speed.with_goal("at least as fast", goal),
            Figure::of_pairs(processor, "processor time for one", "s", &self.processor),
            Figure::of_pairs(
                memory,
                "the largest process at its peak",
                "MiB",
                &self.memory,
            ),
        ]
    }
}
