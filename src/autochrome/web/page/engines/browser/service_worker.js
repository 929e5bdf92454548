/**
 * Keep the page's files, so that it works without a network after the first visit.
 *
 * Written before this, by `write_static_site`: FILES, from the path of each file to the SHA-256 of
 * its content in Base64. A file is kept under its content's hash: a new version of the page fetches
 * only what has changed, and takes over once no window shows the old one.
 */

const CACHE = `autochrome ${registration.scope}`;

// Some hosts redirect index.html to its folder, and what was redirected may not be a page.
const address = (path) => new URL(path === "index.html" ? "./" : path, registration.scope);
const keptAs = (path) => `${address(path)}?sha256=${encodeURIComponent(FILES[path])}`;

addEventListener("install", (event) => event.waitUntil(keepAll()));
addEventListener("activate", (event) => event.waitUntil(dropOthers().then(() => clients.claim())));
addEventListener("fetch", (event) => {
  const path = pathOf(event.request);
  if (path in FILES) event.respondWith(answer(path));
});

async function keepAll() {
  const cache = await caches.open(CACHE);
  await Promise.all(
    Object.keys(FILES).map(async (path) => {
      if (!(await cache.match(keptAs(path)))) await cache.put(keptAs(path), await fetched(path));
    }),
  );
}

/** Fetch a file; one of another version of the page, half uploaded, is refused by its hash. */
async function fetched(path) {
  const integrity = `sha256-${FILES[path]}`;
  const response = await fetch(address(path), { integrity, cache: "no-cache" });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

async function dropOthers() {
  const cache = await caches.open(CACHE);
  const wanted = new Set(Object.keys(FILES).map(keptAs));
  const kept = await cache.keys();
  await Promise.all(kept.filter(({ url }) => !wanted.has(url)).map((key) => cache.delete(key)));
}

async function answer(path) {
  const cache = await caches.open(CACHE);
  return (await cache.match(keptAs(path))) ?? fetched(path); // if the browser has cleared it
}

/** The path of a request in the page's folder; the folder itself is its index. */
function pathOf({ method, url }) {
  const { origin, pathname } = new URL(url);
  const root = new URL(registration.scope);
  if (method !== "GET" || origin !== root.origin || !pathname.startsWith(root.pathname)) return null;
  return pathname.slice(root.pathname.length) || "index.html";
}
