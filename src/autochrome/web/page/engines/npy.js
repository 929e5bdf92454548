/** Read coefficients from a `.npy` file: float16, little endian, (h, w, 4), C order. */

const BROKEN = "The server's answer cannot be read. Reload the page; it may be of another version.";

/**
 * @param {ArrayBuffer} buffer
 * @returns {{width: number, height: number, coefficients: Uint16Array}} the halves as they are.
 */
export function parseCoefficients(buffer) {
  const view = new DataView(buffer);
  const isNpy = buffer.byteLength > 10 && view.getUint32(0) === 0x934e554d; // "\x93NUM"
  if (!isNpy) throw new Error(BROKEN);
  const [lengthBytes, length] = view.getUint8(6) === 1
    ? [2, view.getUint16(8, true)] : [4, view.getUint32(8, true)];
  const start = 8 + lengthBytes + length;
  const header = new TextDecoder("latin1").decode(new Uint8Array(buffer, 8 + lengthBytes, length));
  const shape = /'shape':\s*\((\d+), (\d+), 4\)/.exec(header);
  if (!shape || !header.includes("'<f2'") || header.includes("'fortran_order': True")) {
    throw new Error(BROKEN);
  }
  const [height, width] = shape.slice(1).map(Number);
  if (buffer.byteLength - start !== height * width * 4 * 2) throw new Error(BROKEN);
  return { width, height, coefficients: new Uint16Array(buffer.slice(start)) };
}
