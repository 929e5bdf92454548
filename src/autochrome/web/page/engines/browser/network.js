/** The network, run by ONNX Runtime Web: one thread of WebAssembly, which any host can serve. */

const RUNTIME = new URL("../../onnxruntime/", import.meta.url);
const MODEL = new URL("../../model.onnx", import.meta.url);
const UNAVAILABLE = "The model could not be loaded. Check the connection and load this page again.";

/**
 * Load the network.
 *
 * @param {{bytes: number}} model see `write_static_site`
 * @returns {Promise<(lightness: {width: number, height: number, data: Float32Array}) =>
 *   Promise<Float32Array>>} from L* in [0, 100], its sides multiples of the model's, to logits
 *   (Q, cells)
 */
export async function loadNetwork(model) {
  try {
    const [ort, weights] = await Promise.all([loadRuntime(), fetchWeights(model)]);
    const session = await ort.InferenceSession.create(weights, { executionProviders: ["wasm"] });
    return (lightness) => run(ort, session, lightness);
  } catch (error) {
    throw new Error(UNAVAILABLE, { cause: error });
  }
}

async function loadRuntime() {
  const ort = await import(new URL("ort.wasm.min.mjs", RUNTIME));
  ort.env.wasm.wasmPaths = RUNTIME.href;
  ort.env.wasm.numThreads = 1; // more need headers that few static hosts send
  return ort;
}

async function fetchWeights({ bytes }) {
  const answer = await fetch(MODEL);
  const weights = new Uint8Array(await answer.arrayBuffer());
  if (!answer.ok || weights.length !== bytes) throw new Error(`${MODEL}: ${answer.status}`);
  return weights;
}

async function run(ort, session, { width, height, data }) {
  const lightness = new ort.Tensor("float32", data, [1, 1, height, width]);
  const { logits } = await session.run({ lightness });
  return logits.data;
}
