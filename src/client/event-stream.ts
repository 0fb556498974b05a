export interface StreamedEvent {
  id: string;
  data: string;
}

/** The events of a `text/event-stream` (HTML Living Standard, 9.2.6); null for each chunk that brings none. */
export async function* readEventStream(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamedEvent | null> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const blocks = text.split(/\r?\n\r?\n/);
      text = blocks.pop() ?? "";
      const events = blocks.map(eventOf).filter((event) => event !== null);
      if (events.length === 0) yield null;
      yield* events;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function eventOf(block: string): StreamedEvent | null {
  const fields = block.split(/\r?\n/).map((line) => /^(\w+): ?(.*)$/.exec(line));
  const all = (name: string) => fields.flatMap((field) => (field?.[1] === name ? [field[2] ?? ""] : []));
  const data = all("data");
  return data.length > 0 ? { id: all("id").at(-1) ?? "", data: data.join("\n") } : null;
}
