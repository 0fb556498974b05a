/** How long a change goes unnoticed that nothing else announces. */
const LOOK_EVERY_MS = 1_000;

interface Watched {
  /** As it was seen last; null before. */
  mark: string | number | null;
  listeners: Set<() => void>;
}

/** Changes that are waited for: one look a second of this process at all of them together. */
export class ChangeWatch {
  private readonly watched = new Map<string, Watched>();
  private readonly readMarks: (names: string[]) => Promise<Map<string, string | number>>;
  private looking = false;
  private readonly timer: NodeJS.Timeout;

  /** @param readMarks answers, of what is there, what differs after each change. */
  constructor(readMarks: ChangeWatch["readMarks"]) {
    this.readMarks = readMarks;
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  /** Calls `onChange` after changes, and once when it is first seen; returns the function that ends it. */
  watch(name: string, onChange: () => void): () => void {
    const watched = this.watched.get(name) ?? { mark: null, listeners: new Set() };
    this.watched.set(name, watched);
    watched.listeners.add(onChange);
    return () => {
      watched.listeners.delete(onChange);
      if (watched.listeners.size === 0) this.watched.delete(name);
    };
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.looking || this.watched.size === 0) return;
    this.looking = true;
    try {
      for (const [name, mark] of await this.readMarks([...this.watched.keys()])) {
        const watched = this.watched.get(name);
        if (!watched || watched.mark === mark) continue;
        watched.mark = mark;
        for (const listener of watched.listeners) listener();
      }
    } catch {
      // The next look finds what changed meanwhile.
    } finally {
      this.looking = false;
    }
  }
}
