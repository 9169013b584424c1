//! Randomness that is the same each time.

/// A number from 0 to 1 that looks random, for a place on a grid.
pub fn hash(x: i32, y: i32, seed: u32) -> f32 {
    let mut bits = x.cast_unsigned().wrapping_mul(0x9E37_79B1)
        ^ y.cast_unsigned().wrapping_mul(0x85EB_CA77)
        ^ seed.wrapping_mul(0xC2B2_AE3D);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x2C1B_3C6D);
    bits = (bits ^ (bits >> 12)).wrapping_mul(0x297A_2D39);
    bits ^= bits >> 15;
    f32::from(u16::try_from(bits >> 16).unwrap_or(0)) / 65535.0
}

/// From 0 to 1, smooth: hills and clouds are sums of it.
pub fn smooth(x: f32, y: f32, seed: u32) -> f32 {
    let (column, row) = (whole(x), whole(y));
    let (across, down) = (ease(x - x.floor()), ease(y - y.floor()));
    let top = mix(hash(column, row, seed), hash(column + 1, row, seed), across);
    let bottom = mix(
        hash(column, row + 1, seed),
        hash(column + 1, row + 1, seed),
        across,
    );
    mix(top, bottom, down)
}

/// From 0 to 1: smooth noise with finer and finer detail.
pub fn layered(x: f32, y: f32, octaves: u32, seed: u32) -> f32 {
    let (mut sum, mut weights, mut weight, mut scale) = (0.0, 0.0, 1.0, 1.0);
    for octave in 0..octaves {
        sum += weight * smooth(x * scale, y * scale, seed.wrapping_add(octave));
        weights += weight;
        weight *= 0.5;
        scale *= 2.03;
    }
    sum / weights
}

/// From one value to another.
pub fn mix(from: f32, to: f32, share: f32) -> f32 {
    from + (to - from) * share
}

/// From 0 to 1 between two edges, without a kink.
pub fn step(from: f32, to: f32, value: f32) -> f32 {
    ease(((value - from) / (to - from)).clamp(0.0, 1.0))
}

fn ease(share: f32) -> f32 {
    share * share * (3.0 - 2.0 * share)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "pictures are a few thousand steps wide"
)]
fn whole(value: f32) -> i32 {
    value.floor() as i32
}
