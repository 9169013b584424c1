//! Each kind of photo, and each kind of pixels.

use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageEncoder as _, ImageFormat, Luma, Rgb, Rgba, RgbaImage};
use turbojpeg::{Compressor, Image, PixelFormat};

use crate::nasty::jpegs::with_segment;
use crate::pictures::{CORNERS, alike, busy, corners, encoded, jpeg, jpeg_by, quarters};
use crate::studio::{Studio, named, names, pixels};
use crate::tiff::{self, Value};

async fn shows_quarters(file: &[u8], content_type: &str) {
    let studio = Studio::new();
    let rendered = studio.render(file, content_type).await;
    assert_eq!(
        names(&rendered),
        ["grid.jpg", "screen.jpg"],
        "{content_type}"
    );
    for name in names(&rendered) {
        let found = corners(&pixels(&rendered, name));
        assert!(alike(&found, &CORNERS), "{content_type} {name}: {found:?}");
    }
}

#[tokio::test]
async fn every_kind_of_file_is_rendered() {
    let quarters = DynamicImage::from(quarters(2400, 1600));
    for (format, content_type) in [
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Png, "image/png"),
        (ImageFormat::WebP, "image/webp"),
        (ImageFormat::Gif, "image/gif"),
        (ImageFormat::Tiff, "image/tiff"),
    ] {
        shows_quarters(&encoded(&quarters, format), content_type).await;
    }
}

#[tokio::test]
async fn every_depth_of_pixels_is_rendered() {
    let quarters = DynamicImage::from(quarters(900, 700));
    for (format, content_type) in [
        (ImageFormat::Png, "image/png"),
        (ImageFormat::Tiff, "image/tiff"),
    ] {
        let deep = DynamicImage::from(quarters.to_rgb16());
        shows_quarters(&encoded(&deep, format), content_type).await;
        let deep = DynamicImage::from(quarters.to_rgba16());
        shows_quarters(&encoded(&deep, format), content_type).await;
        let shallow = DynamicImage::from(quarters.to_rgba8());
        shows_quarters(&encoded(&shallow, format), content_type).await;
    }
    let float = DynamicImage::from(quarters.to_rgb32f());
    shows_quarters(&encoded(&float, ImageFormat::Tiff), "image/tiff").await;
}

#[tokio::test]
async fn grey_stays_grey_in_every_depth() {
    let studio = Studio::new();
    let eight = DynamicImage::from(image::GrayImage::from_pixel(700, 500, Luma([120])));
    let sixteen = DynamicImage::from(eight.to_luma16());
    let with_alpha = DynamicImage::from(eight.to_luma_alpha8());
    for (picture, format, content_type) in [
        (&eight, ImageFormat::Jpeg, "image/jpeg"),
        (&eight, ImageFormat::Png, "image/png"),
        (&sixteen, ImageFormat::Png, "image/png"),
        (&with_alpha, ImageFormat::Png, "image/png"),
        (&eight, ImageFormat::Tiff, "image/tiff"),
    ] {
        let rendered = studio.render(&encoded(picture, format), content_type).await;
        let found = corners(&pixels(&rendered, "grid.jpg"));
        assert!(alike(&found, &[[120; 3]; 4]), "{content_type}: {found:?}");
    }
}

#[tokio::test]
async fn what_is_transparent_shows_white_paper() {
    let studio = Studio::new();
    // Left: nothing, whatever colour it has; right: half a red.
    let clear = RgbaImage::from_fn(800, 600, |x, _| {
        if x < 400 {
            Rgba([0, 0, 0, 0])
        } else {
            Rgba([255, 0, 0, 128])
        }
    });
    let clear = DynamicImage::from(clear);
    let (white, pink) = ([255; 3], [255, 127, 127]);
    for (format, content_type) in [
        (ImageFormat::Png, "image/png"),
        (ImageFormat::WebP, "image/webp"),
    ] {
        let rendered = studio.render(&encoded(&clear, format), content_type).await;
        let found = corners(&pixels(&rendered, "grid.jpg"));
        assert!(
            alike(&found, &[white, pink, white, pink]),
            "{content_type}: {found:?}"
        );
    }
}

#[tokio::test]
async fn a_jpeg_in_four_inks_looks_as_it_would_in_print() {
    let picture = quarters(640, 480);
    // No ink is 255 in these files: paper as bright as the colour, and no black.
    let inks: Vec<u8> = picture
        .pixels()
        .flat_map(|Rgb([r, g, b])| [*r, *g, *b, 255])
        .collect();
    let image = Image {
        pixels: inks.as_slice(),
        width: 640,
        pitch: 4 * 640,
        height: 480,
        format: PixelFormat::CMYK,
    };
    let mut compressor = Compressor::new().unwrap();
    compressor.set_quality(95).unwrap();
    let file = compressor.compress_to_vec(image).unwrap();
    shows_quarters(&file, "image/jpeg").await;
}

#[tokio::test]
async fn a_tiff_in_four_inks_looks_as_it_would_in_print() {
    let picture = quarters(640, 480);
    let inks: Vec<u8> = picture
        .pixels()
        .flat_map(|Rgb([r, g, b])| [255 - r, 255 - g, 255 - b, 0])
        .collect();
    let four = vec![
        (0x0102, Value::Short(vec![8; 4])),
        (0x0106, Value::Short(vec![5])),
        (0x0115, Value::Short(vec![4])),
    ];
    shows_quarters(&tiff::strip(640, 480, &inks, four), "image/tiff").await;
}

#[tokio::test]
async fn a_progressive_jpeg_is_rendered_like_any_other() {
    let progressive = jpeg_by(&quarters(3000, 2000), |compressor| {
        compressor.set_progressive(true)
    });
    shows_quarters(&progressive, "image/jpeg").await;
}

#[tokio::test]
async fn nothing_is_ever_made_larger() {
    let studio = Studio::new();
    let rendered = studio.render(&jpeg(&busy(300, 200)), "image/jpeg").await;
    for name in ["grid.jpg", "screen.jpg"] {
        let rendition = named(&rendered, name);
        assert_eq!((rendition.width, rendition.height), (300, 200), "{name}");
    }
    let rendered = studio.render(&jpeg(&busy(1, 1)), "image/jpeg").await;
    assert_eq!(named(&rendered, "screen.jpg").width, 1);
}

#[tokio::test]
async fn the_longest_pictures_that_there_can_be_are_rendered() {
    let studio = Studio::new();
    for (width, height, shown) in [(65_500, 3, (1600, 1)), (3, 65_500, (1, 1600))] {
        let rendered = studio
            .render(&jpeg(&quarters(width, height)), "image/jpeg")
            .await;
        let screen = named(&rendered, "screen.jpg");
        assert_eq!((screen.width, screen.height), shown);
        assert_eq!(
            (rendered.details.width, rendered.details.height),
            (width, height)
        );
    }
    let wide = DynamicImage::from(quarters(65_535, 2));
    let rendered = studio
        .render(&encoded(&wide, ImageFormat::Png), "image/png")
        .await;
    assert_eq!(named(&rendered, "grid.jpg").width, 400);
}

#[tokio::test]
async fn a_thumbhash_has_the_colours_and_the_shape_of_its_picture() {
    let studio = Studio::new();
    let plain = image::RgbImage::from_pixel(1200, 600, Rgb([200, 40, 40]));
    let rendered = studio.render(&jpeg(&plain), "image/jpeg").await;
    let hash = &rendered.details.thumbhash;
    let (red, green, blue, alpha) = thumbhash::thumb_hash_to_average_rgba(hash).unwrap();
    assert!(
        (red - 0.78).abs() < 0.05 && green < 0.25 && blue < 0.25,
        "{red} {green} {blue}"
    );
    assert!((alpha - 1.0).abs() < 0.01);
    let (width, height, _) = thumbhash::thumb_hash_to_rgba(hash).unwrap();
    assert!(width > height);
}

#[tokio::test]
async fn colours_of_a_phone_are_shown_as_they_look_in_srgb() {
    let studio = Studio::new();
    let picture = image::RgbImage::from_pixel(700, 500, Rgb([200, 100, 100]));
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    // In two parts, the second of which comes first.
    let (first, second) = profile.split_at(profile.len() / 2);
    let part = |number: u8, content: &[u8]| [&b"ICC_PROFILE\0"[..], &[number, 2], content].concat();
    let with_one = with_segment(&jpeg(&picture), 0xE2, &part(1, first));
    let jpeg = with_segment(&with_one, 0xE2, &part(2, second));
    let mut png = Vec::new();
    let mut encoder = PngEncoder::new(&mut png);
    encoder.set_icc_profile(profile).unwrap();
    let color = image::ExtendedColorType::Rgb8;
    encoder.write_image(&picture, 700, 500, color).unwrap();
    for (file, content_type) in [(jpeg, "image/jpeg"), (png, "image/png")] {
        let rendered = studio.render(&file, content_type).await;
        let found = corners(&pixels(&rendered, "grid.jpg"));
        for [red, green, blue] in found {
            let near = |found: u8, expected: u8| found.abs_diff(expected) <= 3;
            assert!(
                near(red, 215) && near(green, 93) && near(blue, 97),
                "{found:?}"
            );
        }
    }
}
