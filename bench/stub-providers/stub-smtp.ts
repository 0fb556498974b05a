import type { Socket } from "node:net";

/** The part of SMTP that a client without TLS needs (RFC 5321). `onEmail` gets the Message-ID of each email. */
export function serveSmtp(socket: Socket, onEmail: (messageId: string) => void): void {
  let received = "";
  let inData = false;
  const reply = (line: string) => socket.write(`${line}\r\n`);
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
        onEmail(/^message-id:\s*(\S+)/im.exec(part)?.[1] ?? part);
        reply("250 accepted");
      } else if (/^data$/i.test(part)) {
        inData = true;
        reply("354 send the message");
      } else if (/^quit$/i.test(part)) {
        socket.end("221 bye\r\n");
      } else reply("250 stub");
    }
  });
  reply("220 stub");
}
