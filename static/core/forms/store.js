// The browser's store of what was typed, which may be full or forbidden: nothing is kept then.

export function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

export function write(key, entry) {
  try {
    localStorage.setItem(key, JSON.stringify(entry));
  } catch {
    // The form works as ever.
  }
}

// Forget the entries for which `isWanted(key, entry)`.
export function forget(isWanted) {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith("typed:") && isWanted(key, read(key))) localStorage.removeItem(key);
    }
  } catch {
    // There is no store.
  }
}
