import type { EmailContent } from "../../domain/email.js";
import type { EmailMessage } from "./email-gateway.js";
import { formatMoney } from "../../domain/format-money.js";

interface Content {
  subject: string;
  paragraphs: string[];
  link?: { label: string; url: string };
}

const CONTENT: Record<EmailContent["kind"], (of: EmailContent) => Content> = {
  confirmation: (of) => ({
    subject: `Your order ${name(of)} is confirmed`,
    paragraphs: [
      of.order.total > 0
        ? `Thank you for your order. We've authorised ${total(of)} on your card and will charge it when your order ships.`
        : "Thank you for your order.",
      linesOf(of),
    ],
  }),
  "action-needed": (of) => ({
    subject: `Please confirm the payment for your order ${name(of)}`,
    paragraphs: [
      `Your bank needs you to confirm a payment of ${total(of)}. We'll continue with your order as soon as you have.`,
    ],
    ...(of.actionUrl !== null && { link: { label: "Confirm the payment", url: of.actionUrl } }),
  }),
  shipped: (of) => ({
    subject: `Your order ${name(of)} is on its way`,
    paragraphs: [of.partial ? "Part of your order is on its way." : "Your order is on its way.", tracking(of)],
    ...(of.shipment?.trackingUrl && { link: { label: "Follow the parcel", url: of.shipment.trackingUrl } }),
  }),
  cancelled: (of) => ({
    subject: `Your order ${name(of)} has been cancelled`,
    paragraphs: [
      "Your order has been cancelled. You haven't been charged, and any hold on your card has been released.",
    ],
  }),
  refunded: (of) => ({
    subject: `A refund for your order ${name(of)}`,
    paragraphs: [
      `We've refunded ${formatMoney(of.refundAmount ?? 0, of.order.currency)}. It may take your bank a few days to show it.`,
    ],
  }),
  rejected: (of) => ({
    subject: `We couldn't process your order ${name(of)}`,
    paragraphs: [
      "We couldn't process your order. You haven't been charged, and any hold on your card has been released.",
    ],
  }),
};

/** An email of one of our kinds, as text and as HTML. */
export function renderEmail(of: EmailContent): Omit<EmailMessage, "messageId"> {
  const { subject, paragraphs, link } = CONTENT[of.kind](of);
  const all = [greeting(of), ...paragraphs.filter((text) => text !== "")];
  const footer = `Order ${of.orderId}`;
  const text = [...all, ...(link ? [`${link.label}: ${link.url}`] : []), footer].join("\n\n");
  const html = [
    ...all.map((part) => `<p>${escapeHtml(part).replaceAll("\n", "<br>")}</p>`),
    ...(link ? [`<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.label)}</a></p>`] : []),
    `<p><small>${escapeHtml(footer)}</small></p>`,
  ].join("\n");
  return {
    to: of.order.customer.email,
    subject,
    text: `${text}\n`,
    html: `<!doctype html>\n<html><body>\n${html}\n</body></html>\n`,
  };
}

function greeting(of: EmailContent): string {
  return of.order.customer.name ? `Hello ${of.order.customer.name},` : "Hello,";
}

/** Subjects are one line, whatever a reference holds, and end in no half of a pair of surrogates. */
function name(of: EmailContent): string {
  const line = (of.order.reference ?? of.orderId).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
  return line.slice(0, 80).replace(/\p{Cs}$/u, "");
}

function total(of: EmailContent): string {
  return formatMoney(of.order.total, of.order.currency);
}

function linesOf(of: EmailContent): string {
  return of.order.lines.map((line) => `${line.quantity} x ${line.sku}`).join("\n");
}

function tracking({ shipment }: EmailContent): string {
  return shipment?.trackingNumber ? `${shipment.carrier ?? "Tracking"}: ${shipment.trackingNumber}` : "";
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
