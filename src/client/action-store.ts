/** What was decided when an action began: its key, and the bytes that every attempt sends. */
export interface Action {
  key: string;
  body: string;
}

/**
 * Where actions are kept until they are forgotten. It has to outlive the caller: whoever starts again after a crash or a
 * reload finds the key there and repeats, instead of ordering twice. Texts in, texts out; any of them may be async.
 */
export interface ActionStore {
  /** Keeps a text under a name unless there is one; answers what is kept. At once, as an `insert` into a table does. */
  add(name: string, text: string): string | Promise<string>;
  remove(name: string): void | Promise<void>;
}

/** For tests and scripts: a crash loses it. */
export function memoryStore(): ActionStore {
  const texts = new Map<string, string>();
  return {
    add: (name, text) => {
      if (!texts.has(name)) texts.set(name, text);
      return texts.get(name) ?? text;
    },
    remove: (name) => void texts.delete(name),
  };
}

/** In a browser: `webStore(localStorage)` survives a reload, and all tabs of a page share it. */
export function webStore(storage: Pick<Storage, "getItem" | "setItem" | "removeItem">): ActionStore {
  return {
    add: (name, text) => {
      const kept = storage.getItem(name);
      if (kept === null) storage.setItem(name, text);
      return kept ?? text;
    },
    remove: (name) => storage.removeItem(name),
  };
}

interface Storage {
  getItem(name: string): string | null;
  setItem(name: string, text: string): void;
  removeItem(name: string): void;
}
