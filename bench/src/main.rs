//! Figures: ours beside the bare thing, in the same run.

fn main() {}
