/** What is said aloud: one polite live region for everything that happens. */

import { byId } from "./dom.js";

/** Let a screen reader say a sentence. */
export function announce(text) {
  const region = byId("announcer");
  region.textContent = "";
  // A change within one frame would go unheard.
  requestAnimationFrame(() => { region.textContent = text; });
}

/** Whether an error only says that a person, or a newer wish, has ended the work. */
export const isAbort = (error) => error?.name === "AbortError";
