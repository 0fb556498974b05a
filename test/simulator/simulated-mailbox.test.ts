import { createTransport } from "nodemailer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newOrder, type Rig, startRig } from "./outside-rig.js";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.simulator.stop());

function post(to: string, more: { messageId?: string; text?: string; html?: string; subject?: string } = {}) {
  const transport = createTransport(rig.simulator.info.smtpUrl);
  return transport.sendMail({ from: "Shop <orders@example.com>", to, subject: "Hello", text: "Thank you.", ...more });
}

async function responseCode(sent: Promise<unknown>): Promise<unknown> {
  const error: unknown = await sent.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof Error)
    return "responseCode" in error && error.responseCode !== undefined ? error.responseCode : "cut";
  return null;
}

describe("a message", () => {
  test("is kept with its id, its parts and its order", async () => {
    const order = newOrder();
    const messageId = `<confirmation.${order}@example.com>`;
    await post("Ada@example.com", {
      messageId,
      subject: "Your order: Grüße",
      text: `Order ${order}\nThank you.`,
      html: `<p>Order <b>${order}</b></p>`,
    });
    const [mail] = await rig.outside.mails("ada@example.com");
    expect(mail).toMatchObject({
      messageId,
      order,
      subject: "Your order: Grüße",
      from: "orders@example.com",
      to: ["ada@example.com"],
      html: `<p>Order <b>${order}</b></p>`,
    });
    expect(mail?.text).toContain(`Order ${order}`);
    expect(mail?.headers.map(([name]) => name)).toContain("message-id");
    expect(await rig.outside.ledger(order)).toMatchObject([{ kind: "mail", key: messageId, to: ["ada@example.com"] }]);
    expect(await rig.outside.mailIds("ada@example.com")).toEqual([messageId]);
  });

  test("is shown, and its HTML runs no script", async () => {
    await post("eve@example.com", { subject: "<b>Bold</b>", html: `<script>alert(1)</script><p title="x">Hi</p>` });
    const [mail] = await rig.outside.mails("eve@example.com");
    const list = await (await fetch(rig.simulator.info.mailboxUrl)).text();
    expect(list).toContain("&lt;b&gt;Bold&lt;/b&gt;");
    const response = await fetch(`${rig.simulator.info.mailboxUrl}/${mail?.seq}`);
    const page = await response.text();
    expect(response.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    expect(page).not.toContain("<script>");
    expect(page).toMatch(/<iframe[^>]*sandbox="allow-popups[^>]*srcdoc="&lt;base/);
    expect((await fetch(`${rig.simulator.info.mailboxUrl}/999999`)).status).toBe(404);
  });

  test("is accepted under any login", async () => {
    const address = rig.simulator.info.smtpUrl.replace("smtp://", "smtp://someone:secret@");
    await createTransport(address).sendMail({ from: "a@example.com", to: "login@example.com", text: "x" });
    expect(await rig.outside.mails("login@example.com")).toHaveLength(1);
  });
});

describe("a scripted fault", () => {
  test.each([
    ["mail", "fail-before", 451, 0],
    ["mail", "fail-after", 451, 1],
    ["mail", "refuse", 550, 0],
    ["mail", "drop-before", "cut", 0],
    ["mail", "drop-after", "cut", 1],
    ["mail-rcpt", "fail-before", 451, 0],
    ["mail-rcpt", "refuse", 550, 0],
    ["mail-rcpt", "drop-before", "cut", 0],
  ] as const)("%s %s replies %s and keeps %i", async (op, action, answered, kept) => {
    const to = `${op}.${action}@example.com`;
    await rig.outside.fault(op, action, { to });
    expect(await responseCode(post(to))).toBe(answered);
    expect(await rig.outside.mails(to)).toHaveLength(kept);
    await post(to);
    expect(await rig.outside.mails(to)).toHaveLength(kept + 1);
  });

  test.each([
    ["refuse", 550],
    ["drop-before", "cut"],
  ] as const)("mail-connect %s refuses every connection", async (action, answered) => {
    await rig.outside.fault("mail-connect", action);
    expect(await responseCode(post("door@example.com"))).toBe(answered);
    expect(await rig.outside.mails("door@example.com")).toEqual([]);
  });

  test("delays a message", async () => {
    await rig.outside.fault("mail", "delay", { to: "late@example.com", delayMs: 150 });
    const started = Date.now();
    await post("late@example.com");
    expect(Date.now() - started).toBeGreaterThanOrEqual(145);
  });
});
