import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UNTRACKED } from "../../src/domain/shipment.js";
import { renderEmail } from "../../src/providers/email/render-email.js";
import { EMAIL_KINDS, type EmailKind, type EmailContent } from "../../src/domain/email.js";
import type { OrderRequest } from "../../src/domain/order-request.js";
import { text } from "./arbitrary-json.js";

const ORDER_ID = "ord_n2432yvpkqc5ybzdlnh7tyjz4vbe2apz";

const ORDER: OrderRequest = {
  reference: "cart-981",
  currency: "EUR",
  customer: { email: "ada@example.com", name: "Ada" },
  shipTo: { line1: "1 High St", city: "London", postalCode: "N1 1AA", country: "GB" },
  lines: [
    { sku: "MUG-1", quantity: 2, unitPrice: 1250 },
    { sku: "TEE-1", quantity: 1, unitPrice: 900 },
  ],
  total: 3400,
  payment: { method: "pm_card_visa" },
};

function contentOf(kind: EmailKind, order: Partial<OrderRequest> = {}, more: Partial<EmailContent> = {}): EmailContent {
  return {
    kind,
    orderId: ORDER_ID,
    order: { ...ORDER, ...order },
    actionUrl: "https://bank.example/confirm?a=1&b=2",
    partial: false,
    shipment: { carrier: "Post", trackingNumber: "TRACK-42", trackingUrl: "https://post.example/TRACK-42" },
    refundAmount: 1250,
    ...more,
  };
}

/** What a browser would show: tags gone, numeric entities read. */
function shown(html: string): string {
  return html
    .replace(/<br>/g, "\n")
    .replace(/<[^>]*>/g, "")
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}

/** The tags of an email, without what their attributes say. */
function tagsOf(html: string): string[] {
  return [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/"[^"]*"/g, '""'));
}

describe.each(EMAIL_KINDS)("an email of kind %s", (kind) => {
  const mail = renderEmail(contentOf(kind));

  test("goes to the customer and names the order in subject, text and HTML", () => {
    expect(mail.to).toBe("ada@example.com");
    expect(mail.subject).toContain("cart-981");
    expect(mail.text).toContain("Hello Ada,");
    expect(mail.text).toContain(ORDER_ID);
    expect(mail.html).toContain(ORDER_ID);
  });

  test("says the same as text and as HTML", () => {
    for (const paragraph of mail.text.trim().split("\n\n")) {
      expect(shown(mail.html)).toContain(paragraph.replace(/^(Confirm the payment|Follow the parcel): .*$/, "$1"));
    }
  });

  test("says nothing that is not there", () => {
    const bare = renderEmail(
      contentOf(
        kind,
        { customer: { email: "ada@example.com" } },
        { actionUrl: null, shipment: { ...UNTRACKED }, refundAmount: null },
      ),
    );
    expect(bare.text).toMatch(/^Hello,\n/);
    expect(`${bare.subject}${bare.text}${bare.html}`).not.toMatch(/undefined|null|NaN|\[object/);
    expect(bare.text).not.toContain("\n\n\n");
  });

  test("escapes in its HTML whatever the order holds", () => {
    const evil = `</p><script>alert("1")</script><img src=x onerror='alert(2)'>&amp;`;
    const harmed = renderEmail(
      contentOf(
        kind,
        {
          reference: evil,
          customer: { email: "ada@example.com", name: evil },
          lines: [{ sku: evil, quantity: 1, unitPrice: 3400 }],
        },
        {
          shipment: { carrier: evil, trackingNumber: evil, trackingUrl: `https://post.example/"><script>x</script>` },
          actionUrl: `https://bank.example/"><script>x</script>`,
        },
      ),
    );
    const plain = renderEmail(contentOf(kind, { lines: [{ sku: "MUG-1", quantity: 1, unitPrice: 3400 }] }));
    expect(tagsOf(harmed.html)).toEqual(tagsOf(plain.html));
    expect(shown(harmed.html)).toContain(`Hello ${evil},`);
  });

  test("has a subject of one short line, whatever the reference holds", () => {
    const reference = fc.oneof(
      text,
      fc.string({ unit: "binary", minLength: 60, maxLength: 500 }),
      fc.constantFrom(
        "a\r\nBcc: eve@example.com",
        "\n\n<html>",
        "\u2028x\u2029y",
        "\u0085z",
        "\0",
        "a\rb\nc\r\n\td",
        "\u202egnp.exe",
      ),
      fc.constant("😀".repeat(250)),
      fc.constant(`x${"😀".repeat(249)}`),
    );
    fc.assert(
      fc.property(reference, (value) => {
        const { subject } = renderEmail(contentOf(kind, { reference: value }));
        expect(subject).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(subject.isWellFormed()).toBe(true);
        expect(subject.length).toBeLessThan(160);
      }),
    );
  });

  test("is called by the order's id where it has no reference", () => {
    const { reference: _, ...order } = ORDER;
    expect(renderEmail({ ...contentOf(kind), order }).subject).toContain(ORDER_ID);
  });
});

describe("an email says", () => {
  test("what is authorised and what was ordered when it confirms", () => {
    const { text: recorded } = renderEmail(contentOf("confirmation"));
    expect(recorded).toContain("EUR 34.00");
    expect(recorded).toContain("2 x MUG-1\n1 x TEE-1");
  });

  test("where to confirm the payment when the customer must act", () => {
    const { text: recorded, html } = renderEmail(contentOf("action-needed"));
    expect(recorded).toContain("Confirm the payment: https://bank.example/confirm?a=1&b=2");
    expect(html).toContain('<a href="https://bank.example/confirm?a=1&#38;b=2">');
    expect(recorded).toContain("EUR 34.00");
  });

  test("who carries a shipment, and its number", () => {
    expect(renderEmail(contentOf("shipped")).text).toContain("Post: TRACK-42");
    expect(renderEmail(contentOf("shipped")).text).toContain("Follow the parcel: https://post.example/TRACK-42");
    expect(renderEmail(contentOf("shipped", {}, { shipment: { ...UNTRACKED, trackingNumber: "T-1" } })).text).toContain(
      "Tracking: T-1",
    );
  });

  test("what was refunded, in the currency's own decimals", () => {
    expect(renderEmail(contentOf("refunded")).text).toContain("We've refunded EUR 12.50.");
    expect(renderEmail(contentOf("refunded", { currency: "JPY" })).text).toContain("We've refunded JPY 1250.");
  });

  test.each(["cancelled", "rejected"] as const)("that nothing is charged when the order is %s", (kind) => {
    expect(renderEmail(contentOf(kind)).text).toContain("You haven't been charged");
  });
});
