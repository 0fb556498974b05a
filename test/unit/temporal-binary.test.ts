import { expect, test } from "vitest";
import { temporalArguments } from "../../dev/engines/temporal-command.js";
import { isRecent } from "../../dev/engines/temporal-binary.js";

test.each([
  ["temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)", true],
  ["temporal version 1.10.0 (Server 1.33.0, UI 2.60.0)", true],
  ["temporal version 2.0.0 (Server 2.0.0, UI 3.0.0)", true],
  ["temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)", true],
  ["temporal version 1.4.1 (Server 1.28.0, UI 2.39.0)", false],
  ["temporal version 0.13.2 (Server 1.24.1, UI 2.27.2)", false],
  ["temporal version 0.0.0-DEV (Server 1.28.0, UI 2.39.0)", false],
  ["something else", false],
  [null, false],
])("%s is recent: %s", (version, recent) => {
  expect(isRecent(version)).toBe(recent);
});

test("the server gets its search attributes, its database and where to listen", () => {
  const words = temporalArguments({ databaseFile: "/home/x/temporal.db", port: 7000, uiPort: 8000 }).join(" ");
  expect(words).toContain("--ip 127.0.0.1 --port 7000 --ui-port 8000");
  expect(words).toContain("--db-filename /home/x/temporal.db");
  expect(words).toContain("--search-attribute OrderStatus=Keyword --search-attribute NeedsAttention=Bool");
});
