//! How to hold a picture, in each of the eight ways and in each kind of file that can tell it.

use image::RgbImage;

use crate::pictures::{
    CORNERS, alike, corners, jpeg_with_exif, png_with_exif, quarters, webp_with_exif,
};
use crate::studio::{Studio, named, pixels};
use crate::tiff::{self, ORIENTATION, Value};

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Top,
    Bottom,
    Left,
    Right,
}
use Side::{Bottom, Left, Right, Top};

/// Which side of what is seen the first row and the first column of what is stored are: the words of the
/// standard (EXIF 2.32, tag 0x0112).
const STORED: [(u16, Side, Side); 8] = [
    (1, Top, Left),
    (2, Top, Right),
    (3, Bottom, Right),
    (4, Bottom, Left),
    (5, Left, Top),
    (6, Right, Top),
    (7, Right, Bottom),
    (8, Left, Bottom),
];

/// Where the corners of a stored picture are seen, in the order of [`CORNERS`].
fn seen(row: Side, column: Side) -> [[u8; 3]; 4] {
    let opposite = |side| match side {
        Top => Bottom,
        Bottom => Top,
        Left => Right,
        Right => Left,
    };
    let mut seen = CORNERS;
    for (stored, colour) in CORNERS.into_iter().enumerate() {
        let of_row = if stored < 2 { row } else { opposite(row) };
        let of_column = if stored % 2 == 0 {
            column
        } else {
            opposite(column)
        };
        let sides = [of_row, of_column];
        let place = 2 * usize::from(sides.contains(&Bottom)) + usize::from(sides.contains(&Right));
        seen[place] = colour;
    }
    seen
}

async fn all_ways(content_type: &str, file: impl Fn(&RgbImage, u16) -> Vec<u8>) {
    let studio = Studio::new();
    let stored = quarters(2000, 1200);
    for (orientation, row, column) in STORED {
        let rendered = studio
            .render(&file(&stored, orientation), content_type)
            .await;
        let lies_down = orientation >= 5;
        let size = if lies_down {
            (1200, 2000)
        } else {
            (2000, 1200)
        };
        let details = &rendered.details;
        assert_eq!((details.width, details.height), size, "{orientation}");
        let screen = named(&rendered, "screen.jpg");
        let size = if lies_down { (960, 1600) } else { (1600, 960) };
        assert_eq!((screen.width, screen.height), size, "{orientation}");
        for name in ["screen.jpg", "grid.jpg"] {
            let found = corners(&pixels(&rendered, name));
            let expected = seen(row, column);
            assert!(
                alike(&found, &expected),
                "{orientation} {name}: {found:?} {expected:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_jpeg_is_shown_upright_however_it_was_held() {
    let file = |stored: &_, orientation| jpeg_with_exif(stored, &tiff::held(orientation));
    all_ways("image/jpeg", file).await;
}

#[tokio::test]
async fn a_png_is_shown_upright_however_it_was_held() {
    let file = |stored: &_, orientation| png_with_exif(stored, &tiff::held(orientation));
    all_ways("image/png", file).await;
}

#[tokio::test]
async fn a_webp_is_shown_upright_however_it_was_held() {
    let file = |stored: &_, orientation| webp_with_exif(stored, &tiff::held(orientation));
    all_ways("image/webp", file).await;
}

#[tokio::test]
async fn a_tiff_is_shown_upright_however_it_was_held() {
    all_ways("image/tiff", |stored, orientation| {
        tiff::picture(stored, vec![(ORIENTATION, Value::Short(vec![orientation]))])
    })
    .await;
}

#[tokio::test]
async fn an_orientation_that_does_not_exist_is_none() {
    let studio = Studio::new();
    for orientation in [0, 9, 65_535] {
        let file = jpeg_with_exif(&quarters(80, 40), &tiff::held(orientation));
        let rendered = studio.render(&file, "image/jpeg").await;
        assert!(alike(&corners(&pixels(&rendered, "grid.jpg")), &CORNERS));
    }
}
