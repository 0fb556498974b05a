import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditIsClean } from "../rig/audit-is-clean.js";
import { Caller } from "../rig/caller.js";
import { idemCli, type Outcome } from "../rig/idem-cli.js";
import { Receiver } from "../rig/receiver.js";
import { TestApp } from "../rig/test-app.js";
import { waitFor } from "../rig/wait-for.js";

let idem: TestApp;
const folder = mkdtempSync(join(tmpdir(), "idem-cli-"));
beforeAll(async () => {
  idem = await TestApp.start(28, { WEBHOOK_ALLOW_PRIVATE: "true" });
});
afterAll(() =>
  auditIsClean(idem).finally(async () => {
    rmSync(folder, { recursive: true });
    await idem.stop();
  }),
);

/** The command as the shop, and as its staff. */
const shop = (...words: string[]) => run(idem.acme, words);
const staff = (...words: string[]) => run(idem.operator, words);
const run = ({ apiKey }: Caller, words: string[], env = {}): Promise<Outcome> =>
  idemCli(
    { IDEM_URL: idem.base, IDEM_API_KEY: apiKey ?? "", DATABASE_URL: idem.env["DATABASE_URL"] ?? "", ...env },
    ...words,
  );

const lines = ({ stdout }: Outcome) => stdout.trimEnd().split("\n");
const found = ({ stdout }: Outcome): string => /(?:ord|ref)_[a-z2-7]{32}/.exec(stdout)?.[0] ?? "";

function fileOf(order: object): string {
  const path = join(folder, randomUUID());
  writeFileSync(path, JSON.stringify(order));
  return path;
}

describe.concurrent("idem orders", () => {
  test("submits the order of a file once however often it is typed, and another when asked to", async () => {
    const body = idem.order();
    const file = fileOf(body);
    const [first, again] = [await shop("orders", "submit", file), await shop("orders", "submit", file)];
    expect([first.status, again.status, found(again)]).toEqual([0, 0, found(first)]);
    expect([first.stdout, again.stdout]).toEqual([
      expect.stringContaining("  accepted\n"),
      expect.stringContaining("  was accepted before\n"),
    ]);
    const another = await shop("orders", "submit", file, "--another", "--json");
    expect(JSON.parse(another.stdout).id).not.toBe(found(first));
    const listed = await shop("orders", "list", "--reference", body.reference, "--json");
    expect(JSON.parse(listed.stdout).items).toHaveLength(2);
  });

  test("follows an order to its end, event by event", async () => {
    const watched = await shop("orders", "submit", fileOf(idem.order()), "--watch");
    expect(watched.status).toBe(0);
    const types = lines(watched).flatMap((line) => /^\d{4}-\S+Z\s+(\S+)/.exec(line)?.[1] ?? []);
    expect([types[0], types.includes("order.completed")]).toEqual(["order.accepted", true]);
    expect(watched.stdout).toMatch(/^status +completed$/m);
  });

  test("finds, shows, cancels and refunds", async () => {
    const email = `ada-${randomUUID()}@example.com`;
    const order = await idem.completed({ customer: { email } });
    const list = await shop("orders", "list", "--email", email);
    expect(lines(list)).toHaveLength(2);
    expect(found(list)).toBe(order.id);
    const shown = await shop("orders", "get", order.id);
    expect(shown.stdout).toMatch(new RegExp(`^total +EUR ${(order.body.total / 100).toFixed(2)}$`, "m"));
    const refund = () => shop("orders", "refund", order.id, "--amount", "10");
    const [first, again] = [await refund(), await refund()];
    expect(again.stdout).toBe(`${found(first)}  was accepted before; --another makes a further one\n`);
    const late = await shop("orders", "cancel", order.id);
    expect([late.status, late.stderr]).toEqual([1, expect.stringContaining("order-not-cancellable")]);
    await waitFor("the refund", async () => (await idem.read(order)).amounts.refunded === 10);
  });

  test("says each fault of an order that is refused, and submits nothing", async () => {
    const body = idem.order({ currency: "XXX", total: -1 });
    const refused = await shop("orders", "submit", fileOf(body));
    expect([refused.status, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toMatch(/^ {2}\/total {2}\S/m);
    expect(refused.stderr).toContain("(invalid-request, request ");
    const listed = await shop("orders", "list", "--reference", body.reference);
    expect(listed.stdout).toBe("no orders\n");
  });

  test("approves and declines", async () => {
    const [one, other] = [await idem.place(idem.dear()), await idem.place(idem.dear())];
    for (const order of [one, other]) await idem.reaches(order, "awaiting_approval");
    expect((await staff("approve", one.id, "--note", "a good customer")).status).toBe(0);
    expect((await staff("decline", other.id)).status).toBe(0);
    await idem.reaches(one, "completed");
    expect((await idem.reaches(other, "rejected")).failure.code).toBe("approval_declined");
  });

  test("names the run", async () => {
    const order = await idem.place();
    const { stdout } = await shop("open", order.id);
    expect(stdout.trimEnd()).toBe((await idem.read(order)).links.run);
  });
});

test("idem attentions lists what needs an operator and resolves it", async () => {
  const order = await idem.placeWith("capture", "decline");
  await idem.reaches(order, "needs_attention");
  const listed = await staff("attentions", "list", "--cause", "capture_refused");
  expect(listed.stdout).toContain(order.id);
  const resolved = await staff("attentions", "resolve", order.id, "--action", "retry", "--reason", "the bank is back");
  expect(resolved).toMatchObject({ status: 0, stderr: "" });
  await idem.reaches(order, "completed");
});

test("idem stock shows and sets what is on hand", async () => {
  const sku = `SKU-${randomUUID()}`;
  expect((await shop("stock", "set", sku, "7", "--warehouse", "north")).status).toBe(0);
  expect(lines(await shop("stock", "get", sku)).at(-1)).toMatch(/^all +7 +0 +7$/);
});

test("idem stock moves units once however often it is typed, and once more when asked to", async () => {
  const sku = `SKU-${randomUUID()}`;
  const move = (...more: string[]) => shop("stock", "move", ...more, sku, "5");
  expect((await move()).stdout).toMatch(/^mov_\w+ {2}made; then 5 on hand in main\n$/);
  expect((await move()).stdout).toMatch(/ {2}was made before; then 5 on hand in main\n$/);
  expect((await move("--another")).stdout).toMatch(/ {2}made; then 10 on hand in main\n$/);
  expect((await shop("stock", "move", sku, "--", "-4")).stdout).toMatch(/ {2}made; then 6 on hand in main\n$/);
});

test("idem events reads the feed to its end, and on from there", async () => {
  const order = await idem.completed();
  // The feed ends before what a transaction that is still open may add, whosever it is.
  const cursor = await waitFor("the order in the feed", async () => {
    const read = await shop("events");
    const last = lines(read).findLast((line) => line.includes(order.id));
    return /order\.completed +completed$/.test(last ?? "") ? read.stderr.trimEnd() : null;
  });
  const next = await idem.completed();
  await waitFor("its end", async () => {
    const more = await shop("events", "--after", cursor, "--json");
    const events = lines(more).map((line) => JSON.parse(line) as { orderId: string; type: string });
    expect(events.some(({ orderId, type }) => orderId === order.id && type === "order.completed")).toBe(false);
    return events.some(({ orderId, type }) => orderId === next.id && type === "order.completed");
  });
});

test("idem webhooks registers an endpoint, tries it, shows what was delivered, and deletes it", async () => {
  const receiver = await Receiver.start();
  const added = await shop("webhooks", "add", receiver.url, "--types", "order.accepted", "--json");
  const { id, secret } = JSON.parse(added.stdout) as { id: string; secret: string };
  expect((await shop("webhooks", "list")).stdout).toMatch(
    new RegExp(`^${id} +enabled +${receiver.url} +order.accepted$`, "m"),
  );
  expect((await shop("webhooks", "ping", id)).status).toBe(0);
  await waitFor("the ping", async () =>
    /^png_\w+ +ping +delivered +1 +200 /m.test((await shop("webhooks", "deliveries", id)).stdout),
  );
  const rotated = await shop("webhooks", "rotate", id);
  expect(rotated.stdout).toMatch(/^secret +whsec_/m);
  expect(rotated.stdout).not.toContain(secret);
  expect((await shop("webhooks", "redeliver", id, "--from", "2026-01-01T00:00:00Z")).stdout).toMatch(
    /^deliveries +\d+$/m,
  );
  expect((await shop("webhooks", "delete", id)).stdout).toBe("deleted\n");
  expect((await shop("webhooks", "list")).stdout).toBe("no endpoints\n");
  await receiver.stop();
});

describe.concurrent("idem keys", () => {
  const add = async (...words: string[]) => {
    const added = await shop("keys", "add", "--tenant", "acme", ...words);
    return new Caller(idem.base, added.stdout.trimEnd());
  };
  const rowOf = async (name: string) => lines(await shop("keys", "list")).find((line) => line.includes(name)) ?? "";

  test("adds a key, lists it without its secret, and revokes it by its id", async () => {
    const name = `desk ${randomUUID()}`;
    const caller = await add("--role", "merchant", "--name", name);
    expect((await caller.get("/v1/orders?limit=1")).status).toBe(200);
    const row = await rowOf(name);
    expect(row).not.toContain(caller.apiKey);
    const [id = ""] = row.split(" ");
    expect((await shop("keys", "revoke", id)).stdout).toBe("revoked\n");
    expect((await caller.get("/v1/orders?limit=1")).status).toBe(401);
    expect((await shop("keys", "revoke", id)).status).toBe(1);
    expect(await rowOf(name)).toContain("revoked ");
  });

  test("has a key count until it expires", async () => {
    const caller = await add("--role", "merchant", "--expires", new Date(Date.now() + 3_600_000).toISOString());
    expect((await caller.get("/v1/orders?limit=1")).status).toBe(200);
    const hash = createHash("sha256")
      .update(caller.apiKey ?? "")
      .digest();
    await idem.db.query("update api_keys set expires_at = now() where hash = $1", [hash]);
    expect((await caller.get("/v1/orders?limit=1")).status).toBe(401);
  });

  test("gives support a key that reads everything of its tenant and changes nothing (K8)", async () => {
    const support = await add("--role", "support");
    const order = await idem.held();
    const theirs = (await idem.globex.post("/v1/orders", idem.order())).json.links.self;
    const paths = [order.path, `${order.path}/events`, `${order.path}/refunds`, "/v1/orders", "/v1/attentions"];
    for (const path of [...paths, "/v1/stock/MUG-1", "/v1/health"])
      expect([path, (await support.get(path)).status]).toEqual([path, 200]);
    expect((await support.get(theirs)).status).toBe(404);
    const refused = [
      await support.post("/v1/orders", idem.order()),
      await idem.cancel(order, {}, { as: support }),
      await idem.refund(order, {}, { as: support }),
      await idem.decide(order, "approve", { as: support }),
      await idem.resolve(order, "retry", {}, { as: support }),
      await support.put("/v1/stock/MUG-1", { onHand: 1 }),
    ];
    expect(refused.map(({ problem }) => problem)).toEqual(refused.map(() => "forbidden"));
    await idem.outside.release({ amount: order.body.total });
    await idem.reaches(order, "completed");
  });
});

describe.concurrent("idem", () => {
  test("says where the service was looked for when nothing answers there, with status 3", async () => {
    const url = "http://127.0.0.1:9";
    const answer = await run(idem.acme, ["stock", "get", "MUG-1"], { IDEM_URL: url });
    expect([answer.status, answer.stderr]).toEqual([3, expect.stringContaining(`${url} does not answer`)]);
  });

  test("says what is missing without a key, with status 2", async () => {
    const answer = await run(idem.acme, ["stock", "get", "MUG-1"], { IDEM_API_KEY: "", IDEM_HOME: folder });
    expect([answer.status, answer.stderr]).toEqual([2, expect.stringContaining("IDEM_API_KEY is missing")]);
  });

  test.each([
    ["orders", "submit", "nowhere.json"],
    ["orders", "refund", "ord_x", "--amount", "12.50"],
    ["attentions", "resolve", "ord_x", "--action", "ignore", "--reason", "none"],
    ["keys", "add", "--tenant", "acme", "--role", "owner"],
    ["fly"],
  ])("refuses %s %s %s and says why", async (...words) => {
    const answer = await shop(...words);
    expect([answer.status, answer.stdout]).toEqual([2, ""]);
    expect(answer.stderr).toMatch(/^error: /);
  });

  test("asks everything it depends on and says what helps where nothing answers", async () => {
    await waitFor("the workers", async () => (await idem.acme.get("/readyz")).json.workers === "up");
    const well = await idemCli(idem.env, "doctor");
    expect(lines(well).map((line) => line.split(/ +/)[1])).toEqual(Array.from({ length: 7 }, () => "ok"));
    expect(well.status).toBe(0);
    const ill = await idemCli({ ...idem.env, SMTP_URL: "smtp://127.0.0.1:9" }, "doctor");
    expect([ill.status, ill.stdout]).toEqual([
      1,
      expect.stringMatching(/^ {2}-- {2}email +.*\n +SMTP_URL says where/m),
    ]);
  });

  test("prints no colours and explains itself", async () => {
    const order = await idem.place();
    const printed = [
      await shop("orders", "get", order.id),
      await shop("--help"),
      await shop("orders", "list", "--help"),
    ];
    for (const { status, stdout } of printed) {
      expect(status).toBe(0);
      expect(stdout).not.toContain("\u001b");
    }
    expect(printed[1]?.stdout).toContain("Exit status:");
    expect(printed[2]?.stdout).toContain("Examples:");
  });
});
