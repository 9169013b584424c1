//! Every decoder of photos, and the reader of their EXIF data, by what the bytes say that they are.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|photo: &[u8]| {
    // A reason is as good an end as renditions are.
    drop(picup_thumbnailer::fuzz_photo(photo));
});
