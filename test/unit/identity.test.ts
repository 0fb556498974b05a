import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  idFromKey,
  isOrderId,
  type KeyScope,
  messageId,
  type Operation,
  orderWorkflowId,
  automaticRefundId,
  providerKey,
  refundWorkflowId,
  takeoverWorkflowId,
  shipmentId,
  tenantTag,
} from "../../src/idempotency/derived-ids.js";

const ORDER_ID = "ord_n2432yvpkqc5ybzdlnh7tyjz4vbe2apz";
const KEY = "cart-981-try-1";

const OPERATIONS: Operation[] = [
  "place-order",
  "cancel-order",
  "decide-order",
  "refund-order",
  "resolve-order",
  "refresh-order",
  "change-address",
  "move-stock",
  "create-webhook-endpoint",
  "ping-webhook-endpoint",
  "rotate-webhook-secret",
  "enable-webhook-endpoint",
  "redeliver-webhook",
  "redeliver-webhooks",
  "resolve-attentions",
  "pause-attention-batch",
  "resume-attention-batch",
];
const WITHOUT_PARENT: Operation[] = ["place-order", "create-webhook-endpoint", "resolve-attentions"];

function scopeOf(operation: Operation, tenant = "acme", parentId: string | null = ORDER_ID): KeyScope {
  return { tenant, operation, parentId: WITHOUT_PARENT.includes(operation) ? null : parentId };
}

/**
 * Computed apart from this code with Python's hashlib and base64. Ids are found again by these functions for as long as
 * a database lives: should one of these tests fail, the function is wrong, never the literal.
 */
describe("a derived id never changes", () => {
  test.each<[Operation, string, string, string]>([
    ["place-order", "acme", KEY, ORDER_ID],
    ["place-order", "globex", KEY, "ord_gc25253yc2olxwewxo4z76le36o5prfz"],
    ["place-order", "acme", "Cart-981-try-1", "ord_f7oggoykssdqkwijcpjflmqvvpj6bbh7"],
    ["place-order", "münchen", KEY, "ord_eqsgnth6j6mb6m5nrwz5lmcwoac7rgbp"],
    ["refund-order", "acme", KEY, "ref_qe4vv5fttvp6nfsxmws74pbo6h3olxxj"],
    ["cancel-order", "acme", KEY, "cmd_3kopbbpi5reyoljq4gqtirdlhyidvgbk"],
    ["decide-order", "acme", KEY, "cmd_bajn4y2qeyvofnip6ibzcwy4wubldpvu"],
    ["resolve-order", "acme", KEY, "cmd_jfk5mshqawavkpemaokglalmydzmzmkp"],
    ["refresh-order", "acme", KEY, "cmd_3xyfjdu4ogaewzakz7kb2hf53azrgugj"],
    ["change-address", "acme", KEY, "cmd_jmm5d566ionjaor3l4dmaapstcsz4kou"],
    ["move-stock", "acme", KEY, "mov_s3j3wuduznvpxrcl6lo4vs7gelkwclal"],
    ["create-webhook-endpoint", "acme", KEY, "whe_2bm4bqyyryhvnr3ceszdozwl3il4iybc"],
    ["ping-webhook-endpoint", "acme", KEY, "png_hoitmxtcmjo6nlrkb4vhvzwylvvkozeg"],
    ["rotate-webhook-secret", "acme", KEY, "cmd_xlgyrjcrh3bmywusvbr37q7vtw2yml4v"],
    ["enable-webhook-endpoint", "acme", KEY, "cmd_swqzbrqrz5wnuj4iuvp64kyngumow75b"],
    ["redeliver-webhook", "acme", KEY, "cmd_fsqqnqq2bsvsimn4w5ddq7ezyl7ch3li"],
    ["redeliver-webhooks", "acme", KEY, "cmd_pxrehefratsum4pbw3sm6c4oidiq7aux"],
    ["resolve-attentions", "acme", KEY, "bat_xkklgtfhnckrjyf4k2gm7xeqhke6fchc"],
    ["pause-attention-batch", "acme", KEY, "cmd_56hty5j2ni5gbmlnmngnczuytllahqd4"],
    ["resume-attention-batch", "acme", KEY, "cmd_xcenxdtmyuc2mrmucnvououosoc3fh5l"],
  ])("%s of %s under %s", (operation, tenant, key, id) => {
    expect(idFromKey(scopeOf(operation, tenant), key)).toBe(id);
  });

  test("a shipment's, from order and warehouse", () => {
    expect(shipmentId(ORDER_ID, "main")).toBe("shp_r32fys7blazvoz4hmmmhzju5bjity5id");
    expect(shipmentId(ORDER_ID, "north")).toBe("shp_2g5svmy3peig25dpp5f6nroson3ow4jz");
  });

  test("a refund's that Idem makes by itself, from order and cause", () => {
    expect(automaticRefundId(ORDER_ID, "late/pi_1")).toBe("ref_s4nrgfckzyjmz66agleqokvbmoiu4lsr");
  });

  test("a tenant's tag, from its name", () => {
    expect(tenantTag("acme")).toBe("ten_zna3k7eibvk7edotny3fiv6y3vdpjpfk");
  });

  test("a provider's key, from its owner and step", () => {
    expect(providerKey(ORDER_ID, "authorize")).toBe(`${ORDER_ID}/authorize`);
    expect(providerKey(ORDER_ID, "capture/shp_1")).toBe(`${ORDER_ID}/capture/shp_1`);
  });

  test("a run's, from what it serves", () => {
    expect(orderWorkflowId(ORDER_ID)).toBe(`order/${ORDER_ID}`);
    expect(refundWorkflowId("ref_1")).toBe("refund/ref_1");
    expect(takeoverWorkflowId(ORDER_ID)).toBe(`takeover/${ORDER_ID}`);
  });

  test("an email's, from order, kind and what it is about", () => {
    expect(messageId(ORDER_ID, "confirmation", null, "shop.example")).toBe(`<confirmation.${ORDER_ID}@shop.example>`);
    expect(messageId(ORDER_ID, "shipped", "shp_1", "shop.example")).toBe(`<shipped.${ORDER_ID}.shp_1@shop.example>`);
  });
});

describe("an id from a key", () => {
  const key = fc.string({ minLength: 8, maxLength: 255 });
  const tenant = fc.string({ minLength: 1, maxLength: 64 });

  test("is a prefix and 32 lowercase base32 characters, whoever asks and whatever the key holds", () => {
    fc.assert(
      fc.property(fc.constantFrom(...OPERATIONS), tenant, key, (operation, who, what) => {
        expect(idFromKey(scopeOf(operation, who), what)).toMatch(/^(ord|ref|cmd|mov|whe|png|bat)_[a-z2-7]{32}$/);
      }),
    );
  });

  test("shows neither tenant nor key", () => {
    const id = idFromKey(scopeOf("place-order"), KEY);
    expect(id).not.toContain("acme");
    expect(id).not.toContain("cart");
  });

  test("differs by tenant, operation, parent and key", () => {
    const other = ORDER_ID.replace(/z$/, "y");
    const ids = [
      ...OPERATIONS.map((operation) => idFromKey(scopeOf(operation), KEY)),
      ...OPERATIONS.map((operation) => idFromKey(scopeOf(operation, "globex"), KEY)),
      ...OPERATIONS.map((operation) => idFromKey(scopeOf(operation, "acme", other), `${KEY}x`)),
      idFromKey(scopeOf("refund-order", "acme", other), KEY),
      idFromKey(scopeOf("cancel-order", "acme", other), KEY),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("does not let a tenant's name run into the operation or the key", () => {
    fc.assert(
      fc.property(tenant, key, fc.string({ minLength: 1, maxLength: 8 }), (who, what, more) => {
        const scope = scopeOf("place-order", who);
        expect(idFromKey({ ...scope, tenant: who + more }, what)).not.toBe(idFromKey(scope, more + what));
      }),
    );
  });

  test("is the same each time", () => {
    fc.assert(
      fc.property(tenant, key, (who, what) => {
        expect(idFromKey(scopeOf("place-order", who), what)).toBe(idFromKey(scopeOf("place-order", who), what));
      }),
    );
  });
});

describe("an order's id", () => {
  test("is recognized", () => {
    expect(isOrderId(ORDER_ID)).toBe(true);
  });

  test.each([
    "",
    "ord_",
    ORDER_ID.toUpperCase(),
    ORDER_ID.slice(0, -1),
    `${ORDER_ID}a`,
    ` ${ORDER_ID}`,
    `${ORDER_ID}\n`,
    ORDER_ID.replace("ord_", "ref_"),
    ORDER_ID.replace(/z$/, "1"),
  ])("is not %j", (text) => {
    expect(isOrderId(text)).toBe(false);
  });
});
