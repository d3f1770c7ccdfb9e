//! From a file to the picture that is shown: a small square, drawn anew, so that nothing of the file
//! itself (places, names of cameras, or what isn't a picture at all) is handed on.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, guess_format,
};

/// The length of each side.
const SIDE: u32 = 256;

/// The longest side that is read.
const LONGEST_SIDE: u32 = 10_000;

/// How many pixels are read at most: more than any phone takes in 2 MB.
const MOST_PIXELS: u64 = 25_000_000;

/// How much memory a decoder may ask for.
const MOST_MEMORY: u64 = 256 << 20;

/// Of 100. What is lost can't be seen at that size.
const QUALITY: u8 = 88;

/// A picture as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// How it is written.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Why a file isn't taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPicture {
    /// It is something else, or broken.
    #[error("This picture can't be read. Choose a PNG, JPEG or WebP file.")]
    Unreadable,
    /// It would take too much memory.
    #[error("This picture is too large. Choose one up to 25 megapixels.")]
    TooManyPixels,
}

/// Draws the middle of it as a square. It takes time, and memory for all its pixels.
///
/// # Errors
/// When it can't be read, or is too large to be.
pub fn draw(file: &[u8]) -> Result<Drawing, NoPicture> {
    let mut picture = read(file)?;
    let (width, height) = (picture.width(), picture.height());
    let side = width.min(height);
    // Cut before it is scaled: a narrow one would grow without end.
    picture = picture.crop_imm((width - side) / 2, (height - side) / 2, side, side);
    picture = picture.resize_exact(SIDE, SIDE, FilterType::CatmullRom);
    write(&picture).map_err(|_| NoPicture::Unreadable)
}

fn read(file: &[u8]) -> Result<DynamicImage, NoPicture> {
    let format = guess_format(file).map_err(|_| NoPicture::Unreadable)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP) {
        return Err(NoPicture::Unreadable);
    }
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refuse(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(NoPicture::TooManyPixels);
    }
    // As the camera was held. One that doesn't say was held upright.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| refuse(&error))?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// What can be seen through stays so; everything else is smaller as a JPEG.
fn write(picture: &DynamicImage) -> Result<Drawing, ImageError> {
    let mut bytes = Vec::new();
    if picture.color().has_alpha() {
        let picture = DynamicImage::from(picture.to_rgba8());
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
        return Ok(Drawing { media_type: "image/png", bytes });
    }
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&picture.to_rgb8())?;
    Ok(Drawing { media_type: "image/jpeg", bytes })
}

fn refuse(error: &ImageError) -> NoPicture {
    match error {
        ImageError::Limits(_) => NoPicture::TooManyPixels,
        _ => NoPicture::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, Rgba, RgbaImage, load_from_memory};

    use super::*;

    fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.into().write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    fn plain(width: u32, height: u32) -> RgbImage {
        RgbImage::from_pixel(width, height, Rgb([200, 30, 30]))
    }

    #[test]
    fn whatever_its_format_and_shape_it_becomes_a_small_square() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            for (width, height) in [(640, 480), (3, 900), (1, 1)] {
                let drawing = draw(&file(plain(width, height), format)).unwrap();
                assert_eq!(drawing.media_type, "image/jpeg");
                let drawn = load_from_memory(&drawing.bytes).unwrap().to_rgb8();
                assert_eq!(drawn.dimensions(), (SIDE, SIDE));
                let Rgb([red, green, _]) = *drawn.get_pixel(128, 128);
                assert!(red > 180 && green < 60, "{format:?} {width}x{height}: {red} {green}");
            }
        }
    }

    #[test]
    fn the_middle_is_kept() {
        let mut wide = plain(300, 100);
        for (x, _, pixel) in wide.enumerate_pixels_mut() {
            if (100..200).contains(&x) {
                *pixel = Rgb([20, 20, 220]);
            }
        }
        let drawing = draw(&file(wide, ImageFormat::Png)).unwrap();
        let drawn = load_from_memory(&drawing.bytes).unwrap().to_rgb8();
        for x in [4, 128, 251] {
            assert!(drawn.get_pixel(x, 128).0[2] > 200, "at {x}");
        }
    }

    #[test]
    fn what_can_be_seen_through_stays_so() {
        let glass = RgbaImage::from_pixel(40, 40, Rgba([0, 0, 0, 0]));
        let drawing = draw(&file(glass, ImageFormat::WebP)).unwrap();
        assert_eq!(drawing.media_type, "image/png");
        assert_eq!(load_from_memory(&drawing.bytes).unwrap().to_rgba8().get_pixel(9, 9).0[3], 0);
    }

    #[test]
    fn what_is_no_picture_is_refused_in_whole_or_in_part() {
        let whole = file(plain(64, 64), ImageFormat::Png);
        let gif = b"GIF89a\x01\0\x01\0\0\0\0;";
        let drawing = b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
        for file in [&b""[..], b"hello", gif, drawing, &whole[..whole.len() / 2], &whole[..8]] {
            assert_eq!(draw(file), Err(NoPicture::Unreadable));
        }
    }

    /// A PNG whose head promises that many pixels, which need not follow.
    fn promising(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = file(plain(1, 1), ImageFormat::Png);
        bytes[16..20].copy_from_slice(&width.to_be_bytes());
        bytes[20..24].copy_from_slice(&height.to_be_bytes());
        let checksum = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
        bytes
    }

    /// As PNG has it (annex D of its specification).
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
                if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 }
            })
        })
    }

    #[test]
    fn a_small_file_that_would_fill_the_memory_is_refused_before_it_is_decoded() {
        for (width, height) in [(50_000, 50_000), (10_001, 1), (9_000, 9_000)] {
            let refused = draw(&promising(width, height));
            assert_eq!(refused, Err(NoPicture::TooManyPixels), "{width}x{height}");
        }
    }
}
