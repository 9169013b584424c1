use super::measured::{FirstLoad, Input, Measured, Memory, Places, Scrolled};
use crate::{
    report::Figure,
    statistics::{Pairs, Spread},
};

const KILOBYTE: f64 = 1000.0;
const MEBIBYTE: f64 = 1024.0 * 1024.0;
const SCRIPT_KILOBYTES: f64 = 130.0;
/// Of the window, times how far it moved: nobody sees less.
const JUMP: f64 = 0.001;
/// A task from this length on is a long one, in milliseconds.
const LONG: f64 = 50.0;
/// What a page may have more in memory at the end of an album than in its middle: the ids of what was seen on the way.
const GROWTH: f64 = 1.25;

/// The lines of the report.
pub fn of(measured: &Measured) -> Vec<Figure> {
    let scrolling = &measured.scrolling;
    let mut figures = first_load(&measured.first_load);
    figures.push(jumps(measured.first_load.jumps.max(scrolling.jumps)));
    figures.push(inputs(&measured.inputs));
    let ways = [
        (
            "stroll",
            "turning the wheel so slowly that every picture is seen, for 10 s: frames that were shown",
            &scrolling.stroll,
        ),
        (
            "wheel to the end",
            "turning the wheel from the top of the album to its end in a minute: frames that were shown",
            &scrolling.wheel,
        ),
        (
            "scrubber",
            "dragging the scrubber from the top to the end in 10 s: frames that were shown",
            &scrolling.scrubber,
        ),
    ];
    for (name, measured, scrolled) in ways {
        figures.extend(way(name, measured, scrolled));
    }
    figures.extend(memory(&scrolling.memory));
    figures
}

fn first_load(load: &FirstLoad) -> Vec<Figure> {
    let kilobytes = load.script_bytes / KILOBYTE;
    let scripts = alone(
        "page scripts",
        "all scripts of a first visit to an album, compressed as they travel",
        "KB",
        kilobytes,
    );
    let uncompressed = alone(
        "… uncompressed",
        "the same as they are read",
        "KB",
        load.script_bytes_uncompressed / KILOBYTE,
    );
    let mut rounds = Pairs::default();
    for round in &load.rounds {
        rounds.add(round.ours, round.bare);
    }
    let picture = Figure::of_pairs(
        "first picture",
        "from the navigation of a browser that has never been here until the first picture of the album is painted; bare: the \
         same page, scripts, shape, items and picture by plain HTTP, one after the other",
        "ms",
        &rounds,
    );
    let reached = kilobytes < SCRIPT_KILOBYTES;
    vec![
        scripts.with_goal("< 130 KB", reached),
        uncompressed,
        picture,
    ]
}

fn jumps(moved: f64) -> Figure {
    let figure = alone(
        "page jumps",
        "what moves by itself while an album fills and is scrolled: share of the window times how far",
        "shift",
        moved,
    );
    figure.with_goal("none", moved < JUMP)
}

/// What took longest is told by name.
fn inputs(inputs: &[Input]) -> Figure {
    let slowest = inputs
        .iter()
        .max_by(|left, right| left.milliseconds.total_cmp(&right.milliseconds));
    if let Some(Input { what, milliseconds }) = slowest {
        eprintln!("web: the slowest answer was that to: {what} ({milliseconds} ms)");
    }
    let delays: Vec<f64> = inputs.iter().map(|input| input.milliseconds).collect();
    Figure::alone(
        "input delay",
        "from a key or a click until the page has shown that it was noticed: the viewer, going from item to item, choosing one, \
         some and all; what takes less than 16 ms counts as that",
        "ms",
        Spread::of(&delays),
    )
}

fn way(name: &'static str, measured: &'static str, scrolled: &Scrolled) -> Vec<Figure> {
    let frames = &scrolled.frames;
    let shown = frames.whole + frames.partly;
    let percent = |count: f64| 100.0 * count / (shown + frames.dropped).max(1.0);
    let tasks = &scrolled.long_tasks;
    let longest = tasks.iter().map(|task| task.milliseconds);
    let own = tasks.iter().map(|task| task.processor_milliseconds);
    let busiest = own.clone().fold(0.0, f64::max);
    vec![
        alone(name, measured, "frames/s", shown / scrolled.seconds),
        alone(
            "… dropped",
            "frames of which nothing was shown in time",
            "%",
            percent(frames.dropped),
        ),
        alone(
            "… in part",
            "frames that moved in time, while what was new on them came with a later one",
            "%",
            percent(frames.partly),
        ),
        alone(
            "… long tasks",
            "tasks that kept the page from answering for over 50 ms on the clock",
            "tasks",
            count(tasks.len()),
        ),
        alone(
            "… longest",
            "the longest task on the clock; others use the processors, too",
            "ms",
            longest.fold(0.0, f64::max),
        ),
        alone(
            "… busiest",
            "the most processor time of any long task",
            "ms",
            busiest,
        )
        .with_goal("≤ 50 ms", busiest <= LONG),
    ]
}

fn memory(places: &Places) -> Vec<Figure> {
    let at_end = |of: fn(&Memory) -> f64| {
        let mut pair = Pairs::default();
        pair.add(of(&places.end), of(&places.middle));
        pair
    };
    let heap = at_end(|memory| memory.heap_bytes / MEBIBYTE);
    let reached = heap.ratio().max <= GROWTH;
    vec![
        Figure::of_pairs(
            "page memory",
            "of scripts, once all is thrown away that can be, at the end of the album; bare: in its middle",
            "MiB",
            &heap,
        )
        .with_goal("no growth", reached),
        alone(
            "… at the top",
            "the same before anybody has scrolled far",
            "MiB",
            places.top.heap_bytes / MEBIBYTE,
        ),
        Figure::of_pairs(
            "… nodes",
            "of the document, in the same places",
            "nodes",
            &at_end(|memory| memory.nodes),
        ),
        Figure::of_pairs(
            "… process",
            "of the page's whole process, with pictures that its browser keeps ready while memory is not short",
            "MiB",
            &at_end(|memory| memory.process_bytes / MEBIBYTE),
        ),
    ]
}

fn alone(name: &'static str, measured: &'static str, unit: &'static str, value: f64) -> Figure {
    Figure::alone(name, measured, unit, Spread::of(&[value]))
}

#[expect(clippy::cast_precision_loss, reason = "a few tasks")]
fn count(tasks: usize) -> f64 {
    tasks as f64
}
