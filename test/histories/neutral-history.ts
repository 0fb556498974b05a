import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";

type History = Parameters<typeof historyToJSON>[0];

/** The formatter keeps lists of numbers on a line. */
const NUMBERS = /\[[\d,\s]+\]/g;
const STICKY = /^\d+@.*$/;

/** A history as JSON, without what shows where it was recorded: process names, queues of one process, stack traces. */
export function neutralHistory(history: History): string {
  const text = JSON.stringify(neutral(JSON.parse(historyToJSON(history))), null, 2);
  return `${text.replace(NUMBERS, (list) => list.replaceAll(/\s+/g, " ").replace("[ ", "[").replace(" ]", "]"))}\n`;
}

function neutral(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(neutral);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== "stackTrace")
      .map(([name, member]) => {
        if (name === "identity") return [name, "recorder"];
        if (name === "name" && typeof member === "string" && STICKY.test(member)) return [name, "recorder-sticky"];
        return [name, neutral(member)];
      }),
  );
}
