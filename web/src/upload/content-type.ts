/** How many of a file's first bytes are looked at: as many as the server looks at. */
export const SNIFF_LENGTH = 512;

/**
 * What a file's first bytes say that it is; undefined where it is no photo or video that Pic-up takes. The server
 * checks the same bytes by the same rules (crates/domain/src/content.rs), so names and extensions do not count.
 */
export function contentTypeOf(head: Uint8Array): string | undefined {
  return photoTypeOf(head) ?? videoTypeOf(head);
}

function photoTypeOf(head: Uint8Array): string | undefined {
  if (begins(head, [0xff, 0xd8, 0xff])) return 'image/jpeg';
  if (begins(head, [0x89, 0x50, 0x4e, 0x47])) return 'image/png';
  if (text(head, 0, 3) === 'GIF') return 'image/gif';
  if (text(head, 8, 4) === 'WEBP') return 'image/webp';
  if (isTiff(head)) return 'image/tiff';
  return stillBrandOf(head);
}

function videoTypeOf(head: Uint8Array): string | undefined {
  const brand = text(head, 4, 4) === 'ftyp' ? text(head, 8, 4) : '';
  if (MP4_BRANDS.has(brand) || brand.startsWith('M4V')) return 'video/mp4';
  if (begins(head, [0x1a, 0x45, 0xdf, 0xa3])) {
    return text(head, 0, Math.min(64, head.length)).includes('matroska') ? 'video/x-matroska' : 'video/webm';
  }
  return isQuickTime(head, brand) ? 'video/quicktime' : undefined;
}

const MP4_BRANDS: ReadonlySet<string> = new Set(
  (
    'avc1 dash iso2 iso3 iso4 iso5 iso6 isom mmp4 mp41 mp42 mp4v mp71 MSNV NDAS NDSC NSDC NDSH NDSM NDSP NDSS NDXC ' +
    'NDXH NDXM NDXP NDXS'
  )
    .split(' ')
    .concat('F4V ', 'F4P '),
);

/** HEIF and AVIF are told apart from videos, and from each other, by the brands of their first box. */
function stillBrandOf(head: Uint8Array): string | undefined {
  if (head.length < 16 || text(head, 4, 4) !== 'ftyp') return undefined;
  const boxLength = new DataView(head.buffer, head.byteOffset).getUint32(0);
  if (head.length < boxLength) return undefined;
  const major = text(head, 8, 4);
  const compatible: string[] = [];
  for (let at = 16; at + 4 <= boxLength; at += 4) compatible.push(text(head, at, 4));
  const general = major === 'mif1' || major === 'msf1';
  if (major === 'heic' || major === 'heix' || (general && compatible.includes('heic'))) return 'image/heif';
  const isAvif = [major, ...compatible].some((brand) => brand === 'avif' || brand === 'avis');
  return isAvif ? 'image/avif' : undefined;
}

/** Canon's raw format begins as TIFF does and is not taken. */
function isTiff(head: Uint8Array): boolean {
  const isEither = begins(head, [0x49, 0x49, 0x2a, 0]) || begins(head, [0x4d, 0x4d, 0, 0x2a]);
  return isEither && head.length > 9 && head[8] !== 0x43 && head[9] !== 0x52;
}

function isQuickTime(head: Uint8Array, brand: string): boolean {
  const first = text(head, 4, 4);
  return (
    head.length > 15 &&
    (brand === 'qt  ' || first === 'moov' || first === 'mdat' || text(head, 12, 4) === 'mdat')
  );
}

function begins(head: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, at) => head[at] === byte);
}

function text(head: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...head.subarray(start, start + length));
}
