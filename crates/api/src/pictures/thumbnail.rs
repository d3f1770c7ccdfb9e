//! Makes thumbnails of uploaded files. Pictures are decoded and encoded again, so that no metadata
//! (locations, cameras) and no embedded content of the file reaches other users.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, guess_format,
};

/// The length of each side of a thumbnail, in pixels.
const THUMBNAIL_SIDE: u32 = 256;

/// The maximum width and height of a file, in pixels.
const MAX_SIDE: u32 = 10_000;

/// The maximum number of pixels of a file. Photos from phones with more are larger than 2 MB.
const MAX_PIXELS: u64 = 25_000_000;

/// The maximum memory of a decoder, in bytes.
const MAX_DECODER_MEMORY: u64 = 256 << 20;

/// The JPEG quality, from 1 to 100. At this size no loss is visible.
const JPEG_QUALITY: u8 = 88;

/// An encoded thumbnail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// The media type, `image/jpeg` or `image/png`.
    pub media_type: &'static str,
    /// The encoded file.
    pub bytes: Vec<u8>,
}

/// Why a file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The file has another format or is damaged.
    #[error("This picture can't be read. Choose a PNG, JPEG or WebP file.")]
    Unreadable,
    /// Decoding would take too much memory.
    #[error("This picture is too large. Choose one up to 25 megapixels.")]
    TooManyPixels,
}

/// Crops the middle of the picture to a square and scales it. This blocks the thread and takes memory
/// for all pixels.
///
/// # Errors
/// When the file can't be decoded or is too large.
pub fn make_thumbnail(file: &[u8]) -> Result<Thumbnail, PictureError> {
    let mut picture = read(file)?;
    let (width, height) = (picture.width(), picture.height());
    let side = width.min(height);
    // Crop before scaling: otherwise a narrow picture would be scaled to an enormous length.
    picture = picture.crop_imm((width - side) / 2, (height - side) / 2, side, side);
    picture = picture.resize_exact(THUMBNAIL_SIDE, THUMBNAIL_SIDE, FilterType::CatmullRom);
    write(&picture).map_err(|_| PictureError::Unreadable)
}

fn read(file: &[u8]) -> Result<DynamicImage, PictureError> {
    let format = guess_format(file).map_err(|_| PictureError::Unreadable)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP) {
        return Err(PictureError::Unreadable);
    }
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODER_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| picture_error(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PictureError::TooManyPixels);
    }
    // Apply the EXIF orientation, if there is one.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| picture_error(&error))?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Encodes pictures with transparency as PNG and others as JPEG, which is smaller.
fn write(picture: &DynamicImage) -> Result<Thumbnail, ImageError> {
    let mut bytes = Vec::new();
    if picture.color().has_alpha() {
        let picture = DynamicImage::from(picture.to_rgba8());
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
        return Ok(Thumbnail { media_type: "image/png", bytes });
    }
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(&picture.to_rgb8())?;
    Ok(Thumbnail { media_type: "image/jpeg", bytes })
}

fn picture_error(error: &ImageError) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooManyPixels,
        _ => PictureError::Unreadable,
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
    fn every_format_and_shape_becomes_a_square_thumbnail() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            for (width, height) in [(640, 480), (3, 900), (1, 1)] {
                let thumbnail = make_thumbnail(&file(plain(width, height), format)).unwrap();
                assert_eq!(thumbnail.media_type, "image/jpeg");
                let decoded = load_from_memory(&thumbnail.bytes).unwrap().to_rgb8();
                assert_eq!(decoded.dimensions(), (THUMBNAIL_SIDE, THUMBNAIL_SIDE));
                let Rgb([red, green, _]) = *decoded.get_pixel(128, 128);
                assert!(red > 180 && green < 60, "{format:?} {width}x{height}: {red} {green}");
            }
        }
    }

    #[test]
    fn picture_is_cropped_to_its_middle() {
        let mut wide = plain(300, 100);
        for (x, _, pixel) in wide.enumerate_pixels_mut() {
            if (100..200).contains(&x) {
                *pixel = Rgb([20, 20, 220]);
            }
        }
        let thumbnail = make_thumbnail(&file(wide, ImageFormat::Png)).unwrap();
        let decoded = load_from_memory(&thumbnail.bytes).unwrap().to_rgb8();
        for x in [4, 128, 251] {
            assert!(decoded.get_pixel(x, 128).0[2] > 200, "at {x}");
        }
    }

    #[test]
    fn transparency_is_preserved() {
        let glass = RgbaImage::from_pixel(40, 40, Rgba([0, 0, 0, 0]));
        let thumbnail = make_thumbnail(&file(glass, ImageFormat::WebP)).unwrap();
        assert_eq!(thumbnail.media_type, "image/png");
        assert_eq!(load_from_memory(&thumbnail.bytes).unwrap().to_rgba8().get_pixel(9, 9).0[3], 0);
    }

    #[test]
    fn other_formats_and_truncated_files_are_refused() {
        let whole = file(plain(64, 64), ImageFormat::Png);
        let gif = b"GIF89a\x01\0\x01\0\0\0\0;";
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
        for file in [&b""[..], b"hello", gif, svg, &whole[..whole.len() / 2], &whole[..8]] {
            assert_eq!(make_thumbnail(file), Err(PictureError::Unreadable));
        }
    }

    /// Returns a PNG whose header claims these dimensions.
    fn png_with_header(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = file(plain(1, 1), ImageFormat::Png);
        bytes[16..20].copy_from_slice(&width.to_be_bytes());
        bytes[20..24].copy_from_slice(&height.to_be_bytes());
        let checksum = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
        bytes
    }

    /// Returns the CRC of a PNG chunk (annex D of the PNG specification).
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
                if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 }
            })
        })
    }

    #[test]
    fn decompression_bomb_is_refused_before_decoding() {
        for (width, height) in [(50_000, 50_000), (10_001, 1), (9_000, 9_000)] {
            let refused = make_thumbnail(&png_with_header(width, height));
            assert_eq!(refused, Err(PictureError::TooManyPixels), "{width}x{height}");
        }
    }
}
