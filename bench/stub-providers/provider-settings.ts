/** The key of the only tenant of a measured service. */
export const BENCH_KEY = "bench-merchant-key-000000000000";

/** What the stub providers sign their events with. */
export const STRIPE_WEBHOOK_SECRET = "whsec_bench";
export const FULFILMENT_SECRET = `whsec_${Buffer.from("bench").toString("base64")}`;

/** The environment that connects a process of Idem to the stub providers and accepts `BENCH_KEY`. */
export function providerSettings({ httpUrl, smtpUrl }: { httpUrl: string; smtpUrl: string }): NodeJS.ProcessEnv {
  return {
    STRIPE_SECRET_KEY: "sk_test_bench",
    STRIPE_API_BASE: httpUrl,
    STRIPE_WEBHOOK_SECRET,
    FULFILMENT_URL: httpUrl,
    FULFILMENT_SECRET,
    SMTP_URL: smtpUrl,
    MAIL_FROM: "shop@example.com",
    API_KEYS: `bench:merchant:${BENCH_KEY}`,
  };
}
