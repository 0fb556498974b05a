import type { Role } from "../domain/role.js";
import { z } from "zod";

/** What each setting of the environment must look like, in the words of the error message. */
export const EXPECTED = {
  PORT: "a port, 0 to 65535",
  HOST: "an address to listen on",
  METRICS_PORT: "a port, 0 to 65535 (0 is any free one)",
  PUBLIC_URL: "the http(s) URL callers reach the API at",
  DATABASE_URL: "a postgres:// URL",
  TEMPORAL_UI_URL: "an http(s) URL",
  STRIPE_SECRET_KEY: "the secret key of the Stripe account (sk_...)",
  STRIPE_API_BASE: "an http(s) URL that speaks Stripe's API",
  STRIPE_WEBHOOK_SECRET: "the webhook's signing secret (whsec_...), or two separated by a comma",
  FULFILMENT_URL: "the http(s) URL of the warehouse",
  FULFILMENT_SECRET: "whsec_ and base64, or two such separated by a comma",
  SMTP_URL: "an smtp:// or smtps:// URL",
  MAIL_FROM: "the address emails are sent from",
  API_KEYS:
    'tenant:role:key with role merchant, operator or support, separated by commas, or "none" when the order database holds them all',
  APPROVAL_THRESHOLD: "an amount in minor units",
  APPROVAL_TIMEOUT: "a duration: a number and s, m, h or d",
  PAYMENT_ACTION_TIMEOUT: "a duration: a number and s, m, h or d",
  LOOKUP_AFTER: "a duration: a number and s, m, h or d",
  ATTENTION_AFTER: "a duration: a number and s, m, h or d",
  DELIVERY_DEADLINE: "a duration: a number and s, m, h or d",
  EMAIL_GIVE_UP_AFTER: "a duration: a number and s, m, h or d",
  ORDER_RETENTION_DAYS: "a number of days, at least 1",
  RATE_LIMIT: "requests a second, at least 1",
  ALERT_WEBHOOK_URL: "the http(s) URL that alerts are sent to",
  ALERT_WEBHOOK_SECRET: "whsec_ and base64",
  ALERT_EMAIL: "an email address",
  ALERT_REPEAT: "a duration: a number and s, m, h or d",
  WEBHOOK_ALLOW_PRIVATE: "true or false",
  WEBHOOK_RETRY_MAX: "a duration: a number and s, m, h or d",
  WEBHOOK_GIVE_UP_AFTER: "a duration: a number and s, m, h or d",
  LOG_LEVEL: "one of trace, debug, info, warn, error, fatal, silent",
  WORKER_BUILD_ID: "an id for this build, up to 255 characters",
  WORKER_MAKE_CURRENT: "true or false",
  WORKER_CACHED_ORDERS: "a number of orders",
  WORKER_QUEUES: "orders, effects or both, separated by a comma",
} as const;

export type SettingName = keyof typeof EXPECTED;

/** Settings whose value is never shown, not even when it is wrong. */
export const SECRET: ReadonlySet<SettingName> = new Set([
  "DATABASE_URL",
  "STRIPE_SECRET_KEY",
  "STRIPE_WEBHOOK_SECRET",
  "FULFILMENT_SECRET",
  "SMTP_URL",
  "API_KEYS",
  "ALERT_WEBHOOK_SECRET",
]);

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const whole = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
const port = whole.refine((number) => number <= 65_535);
const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol));
const webUrl = url("http:", "https:").transform((text) => text.replace(/\/+$/, ""));
const duration = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,3})?[smhd]$/)
  .transform((text) => Math.round(Number(text.slice(0, -1)) * UNIT_MS[text.slice(-1) as keyof typeof UNIT_MS]));
const SIGNING_SECRET = /^whsec_[A-Za-z0-9+/]+={0,2}$/;
const oneOrTwo = (form: RegExp) =>
  z
    .string()
    .transform(listed)
    .refine((secrets) => secrets.length <= 2 && secrets.every((secret) => form.test(secret)));

const yesOrNo = z.enum(["true", "false"]).transform((text) => text === "true");

const ApiKey = z
  .string()
  .regex(/^[\w.-]{1,64}:(merchant|operator|support):[\x21-\x2b\x2d-\x7e]{8,}$/)
  .transform((entry) => {
    const [tenant = "", role, ...key] = entry.split(":");
    return { tenant, role: role as Role, key: key.join(":") };
  });

export type ApiKey = z.infer<typeof ApiKey>;

const ApiKeys = z
  .string()
  .transform((text) => (text === "none" ? [] : listed(text)))
  .pipe(z.array(ApiKey))
  .refine((entries) => new Set(entries.map((entry) => entry.key)).size === entries.length);

const Queues = z
  .string()
  .transform(listed)
  .pipe(z.array(z.enum(["orders", "effects"])));
export type Queue = z.infer<typeof Queues>[number];

export const Settings = z.object({
  PORT: port.default(3000),
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/)
    .default("127.0.0.1"),
  METRICS_PORT: port.default(0),
  PUBLIC_URL: webUrl.optional(),
  DATABASE_URL: url("postgres:", "postgresql:"),
  TEMPORAL_UI_URL: webUrl.optional(),
  STRIPE_SECRET_KEY: z.string().regex(/^\S+$/),
  STRIPE_API_BASE: webUrl.optional(),
  STRIPE_WEBHOOK_SECRET: oneOrTwo(/^\S+$/),
  FULFILMENT_URL: webUrl,
  FULFILMENT_SECRET: oneOrTwo(SIGNING_SECRET),
  SMTP_URL: url("smtp:", "smtps:"),
  MAIL_FROM: z.string().regex(/@/),
  API_KEYS: ApiKeys.optional(),
  APPROVAL_THRESHOLD: whole.optional(),
  APPROVAL_TIMEOUT: duration.default(48 * UNIT_MS.h),
  PAYMENT_ACTION_TIMEOUT: duration.default(30 * UNIT_MS.m),
  LOOKUP_AFTER: duration.default(10 * UNIT_MS.s),
  ATTENTION_AFTER: duration.default(24 * UNIT_MS.h),
  DELIVERY_DEADLINE: duration.default(14 * UNIT_MS.d),
  EMAIL_GIVE_UP_AFTER: duration.default(24 * UNIT_MS.h),
  ORDER_RETENTION_DAYS: whole.refine((days) => days >= 1).optional(),
  RATE_LIMIT: whole.refine((limit) => limit >= 1).default(100),
  ALERT_WEBHOOK_URL: webUrl.optional(),
  ALERT_WEBHOOK_SECRET: z.string().regex(SIGNING_SECRET).optional(),
  ALERT_EMAIL: z
    .string()
    .regex(/^[^\s@]+@[^\s@]+$/)
    .optional(),
  ALERT_REPEAT: duration.default(UNIT_MS.h),
  WEBHOOK_ALLOW_PRIVATE: yesOrNo.optional(),
  WEBHOOK_RETRY_MAX: duration.default(UNIT_MS.h),
  WEBHOOK_GIVE_UP_AFTER: duration.default(3 * UNIT_MS.d),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  WORKER_BUILD_ID: z.string().max(255).optional(),
  WORKER_MAKE_CURRENT: yesOrNo.default(false),
  WORKER_CACHED_ORDERS: whole.default(2_000),
  WORKER_QUEUES: Queues.default(["orders", "effects"]),
} satisfies Record<SettingName, z.ZodType>);
export type Settings = z.infer<typeof Settings>;

function listed(text: string): string[] {
  return text.split(",").map((part) => part.trim());
}
