/** The token that a server may ask for: from the address, or from a person. */

const KEY = "autochrome-token";

/** Take `#token=...` out of the address, so that it is in no bookmark. */
export function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return;
  sessionStorage.setItem(KEY, token);
  history.replaceState(null, "", location.pathname + location.search);
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
  const dialog = document.getElementById("token-dialog");
  const input = document.getElementById("token");
  document.getElementById("token-wrong").hidden = currentToken() === null;
  input.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve, reject) => {
    document.getElementById("token-cancel").onclick = () => dialog.close();
    dialog.querySelector("form").onsubmit = () => sessionStorage.setItem(KEY, input.value.trim());
    const before = currentToken();
    dialog.addEventListener("close", () => {
      if (input.value.trim() && currentToken() === input.value.trim()) resolve();
      else if (currentToken() !== before) resolve();
      else reject(new Error("This server needs a token. Reload the page to enter it."));
    }, { once: true });
  });
}
