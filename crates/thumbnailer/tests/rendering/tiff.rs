//! TIFF files, and the EXIF data that is written like one, byte by byte (TIFF 6.0, little-endian).

use image::RgbImage;

pub const ORIENTATION: u16 = 0x0112;
pub const EXIF_POINTER: u16 = 0x8769;
pub const GPS_POINTER: u16 = 0x8825;

/// The value of an entry.
#[derive(Clone)]
pub enum Value {
    Text(&'static str),
    Short(Vec<u16>),
    Long(Vec<u32>),
    Rational(Vec<(u32, u32)>),
    /// Another directory.
    Directory(Vec<(u16, Value)>),
}

impl Value {
    fn kind(&self) -> u16 {
        match self {
            Self::Text(_) => 2,
            Self::Short(_) => 3,
            Self::Long(_) | Self::Directory(_) => 4,
            Self::Rational(_) => 5,
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::Text(text) => text.len() + 1,
            Self::Short(numbers) => numbers.len(),
            Self::Long(numbers) => numbers.len(),
            Self::Rational(numbers) => numbers.len(),
            Self::Directory(_) => 1,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => [text.as_bytes(), b"\0"].concat(),
            Self::Short(numbers) => numbers.iter().flat_map(|n| n.to_le_bytes()).collect(),
            Self::Long(numbers) => numbers.iter().flat_map(|n| n.to_le_bytes()).collect(),
            Self::Rational(numbers) => numbers
                .iter()
                .flat_map(|(above, below)| [above.to_le_bytes(), below.to_le_bytes()])
                .flatten()
                .collect(),
            Self::Directory(_) => Vec::new(),
        }
    }
}

/// A file with one directory and what it points to. `data` comes right after the header, at offset 8.
pub fn file(mut entries: Vec<(u16, Value)>, data: &[u8]) -> Vec<u8> {
    let mut file = b"II\x2a\0\0\0\0\0".to_vec();
    file.extend_from_slice(data);
    if file.len() % 2 == 1 {
        file.push(0);
    }
    entries.sort_by_key(|entry| entry.0);
    let at = write(&mut file, &entries);
    file[4..8].copy_from_slice(&at.to_le_bytes());
    file
}

/// Writes a directory behind all that it points to, and returns where it is.
fn write(file: &mut Vec<u8>, entries: &[(u16, Value)]) -> u32 {
    let mut directory = u16::try_from(entries.len()).unwrap().to_le_bytes().to_vec();
    for (tag, value) in entries {
        let mut bytes = value.bytes();
        if let Value::Directory(entries) = value {
            bytes = write(file, entries).to_le_bytes().to_vec();
        } else if bytes.len() > 4 {
            let at = u32::try_from(file.len()).unwrap();
            file.append(&mut bytes);
            bytes = at.to_le_bytes().to_vec();
        }
        bytes.resize(4, 0);
        directory.extend(tag.to_le_bytes());
        directory.extend(value.kind().to_le_bytes());
        directory.extend(u32::try_from(value.count()).unwrap().to_le_bytes());
        directory.extend(bytes);
    }
    directory.extend([0; 4]);
    let at = u32::try_from(file.len()).unwrap();
    file.extend(directory);
    at
}

/// EXIF data.
pub fn exif(entries: Vec<(u16, Value)>) -> Vec<u8> {
    file(entries, &[])
}

/// EXIF data that tells how to hold the picture and nothing else.
pub fn held(orientation: u16) -> Vec<u8> {
    exif(vec![(ORIENTATION, Value::Short(vec![orientation]))])
}

/// A picture without compression, in one strip; `more` may replace what is usual.
pub fn picture(picture: &RgbImage, more: Vec<(u16, Value)>) -> Vec<u8> {
    strip(picture.width(), picture.height(), picture.as_raw(), more)
}

/// The same out of bare samples: three of eight bits a pixel unless `more` says otherwise.
pub fn strip(width: u32, height: u32, samples: &[u8], more: Vec<(u16, Value)>) -> Vec<u8> {
    let length = u32::try_from(samples.len()).unwrap();
    let mut entries = vec![
        (0x0100, Value::Long(vec![width])),
        (0x0101, Value::Long(vec![height])),
        (0x0102, Value::Short(vec![8; 3])),
        (0x0103, Value::Short(vec![1])),
        (0x0106, Value::Short(vec![2])),
        (0x0111, Value::Long(vec![8])),
        (0x0115, Value::Short(vec![3])),
        (0x0116, Value::Long(vec![height])),
        (0x0117, Value::Long(vec![length])),
    ];
    entries.retain(|(tag, _)| !more.iter().any(|(other, _)| other == tag));
    entries.extend(more);
    file(entries, samples)
}
