/** The token that a server may ask for: from the address, or from a person. */

import { byId } from "../dom.js";

const KEY = "autochrome-token";
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/; // what servers are started with: settings.py

let isWrong = false; // the last one given cannot be a token

/** Take `#token=...` out of the address, so that it is in no bookmark; now and when it is changed. */
export function takeToken() {
  takeFromAddress();
  addEventListener("hashchange", () => {
    if (takeFromAddress()) byId("token-dialog").close();
  });
}

/** @returns {boolean} whether there was one. */
function takeFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return false;
  history.replaceState(null, "", location.pathname + location.search);
  return keep(token);
}

/** @returns {boolean} whether it can be a token; no request can be sent with another. */
function keep(token) {
  isWrong = !TOKEN.test(token);
  if (!isWrong) sessionStorage.setItem(KEY, token);
  byId("token-wrong").hidden = !isWrong;
  return !isWrong;
}

/** @returns {string|null} the token of this tab. */
export const currentToken = () => sessionStorage.getItem(KEY);

let asking = null;

/** Ask for the token, once for all that wait for it; rejects if a person would not say. */
export function askForToken() {
  asking ??= ask().finally(() => { asking = null; });
  return asking;
}

function ask() {
  const dialog = byId("token-dialog");
  const input = byId("token");
  byId("token-wrong").hidden = !isWrong && currentToken() === null;
  input.value = "";
  dialog.showModal();
  return new Promise((resolve, reject) => {
    const before = currentToken();
    byId("token-cancel").onclick = () => dialog.close();
    dialog.querySelector("form").onsubmit = (event) => {
      if (!keep(input.value.trim())) event.preventDefault();
    };
    dialog.addEventListener("close", () => {
      if (input.value.trim() && currentToken() === input.value.trim()) resolve();
      else if (currentToken() !== before) resolve();
      else reject(new Error("This server needs a token. Reload the page to enter it."));
    }, { once: true });
  });
}
