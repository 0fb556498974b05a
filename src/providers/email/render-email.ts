import type { MailSubject } from "../../domain/email.js";
import { formatMoney } from "./format-money.js";
import type { Mail } from "./email-gateway.js";

interface Content {
  subject: string;
  paragraphs: string[];
  link?: { label: string; url: string };
}

const CONTENT: Record<MailSubject["kind"], (of: MailSubject) => Content> = {
  confirmation: (of) => ({
    subject: `Your order ${name(of)} is confirmed`,
    paragraphs: [`Thank you. We hold ${total(of)} for your order and take it when it ships.`, linesOf(of)],
  }),
  "action-needed": (of) => ({
    subject: `Please confirm the payment of your order ${name(of)}`,
    paragraphs: [
      `Your bank asks you to confirm the payment of ${total(of)}. Your order goes on once you have done so.`,
    ],
    ...(of.actionUrl !== null && { link: { label: "Confirm the payment", url: of.actionUrl } }),
  }),
  shipped: (of) => ({
    subject: `Your order ${name(of)} is on its way`,
    paragraphs: ["A shipment of your order has left our warehouse.", tracking(of)],
  }),
  cancelled: (of) => ({
    subject: `Your order ${name(of)} is cancelled`,
    paragraphs: ["Your order is cancelled. Nothing is charged; an amount held on your card is let go."],
  }),
  refunded: (of) => ({
    subject: `A refund for your order ${name(of)}`,
    paragraphs: [
      `We gave back ${formatMoney(of.refundAmount ?? 0, of.order.currency)}. Your bank may take a few days to show it.`,
    ],
  }),
  rejected: (of) => ({
    subject: `Your order ${name(of)} could not be accepted`,
    paragraphs: ["We could not go on with your order. Nothing is charged; an amount held on your card is let go."],
  }),
};

/** A mail of one of our kinds, as text and as HTML. */
export function renderMail(of: MailSubject): Omit<Mail, "messageId"> {
  const { subject, paragraphs, link } = CONTENT[of.kind](of);
  const all = [greeting(of), ...paragraphs.filter((text) => text !== ""), `Order ${of.orderId}`];
  const text = [...all.slice(0, -1), ...(link ? [`${link.label}: ${link.url}`] : []), all.at(-1)].join("\n\n");
  const html = [
    ...all.slice(0, -1).map((part) => `<p>${escape(part).replaceAll("\n", "<br>")}</p>`),
    ...(link ? [`<p><a href="${escape(link.url)}">${escape(link.label)}</a></p>`] : []),
    `<p><small>${escape(all.at(-1) ?? "")}</small></p>`,
  ].join("\n");
  return {
    to: of.order.customer.email,
    subject,
    text: `${text}\n`,
    html: `<!doctype html>\n<html><body>\n${html}\n</body></html>\n`,
  };
}

function greeting(of: MailSubject): string {
  return of.order.customer.name ? `Hello ${of.order.customer.name},` : "Hello,";
}

/** Subjects are one line, whatever a reference holds, and end in no half of a pair of surrogates. */
function name(of: MailSubject): string {
  const line = (of.order.reference ?? of.orderId).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
  return line.slice(0, 80).replace(/\p{Cs}$/u, "");
}

function total(of: MailSubject): string {
  return formatMoney(of.order.total, of.order.currency);
}

function linesOf(of: MailSubject): string {
  return of.order.lines.map((line) => `${line.quantity} x ${line.sku}`).join("\n");
}

function tracking({ shipment }: MailSubject): string {
  return shipment?.trackingNumber ? `${shipment.carrier ?? "Tracking"}: ${shipment.trackingNumber}` : "";
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
