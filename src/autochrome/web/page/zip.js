/** Write a ZIP archive: stored, not compressed (photographs are already), names in UTF-8. */

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const UTF8_NAMES = 0x0800;
const MOST_BYTES = 0xffffffff; // beyond, an archive needs ZIP64
const MOST_FILES = 0xffff;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
  return byte;
});

/** @param {Uint8Array} bytes @returns {number} CRC-32, unsigned. */
export function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

export class Zip {
  #parts = []; // of the archive, up to the directory
  #directory = [];
  #offset = 0;
  #directorySize = 0;
  #names = new Set();

  get count() { return this.#directory.length; }

  /** Whether a file of so many bytes still has room. */
  fits(bytes) {
    const overhead = 2048; // headers and the end, generously
    return this.count < MOST_FILES
      && this.#offset + this.#directorySize + bytes + overhead < MOST_BYTES;
  }

  /** Add a Blob; a name that is taken gets a number: "a.jpg", "a-2.jpg". */
  async add(name, blob) {
    if (!this.fits(blob.size)) throw new Error("The archive is full: it can hold 4 gigabytes.");
    const bytes = new TextEncoder().encode(this.#unique(name));
    const crc = crc32(new Uint8Array(await blob.arrayBuffer()));
    const now = dosTime(new Date());
    const common = [VERSION, UTF8_NAMES, 0, now.time, now.date];
    const sizes = { crc, size: blob.size };
    this.#parts.push(localHeader(common, sizes, bytes), bytes, blob);
    const entry = [centralHeader(common, sizes, bytes, this.#offset), bytes];
    this.#directory.push(entry);
    this.#offset += 30 + bytes.length + blob.size;
    this.#directorySize += 46 + bytes.length;
  }

  /** @returns {Blob} the archive. */
  finish() {
    const end = new DataView(new ArrayBuffer(22));
    end.setUint32(0, END, true);
    end.setUint16(8, this.count, true);
    end.setUint16(10, this.count, true);
    end.setUint32(12, this.#directorySize, true);
    end.setUint32(16, this.#offset, true);
    return new Blob([...this.#parts, ...this.#directory.flat(), end], { type: "application/zip" });
  }

  #unique(name) {
    const [, stem, suffix] = /^(.*?)((?:\.color)?(?:\.[^.]*)?)$/s.exec(name);
    let unique = name;
    for (let number = 2; this.#names.has(unique.toLowerCase()); number++) {
      unique = `${stem}-${number}${suffix}`;
    }
    this.#names.add(unique.toLowerCase());
    return unique;
  }
}

function localHeader(common, { crc, size }, name) {
  const header = new DataView(new ArrayBuffer(30));
  header.setUint32(0, LOCAL, true);
  common.forEach((value, i) => header.setUint16(4 + 2 * i, value, true));
  [crc, size, size].forEach((value, i) => header.setUint32(14 + 4 * i, value, true));
  header.setUint16(26, name.length, true);
  return header;
}

function centralHeader(common, { crc, size }, name, offset) {
  const header = new DataView(new ArrayBuffer(46));
  header.setUint32(0, CENTRAL, true);
  header.setUint16(4, VERSION, true);
  common.forEach((value, i) => header.setUint16(6 + 2 * i, value, true));
  [crc, size, size].forEach((value, i) => header.setUint32(16 + 4 * i, value, true));
  header.setUint16(28, name.length, true);
  header.setUint32(42, offset, true);
  return header;
}

/** The clock as FAT keeps it: local, in steps of two seconds, from 1980. */
function dosTime(now) {
  return {
    time: (now.getHours() << 11) | (now.getMinutes() << 5) | (now.getSeconds() >> 1),
    date: ((now.getFullYear() - 1980) << 9) | ((now.getMonth() + 1) << 5) | now.getDate(),
  };
}
