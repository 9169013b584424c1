use image::{Rgb, RgbImage};

use super::noise::{hash, layered, mix, step};

type Colour = [f32; 3];

/// A landscape. Lengths are in heights of the picture, from its top left corner.
pub struct Scene {
    pub file: &'static str,
    /// At the top, in the middle, and at the horizon.
    pub(super) sky: [Colour; 3],
    pub(super) sun: Sun,
    /// From the farthest to the nearest.
    pub(super) hills: &'static [Hills],
    /// Where a lake or the sea begins, if there is one.
    pub(super) water: Option<f32>,
    /// From 0, a clear sky, to 1.
    pub(super) clouds: f32,
    pub(super) stars: bool,
    pub(super) seed: u32,
}

/// The sun, or the moon.
pub(super) struct Sun {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) radius: f32,
    pub(super) glow: f32,
    pub(super) colour: Colour,
}

/// A row of hills.
pub(super) struct Hills {
    top: f32,
    height: f32,
    /// How many hills fit into the height of the picture.
    steepness: f32,
    colour: Colour,
    trees: bool,
}

/// Bare hills.
pub(super) const fn hills(top: f32, height: f32, steepness: f32, colour: Colour) -> Hills {
    Hills {
        top,
        height,
        steepness,
        colour,
        trees: false,
    }
}

/// Hills with firs on them.
pub(super) const fn wood(top: f32, height: f32, steepness: f32, colour: Colour) -> Hills {
    Hills {
        top,
        height,
        steepness,
        colour,
        trees: true,
    }
}

impl Scene {
    /// Draws it.
    #[expect(
        clippy::cast_precision_loss,
        reason = "pictures are a few thousand pixels wide"
    )]
    pub fn draw(&self, width: u32, height: u32) -> RgbImage {
        let scale = height as f32;
        // Each column has its own skyline; a pixel only compares with it.
        let skylines: Vec<Vec<f32>> = (0..width)
            .map(|column| self.skyline(column as f32 / scale))
            .collect();
        RgbImage::from_fn(width, height, |column, row| {
            let (x, y) = (column as f32 / scale, row as f32 / scale);
            let skyline = skylines.get(column as usize).map_or(&[][..], Vec::as_slice);
            let colour = match self.water {
                Some(shore) if y > shore => self.water(x, y, shore, skyline),
                _ => self.land_or_sky(x, y, skyline),
            };
            // A trace of grain, so that a smooth sky shows no bands.
            let grain = (hash(column.cast_signed(), row.cast_signed(), self.seed) - 0.5) / 255.0;
            Rgb(colour.map(|part| byte(part + grain)))
        })
    }

    fn skyline(&self, x: f32) -> Vec<f32> {
        let top = |(layer, seed): (&Hills, u32)| {
            let shape = layered(x * layer.steepness, 0.5, 6, seed);
            let hill = layer.top + layer.height * (0.5 - shape) * 1.6;
            if layer.trees {
                hill - trees(x, seed)
            } else {
                hill
            }
        };
        self.hills.iter().zip(self.seed..).map(top).collect()
    }

    fn land_or_sky(&self, x: f32, y: f32, skyline: &[f32]) -> Colour {
        let nearest = self.hills.iter().zip(skyline).enumerate().rev();
        for (depth, (layer, top)) in nearest {
            if y > *top {
                return self.land(x, y, layer, *top, depth);
            }
        }
        self.sky(x, y)
    }

    fn land(&self, x: f32, y: f32, layer: &Hills, top: f32, depth: usize) -> Colour {
        let seed = self.seed.wrapping_add(100);
        let texture = layered(x * 30.0, y * 60.0, 3, seed) - 0.5;
        let lit = 1.0 + 0.14 * texture - 0.35 * step(0.0, 0.3, y - top);
        let colour = layer.colour.map(|part| part * lit);
        // What is far away, and what lies low, fades into the haze.
        let far = if depth == 0 { 0.3 } else { 0.12 };
        let low = 0.25
            * step(0.0, 0.22, y - top)
            * if depth + 1 == self.hills.len() {
                0.0
            } else {
                1.0
            };
        blend(colour, self.sky[2], far + low)
    }

    fn sky(&self, x: f32, y: f32) -> Colour {
        let horizon = self.water.unwrap_or(0.7);
        let down = (y / horizon).clamp(0.0, 1.0);
        let mut colour = if down < 0.6 {
            blend(self.sky[0], self.sky[1], down / 0.6)
        } else {
            blend(self.sky[1], self.sky[2], (down - 0.6) / 0.4)
        };
        if self.stars {
            let star = star(x, y, self.seed) * (1.0 - down);
            colour = blend(colour, [1.0, 1.0, 0.95], star);
        }
        let distance = (x - self.sun.x).hypot(y - self.sun.y);
        let glow = self.sun.glow * (-distance * distance * 9.0).exp();
        colour = blend(colour, self.sun.colour, glow);
        let disc = 1.0 - step(self.sun.radius - 0.002, self.sun.radius + 0.002, distance);
        if self.sun.radius > 0.0 {
            colour = blend(colour, self.sun.colour, disc);
        }
        let cover = layered(x * 1.8, y * 6.5, 5, self.seed.wrapping_add(50));
        let cloud = self.clouds * step(0.48, 0.72, cover) * (1.0 - 0.6 * step(0.7, 1.0, down));
        let bright = self.sky[2].map(|part| mix(part, 1.0, 0.45));
        blend(colour, blend(bright, self.sun.colour, glow), cloud)
    }

    /// The land and sky again, upside down and trembling.
    fn water(&self, x: f32, y: f32, shore: f32, skyline: &[f32]) -> Colour {
        let depth = y - shore;
        let seed = self.seed.wrapping_add(200);
        let wave = layered(
            x * 9.0 / (0.3 + depth * 3.0),
            depth * 90.0 / (0.4 + depth),
            3,
            seed,
        ) - 0.5;
        let mirrored = (shore - depth * 1.25 + wave * 0.07 * step(0.0, 0.2, depth)).max(0.0);
        let colour = self.land_or_sky(x, mirrored.min(shore), skyline);
        let deep = self.sky[0].map(|part| part * 0.55);
        let colour = blend(colour, deep, 0.18 + 0.45 * step(0.0, 0.5, depth));
        // The path of light below the sun.
        let path = (-((x - self.sun.x) / (0.05 + depth * 0.35)).powi(2)).exp();
        let glitter = path * step(0.05, 0.22, wave) * self.sun.glow;
        blend(colour, self.sun.colour, glitter)
    }
}

/// How high the firs on a hill stand at a place.
fn trees(x: f32, seed: u32) -> f32 {
    let place = x * 75.0;
    let within = (place - place.floor() - 0.5).abs() * 2.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a picture has about a hundred trees"
    )]
    let tree = place.floor() as i32;
    let height = 0.012 + 0.035 * hash(tree, 7, seed);
    // A wood is dense here and thin there.
    let stands = hash(tree, 3, seed) < 0.25 + layered(x * 3.0, 0.0, 2, seed);
    if stands {
        height * (1.0 - within).max(0.0)
    } else {
        0.0
    }
}

/// How bright a star shines at a place, mostly not at all.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a sky has a few thousand cells"
)]
fn star(x: f32, y: f32, seed: u32) -> f32 {
    let (column, row) = ((x * 90.0).floor(), (y * 90.0).floor());
    let chance = |salt: u32| hash(column as i32, row as i32, seed.wrapping_add(salt));
    if chance(1) > 0.2 {
        return 0.0;
    }
    let (centre_x, centre_y) = (0.2 + 0.6 * chance(2), 0.2 + 0.6 * chance(3));
    let distance = (x * 90.0 - column - centre_x).hypot(y * 90.0 - row - centre_y);
    let size = 0.05 + 0.09 * chance(4).powi(3);
    (1.0 - step(size * 0.4, size, distance)) * (0.35 + 0.65 * chance(5))
}

fn blend(from: Colour, to: Colour, share: f32) -> Colour {
    let share = share.clamp(0.0, 1.0);
    [
        mix(from[0], to[0], share),
        mix(from[1], to[1], share),
        mix(from[2], to[2], share),
    ]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is clamped to a byte"
)]
fn byte(part: f32) -> u8 {
    (part.clamp(0.0, 1.0) * 255.0).round() as u8
}
