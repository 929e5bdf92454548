/** The promise that photographs stay on this machine: made only where it is kept. */

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

const isKept = document.body.dataset.engine === "browser" || LOOPBACK.test(location.hostname);
for (const promise of document.querySelectorAll(".promise")) promise.hidden = !isKept;
