/** What the first bytes of a file say of a photograph, before any of it is decoded. */

/** How many bytes `readHeader` wants: an EXIF block before the size in a JPEG is at most 64 kB. */
export const HEADER_BYTES = 1 << 18;

const JPEG_SIZES = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);

/**
 * Read the format, and the size where the format is one of the usual ones.
 *
 * @param {ArrayBuffer} buffer the beginning of a file
 * @returns {{format: string, width?: number, height?: number, depth?: number, animated?: boolean}}
 *   format "" if it is not known; size as stored, in pixels
 */
export function readHeader(buffer) {
  const view = new DataView(buffer);
  const text = String.fromCharCode(...new Uint8Array(buffer, 0, Math.min(16, buffer.byteLength)));
  try {
    if (text.startsWith("\xff\xd8")) return { format: "jpg", ...jpegSize(view) };
    if (text.startsWith("\x89PNG")) {
      const [width, height] = [view.getUint32(16), view.getUint32(20)];
      return { format: "png", width, height, depth: view.getUint8(24) };
    }
    if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") {
      return { format: "webp", ...webpSize(view, text.slice(12, 16)) };
    }
    if (text.startsWith("GIF8")) {
      return { format: "gif", width: view.getUint16(6, true), height: view.getUint16(8, true) };
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // cut short: what decodes it will say so
  }
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return { format: "tif" };
  if (text.slice(4, 8) === "ftyp") return { format: text.slice(8, 12) };
  return { format: "" };
}

function jpegSize(view) {
  let place = 2;
  while (place + 9 <= view.byteLength) {
    const marker = view.getUint8(place + 1);
    if (view.getUint8(place) !== 0xff) return {};
    if (marker === 0xff) {
      place += 1; // a filler
    } else if (JPEG_SIZES.has(marker)) {
      return { height: view.getUint16(place + 5), width: view.getUint16(place + 7) };
    } else {
      place += 2 + view.getUint16(place + 2);
    }
  }
  return {};
}

function webpSize(view, kind) {
  const uint24 = (place) => view.getUint16(place, true) | (view.getUint8(place + 2) << 16);
  if (kind === "VP8X") {
    const animated = Boolean(view.getUint8(20) & 2);
    return { width: uint24(24) + 1, height: uint24(27) + 1, animated };
  }
  if (kind === "VP8L") {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}
