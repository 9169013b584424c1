//! Which originals go up in parts, and in which.

const MEBIBYTE: u64 = 1024 * 1024;

/// The longest original that goes up in a single PUT. Anything longer goes up in parts.
pub const SINGLE_PUT_BYTES: u64 = 16 * MEBIBYTE;
/// The longest original: what S3 takes as one object, 5 TiB.
pub const MAX_UPLOAD_BYTES: u64 = 5 * 1024 * 1024 * MEBIBYTE;
/// The most parts that S3 makes an object of.
pub const MOST_PARTS: u32 = 10_000;
/// Parts are a multiple of this long, and at least this long. S3 wants 5 MiB to 5 GiB; the last may be shorter.
const PART_STEP: u64 = 16 * MEBIBYTE;

/// The parts of an original that goes up in parts. It follows from the length alone, so nobody has to
/// keep it, and a client that has lost everything gets the same parts again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartPlan {
    bytes: u64,
    part_bytes: u64,
}

/// One part of an original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its number, from 1.
    pub number: u32,
    /// Where it begins in the original.
    pub offset: u64,
    /// Its length.
    pub bytes: u64,
}

impl PartPlan {
    /// The parts of an original of this length; `None` where it goes up in a single PUT.
    pub fn of(bytes: u64) -> Option<Self> {
        let least = bytes.div_ceil(u64::from(MOST_PARTS));
        let part_bytes = least.div_ceil(PART_STEP).max(1) * PART_STEP;
        (bytes > SINGLE_PUT_BYTES && bytes <= MAX_UPLOAD_BYTES)
            .then_some(Self { bytes, part_bytes })
    }

    /// The length of every part but the last.
    pub fn part_bytes(&self) -> u64 {
        self.part_bytes
    }

    /// How many parts there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.bytes.div_ceil(self.part_bytes)).unwrap_or(MOST_PARTS)
    }

    /// The part of this number; `None` where there is none.
    pub fn part(&self, number: u32) -> Option<Part> {
        if number == 0 || number > self.count() {
            return None;
        }
        let offset = u64::from(number - 1) * self.part_bytes;
        Some(Part {
            number,
            offset,
            bytes: self.part_bytes.min(self.bytes - offset),
        })
    }

    /// All parts, in order.
    pub fn parts(self) -> impl Iterator<Item = Part> {
        (1..=self.count()).filter_map(move |number| self.part(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALLEST_OF_S3: u64 = 5 * MEBIBYTE;
    const LARGEST_OF_S3: u64 = 5 * 1024 * MEBIBYTE;

    #[test]
    fn up_to_sixteen_mebibytes_is_one_put_and_a_byte_more_is_two_parts() {
        assert_eq!(PartPlan::of(1), None);
        assert_eq!(PartPlan::of(SINGLE_PUT_BYTES), None);
        let plan = PartPlan::of(SINGLE_PUT_BYTES + 1).unwrap();
        assert_eq!((plan.count(), plan.part_bytes()), (2, SINGLE_PUT_BYTES));
        assert_eq!(plan.part(2).unwrap().bytes, 1);
        assert_eq!((plan.part(0), plan.part(3)), (None, None));
        assert_eq!(PartPlan::of(MAX_UPLOAD_BYTES + 1), None);
    }

    #[test]
    fn every_length_fits_into_what_s3_takes_and_no_byte_is_left_out() {
        let steps = (0..43).map(|power| 1_u64 << power);
        let lengths = steps
            .flat_map(|length| [length - 1, length, length + 1, length * 3 / 2])
            .chain([
                156 * 1024 * MEBIBYTE,
                157 * 1024 * MEBIBYTE,
                MAX_UPLOAD_BYTES,
            ]);
        let mut planned = 0;
        for bytes in lengths {
            let Some(plan) = PartPlan::of(bytes) else {
                continue;
            };
            planned += 1;
            assert!(plan.count() <= MOST_PARTS, "{bytes}");
            assert!(
                (SMALLEST_OF_S3..=LARGEST_OF_S3).contains(&plan.part_bytes()),
                "{bytes}"
            );
            let mut end = 0;
            for part in plan.parts() {
                assert_eq!(part.offset, end);
                assert!(part.bytes > 0 && part.bytes <= plan.part_bytes());
                end += part.bytes;
            }
            assert_eq!(end, bytes);
        }
        assert!(planned > 60, "{planned}");
        let largest = PartPlan::of(MAX_UPLOAD_BYTES).unwrap();
        assert_eq!(
            (largest.part_bytes() / MEBIBYTE, largest.count()),
            (528, 9930)
        );
    }
}
