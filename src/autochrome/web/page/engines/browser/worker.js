/**
 * Everything that takes time, in a thread of its own: the page stays fluid.
 *
 * A message {method, args} is answered by {value} or {message}, a sentence for a person, before the
 * next one is sent. The first must be `start`.
 */

import { calm, halvingsOf } from "./boldness.js";
import { decode } from "./decode.js";
import { expose, exposureGain } from "./exposure.js";
import { saveFile } from "./finished.js";
import { toHalf } from "./half.js";
import { spareHighlights } from "./highlights.js";
import { Kept } from "./kept.js";
import { loadNetwork } from "./network.js";
import { decodeFile, grayPreview, grayRegion, smallLab } from "./photograph.js";
import { padToMultiple, seenSide, workingSize } from "./prepare.js";
import { resize } from "./resize.js";
import { measureColor } from "./source_color.js";

const MOST_KEPT = 32; // predictions, of about ten megabytes each

const files = new Map(); // key -> File
const predictions = new Kept(MOST_KEPT, predictAgain);
let model;
let network = null;
let hasWebGL = null; // not known yet

const methods = { start, open, color, detail, save, close };

onmessage = async ({ data: { method, args } }) => {
  try {
    const { value, transfer = [] } = await methods[method](...args);
    postMessage({ value }, transfer);
  } catch (error) {
    if (error.cause) console.warn(error.cause); // for whoever looks for more than the sentence
    postMessage({ message: error.message });
  }
};

/** Take the model, and begin to load its network. */
function start(described) {
  model = described;
  loaded().catch(() => {}); // whoever opens a photograph is told
  return {};
}

/** The network, when it is there; where it could not be loaded, the next photograph tries again. */
function loaded() {
  network ??= loadNetwork(model).catch((error) => {
    network = null;
    throw error;
  });
  return network;
}

/** Decode a photograph and let the network look at it. */
async function open(key, file) {
  const { bitmap, warnings } = await decodeFile(file, model.limits);
  try {
    const { width, height } = bitmap;
    const lab = labSeen(bitmap);
    predictions.set(key, await predict(bitmap, lab));
    files.set(key, file);
    const gray = grayPreview(bitmap);
    const sourceColor = measureColor(lab);
    return { value: { width, height, sourceColor, warnings, gray }, transfer: [gray] };
  } finally {
    bitmap.close();
  }
}

/** The photograph as the network sees it, but for its padding. */
function labSeen(bitmap) {
  return smallLab(bitmap, workingSize(bitmap.width, bitmap.height, model.side));
}

/** Let the network look at a photograph. */
async function predict({ width, height }, lab) {
  const lightness = { ...lab, channels: 1, data: lab.data.filter((_, i) => i % 3 === 0) };
  const padded = padToMultiple(lightness, model.multiple);
  const gain = exposureGain(lightness, model.exposure);
  const answer = await (await loaded())(expose(padded, gain));
  const seen = seenSide({ width, height }, lightness);
  const power = model.boldness * halvingsOf(model.side, seen);
  const calmed = calm(answer, power, model.rebalancing_weights);
  const cells = resize(padded, padded.width / model.stride, padded.height / model.stride);
  const favor = model.decode.temperature * model.decode.vividness;
  const logits = spareHighlights(calmed, cells.data, favor, model.centers);
  return { lightness, padded, logits, exposureGain: gain };
}

async function predictAgain(key) {
  const { bitmap } = await decodeFile(files.get(key), model.limits);
  try {
    return await predict(bitmap, labSeen(bitmap));
  } finally {
    bitmap.close();
  }
}

/** Decode the color that was asked for. */
async function color(key, options) {
  const { width, height, data } = decode(await predictions.get(key), options, model);
  const coefficients = toHalf(data);
  return { value: { width, height, coefficients }, transfer: [coefficients.buffer] };
}

/** Draw a part of the gray photograph at its own pixels; it is decoded again, as for `save`. */
async function detail(key, region) {
  const { bitmap } = await decodeFile(files.get(key), model.limits);
  try {
    const gray = grayRegion(bitmap, region);
    return { value: gray, transfer: [gray] };
  } finally {
    bitmap.close();
  }
}

/** Write the finished file; null where WebGL is for pages only (WebKitGTK): the page must do it. */
async function save(key, options, format) {
  hasWebGL ??= new OffscreenCanvas(1, 1).getContext("webgl2") !== null;
  if (!hasWebGL) return { value: null };
  const { value } = await color(key, options);
  const how = { strength: options.strength, format };
  return { value: await saveFile(files.get(key), value, how, model.limits) };
}

function close(key) {
  files.delete(key);
  predictions.delete(key);
  return {};
}
