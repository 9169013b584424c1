//! The entry of the fuzz target, for some seconds over a mutated corpus: for machines without a compiler that
//! can fuzz. Seeds go up from one, so what one run finds the next one finds too.

use std::time::{Duration, Instant};

use picup_thumbnailer::fuzz_photo;

use crate::nasty::mutants::{mutated, photos};

const TIME: Duration = Duration::from_secs(5);

#[test]
fn no_changed_photo_stops_the_decoders() {
    let photos = photos();
    let begun = Instant::now();
    let mut seed = 1000;
    while begun.elapsed() < TIME {
        for (content_type, whole) in &photos {
            let mutant = mutated(whole, seed);
            let survived = std::panic::catch_unwind(|| drop(fuzz_photo(&mutant)));
            assert!(survived.is_ok(), "{content_type}, changed by {seed}");
        }
        seed += 1;
    }
    eprintln!("{} photos", (seed - 1000) * photos.len() as u64);
}
