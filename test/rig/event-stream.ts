export interface StreamedEvent {
  id: string;
  event: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  data: any;
}

/** The events of a `text/event-stream` as they come, until the server ends it. */
export async function* streamedEvents(response: Response): AsyncGenerator<StreamedEvent> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(bytes, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const event = read(text.slice(0, end));
      text = text.slice(end + 2);
      if (event) yield event;
    }
  }
}

/** null for a comment. */
function read(block: string): StreamedEvent | null {
  const lines = block.split("\n").filter((line) => !line.startsWith(":"));
  const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
  return lines.length === 0 ? null : { id: field("id"), event: field("event"), data: JSON.parse(field("data")) };
}
