import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, test } from "vitest";
import { createSmtpEmail } from "../../src/providers/email/smtp-email.js";

const EMAIL = {
  messageId: "<m@shop.example>",
  to: "ada@example.com",
  subject: "Hello",
  text: "Hi.\n",
  html: "<p>Hi.</p>",
};

/** What the server says to a line of one of its sessions (the first is 1); null ends the session without a word. */
type Reply = (line: string, session: number, mail: number) => string | null;

const usual: Reply = (line) => (line === "DATA" ? "354 go on" : "250 fine");

let server: Server | null = null;
afterEach(() => server?.close());

async function serve(reply: Reply) {
  const sockets: Socket[] = [];
  const taken: number[] = [];
  server = createServer((socket) => {
    const session = sockets.push(socket);
    let mail = 0;
    let inData = false;
    const say = (text: string | null) => (text === null ? socket.destroy() : socket.write(`${text}\r\n`));
    createInterface({ input: socket.on("error", () => {}) }).on("line", (line) => {
      if (inData && line !== ".") return;
      if (line === ".") taken.push(session);
      if (line.startsWith("MAIL")) mail += 1;
      const said = reply(line, session, mail);
      inData = said?.startsWith("354") ?? false;
      say(said);
    });
    say("220 here");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const gateway = createSmtpEmail(`smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, "shop@shop.example");
  return { sockets, taken, send: (timeoutMs = 2_000) => gateway.send(EMAIL, timeoutMs) };
}

test("emails follow each other on one session, and go side by side on several", async () => {
  const { taken, send } = await serve(usual);
  await send();
  await send();
  expect(taken).toEqual([1, 1]);
  await Promise.all([send(), send()]);
  expect(taken.toSorted((one, other) => one - other)).toEqual([1, 1, 1, 2]);
});

test("a session that the server ended while it waited is not used again", async () => {
  const { sockets, taken, send } = await serve(usual);
  await send();
  sockets[0]?.end("421 idle too long\r\n");
  await once(sockets[0] as Socket, "close");
  await send();
  expect(taken).toEqual([1, 2]);
});

test.each([
  ["MAIL", null],
  ["MAIL", "421 closing"],
  ["RCPT", null],
  ["DATA", null],
])("a kept session that ends at %s with %s took nothing: the email goes out on another", async (at, said) => {
  const { taken, send } = await serve((line, session, mail) =>
    session === 1 && mail === 2 && line.startsWith(at) ? said : usual(line, session, mail),
  );
  await send();
  await send();
  expect(taken).toEqual([1, 2]);
});

test("a kept session that ends after the message leaves its end unknown, and the email is not sent again", async () => {
  const { taken, send } = await serve((line, session, mail) =>
    line === "." && mail === 2 ? null : usual(line, session, mail),
  );
  await send();
  await expect(send()).rejects.toMatchObject({ kind: "unknown" });
  expect(taken).toEqual([1, 1]);
  await send();
  expect(taken).toEqual([1, 1, 2]);
});

describe.each([
  ["a kept session", 2],
  ["a new session", 1],
])("%s that says nothing any more", (_which, last) => {
  const sendLast = async (at: string) => {
    const { send } = await serve((line, session, mail) =>
      mail === last && line.startsWith(at) ? "" : usual(line, session, mail),
    );
    for (let sent = 1; sent < last; sent++) await send();
    return send(200);
  };

  test.each(["MAIL", "RCPT", "DATA"])("at %s took nothing (E6)", async (at) => {
    await expect(sendLast(at)).rejects.toMatchObject({ kind: "limited" });
  });

  test("after the message leaves its end unknown (E6)", async () => {
    await expect(sendLast(".")).rejects.toMatchObject({ kind: "unknown" });
  });
});

test.each(["MAIL", "RCPT", "DATA"])("a new session that ends at %s took nothing (E6)", async (at) => {
  const { send } = await serve((line, session, mail) => (line.startsWith(at) ? null : usual(line, session, mail)));
  await expect(send()).rejects.toMatchObject({ kind: "limited" });
});
