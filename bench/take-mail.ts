import type { Socket } from "node:net";

/** The little of SMTP that a client without TLS needs (RFC 5321). */
export function takeMail(socket: Socket, taken: (messageId: string) => void): void {
  let received = "";
  let inData = false;
  const say = (line: string) => socket.write(`${line}\r\n`);
  socket.setEncoding("utf8").on("error", () => socket.destroy());
  socket.on("data", (chunk: string) => {
    received += chunk;
    for (;;) {
      const mark = inData ? "\r\n.\r\n" : "\r\n";
      const end = received.indexOf(mark);
      if (end < 0) return;
      const part = received.slice(0, end);
      received = received.slice(end + mark.length);
      if (inData) {
        inData = false;
        taken(/^message-id:\s*(\S+)/im.exec(part)?.[1] ?? part);
        say("250 taken");
      } else if (/^data$/i.test(part)) {
        inData = true;
        say("354 go on");
      } else if (/^quit$/i.test(part)) {
        socket.end("221 bye\r\n");
      } else say("250 world");
    }
  });
  say("220 world");
}
