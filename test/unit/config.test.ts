import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ProcessName, readConfig } from "../../src/config/config.js";
import { enginesPath, type SimulatorFile, simulatorPath, writePrivately } from "../../src/config/home.js";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "idem-config-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const SIMULATOR: SimulatorFile = {
  stripeSecretKey: "sk_test_simulated",
  stripeApiBase: "http://127.0.0.1:9001",
  stripeWebhookSecret: "whsec_simulated",
  fulfilmentUrl: "http://127.0.0.1:9001",
  fulfilmentSecret: "whsec_c2ltdWxhdGVk",
  smtpUrl: "smtp://127.0.0.1:9025",
  mailFrom: "orders@idem.test",
  mailboxUrl: "http://127.0.0.1:9001/mailbox",
  controlUrl: "http://127.0.0.1:9001/control",
};

const COMPLETE = {
  DATABASE_URL: "postgres://idem:secret@db/idem",
  TEMPORAL_ADDRESS: "temporal:7233",
  STRIPE_SECRET_KEY: "sk_live_1",
  STRIPE_WEBHOOK_SECRET: "whsec_1",
  FULFILMENT_URL: "https://warehouse.example",
  FULFILMENT_SECRET: "whsec_b25l",
  SMTP_URL: "smtp://mail.example",
  MAIL_FROM: "orders@example.com",
  API_KEYS: "acme:merchant:key_of_acme",
};

function read(env: NodeJS.ProcessEnv, name: ProcessName = "api") {
  return readConfig(name, { IDEM_HOME: home, ...env });
}

function configOf(env: NodeJS.ProcessEnv, name?: ProcessName) {
  const result = read(env, name);
  if ("issues" in result) throw new Error(JSON.stringify(result.issues));
  return result.config;
}

function issuesOf(env: NodeJS.ProcessEnv, name?: ProcessName): Record<string, string> {
  const result = read(env, name);
  if ("config" in result) throw new Error("no fault was found");
  return Object.fromEntries(result.issues.map(({ setting, problem }) => [setting, problem]));
}

function without(...names: (keyof typeof COMPLETE)[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(COMPLETE).filter(([name]) => !names.includes(name as keyof typeof COMPLETE)),
  );
}

function enginesRun() {
  writePrivately(enginesPath(home), {
    temporalAddress: "127.0.0.1:17233",
    temporalUiUrl: "http://127.0.0.1:18233",
    databaseUrl: "postgres://idem:x@127.0.0.1:15433/idem",
  });
}

function simulatorRuns() {
  writePrivately(simulatorPath(home), SIMULATOR);
}

describe("what a program of this home has yet to write", () => {
  const awaited = (env: NodeJS.ProcessEnv) => {
    const result = read(env);
    return "issues" in result ? result.issues.map(({ setting, writtenBy = null }) => [setting, writtenBy]) : [];
  };

  test("is awaited: from the engines, and from a simulator beside them", () => {
    expect(awaited(without("DATABASE_URL"))).toEqual([["DATABASE_URL", "engines"]]);
    expect(awaited(without("TEMPORAL_ADDRESS"))).toEqual([["TEMPORAL_ADDRESS", "engines"]]);
    expect(new Set(awaited({}).map(([, program]) => program))).toEqual(new Set(["engines", "simulator"]));
  });

  test("is a fault at once where it was written without that, or the engines are elsewhere", () => {
    writePrivately(enginesPath(home), { databaseUrl: "postgres://idem:x@127.0.0.1:15433/idem" });
    expect(awaited(without("TEMPORAL_ADDRESS"))).toEqual([["TEMPORAL_ADDRESS", null]]);
    expect(awaited(without("SMTP_URL", "MAIL_FROM"))).toEqual([
      ["SMTP_URL", null],
      ["MAIL_FROM", null],
    ]);
  });
});

describe("a secret in a file", () => {
  const fileOf = (text: string) => {
    const path = join(home, "secret");
    writeFileSync(path, text);
    return path;
  };

  test("is read without the line break at its end", () => {
    const env = { ...without("STRIPE_SECRET_KEY"), STRIPE_SECRET_KEY_FILE: fileOf("sk_live_2\n") };
    expect(configOf(env).stripe.secretKey).toBe("sk_live_2");
    const cloud = { ...COMPLETE, TEMPORAL_API_KEY_FILE: fileOf("key of Temporal Cloud\n") };
    expect(configOf(cloud).temporal.connectionOptions.apiKey).toBe("key of Temporal Cloud");
  });

  test("is checked like one in the environment, and not shown either", () => {
    const env = { ...without("DATABASE_URL"), DATABASE_URL_FILE: fileOf("mysql://idem:hidden@db/idem") };
    expect(issuesOf(env)).toEqual({ DATABASE_URL: "is not understood, expected a postgres:// URL" });
  });

  test("is not set when the file is empty", () => {
    expect(configOf({ ...COMPLETE, ALERT_WEBHOOK_SECRET_FILE: fileOf("\n") }).alerts.webhook).toBe(null);
    const env = { ...without("API_KEYS"), API_KEYS_FILE: fileOf("") };
    expect(Object.keys(issuesOf(env))).toEqual(["API_KEYS"]);
  });

  test("is refused when its file cannot be read, once", () => {
    const path = join(home, "absent");
    expect(issuesOf({ ...without("API_KEYS"), API_KEYS_FILE: path })).toEqual({
      API_KEYS_FILE: `cannot be read: ENOENT: no such file or directory, open '${path}'`,
    });
  });

  test("is refused beside the same setting in the environment", () => {
    expect(issuesOf({ ...COMPLETE, SMTP_URL_FILE: fileOf("smtp://other.example") })).toEqual({
      SMTP_URL_FILE: "is set besides SMTP_URL, expected one of them",
    });
  });
});

describe("the environment alone", () => {
  test("has the defaults of the contract", () => {
    expect(configOf(COMPLETE)).toMatchObject({
      host: "127.0.0.1",
      port: 3000,
      metricsPort: 0,
      publicUrl: "http://127.0.0.1:3000",
      temporal: { connectionOptions: { address: "temporal:7233" }, namespace: "default" },
      stripe: { apiBase: null, webhookSecrets: ["whsec_1"] },
      retentionDays: null,
      rateLimit: 100,
      home,
      buildId: null,
      demo: false,
      mailboxUrl: null,
    });
  });

  test("fixes a policy in milliseconds", () => {
    const env = { ...COMPLETE, APPROVAL_THRESHOLD: "50000", APPROVAL_TIMEOUT: "1.5h", LOOKUP_AFTER: "2s" };
    expect(configOf(env).policy).toEqual({
      approvalThreshold: 50_000,
      approvalTimeoutMs: 5_400_000,
      paymentActionTimeoutMs: 1_800_000,
      lookupAfterMs: 2_000,
      attentionAfterMs: 86_400_000,
      deliveryDeadlineMs: 1_209_600_000,
      emailGiveUpAfterMs: 86_400_000,
      sendsReference: true,
    });
  });

  test("lists every fault at once, each with what is expected", () => {
    const issues = issuesOf({ ...COMPLETE, PORT: "eighty", RATE_LIMIT: "many", APPROVAL_TIMEOUT: "2 days" });
    expect(issues).toEqual({
      PORT: 'is "eighty", expected a port, 0 to 65535',
      RATE_LIMIT: 'is "many", expected requests a second, at least 1',
      APPROVAL_TIMEOUT: 'is "2 days", expected a duration: a number and s, m, h or d',
    });
  });

  test("lets a worker serve runs, effects or both", () => {
    expect(configOf(COMPLETE, "worker").queues).toEqual(["orders", "effects"]);
    expect(configOf({ ...COMPLETE, WORKER_QUEUES: "effects" }, "worker").queues).toEqual(["effects"]);
    expect(issuesOf({ ...COMPLETE, WORKER_QUEUES: "orders,mail" }, "worker")).toEqual({
      WORKER_QUEUES: 'is "orders,mail", expected orders, effects or both, separated by a comma',
    });
  });

  test("is refused without a setting that money depends on", () => {
    expect(Object.keys(issuesOf(without("STRIPE_SECRET_KEY"), "worker"))).toEqual(["STRIPE_SECRET_KEY"]);
    expect(Object.keys(issuesOf({}))).toEqual([
      "DATABASE_URL",
      "STRIPE_SECRET_KEY",
      "STRIPE_WEBHOOK_SECRET",
      "FULFILMENT_URL",
      "FULFILMENT_SECRET",
      "SMTP_URL",
      "MAIL_FROM",
      "TEMPORAL_ADDRESS",
      "API_KEYS",
    ]);
  });

  test("counts an empty variable as not set", () => {
    expect(configOf({ ...COMPLETE, STRIPE_API_BASE: "", PORT: "" })).toMatchObject({
      port: 3000,
      stripe: { apiBase: null },
    });
    expect(issuesOf({ ...COMPLETE, STRIPE_SECRET_KEY: "" })).toHaveProperty("STRIPE_SECRET_KEY");
  });

  test("takes two secrets while rotating, and no more", () => {
    const env = {
      ...COMPLETE,
      STRIPE_WEBHOOK_SECRET: "whsec_new, whsec_old",
      FULFILMENT_SECRET: "whsec_bmV3,whsec_b2xk",
    };
    expect(configOf(env).stripe.webhookSecrets).toEqual(["whsec_new", "whsec_old"]);
    expect(configOf(env).fulfilment.secrets).toEqual(["whsec_bmV3", "whsec_b2xk"]);
    expect(issuesOf({ ...COMPLETE, STRIPE_WEBHOOK_SECRET: "a,b,c" })).toHaveProperty("STRIPE_WEBHOOK_SECRET");
  });

  test("shows no secret in a fault", () => {
    const issues = issuesOf({ ...COMPLETE, API_KEYS: "acme:owner:sesame123", DATABASE_URL: "mysql://u:sesame123@db" });
    expect(Object.keys(issues)).toEqual(["DATABASE_URL", "API_KEYS"]);
    expect(JSON.stringify(issues)).not.toContain("sesame123");
  });

  test("opens the API to the keys it names", () => {
    const keys = { API_KEYS: "acme:merchant:key_of_acme, acme:operator:key:of:staff" };
    expect(configOf({ ...COMPLETE, ...keys }).apiKeys).toEqual([
      { tenant: "acme", role: "merchant", key: "key_of_acme" },
      { tenant: "acme", role: "operator", key: "key:of:staff" },
    ]);
    expect(issuesOf({ ...COMPLETE, API_KEYS: "a:merchant:same_key,b:merchant:same_key" })).toHaveProperty("API_KEYS");
  });

  test("needs keys at the door only, and not when the order database holds them all", () => {
    expect(issuesOf(without("API_KEYS"))).toHaveProperty("API_KEYS");
    expect(configOf(without("API_KEYS"), "worker").apiKeys).toEqual([]);
    expect(configOf({ ...COMPLETE, API_KEYS: "none" }).apiKeys).toEqual([]);
  });
});

describe("Temporal", () => {
  test("is reached with TLS when an API key is set", () => {
    const { temporal } = configOf({ ...COMPLETE, TEMPORAL_NAMESPACE: "shop", TEMPORAL_API_KEY: "tk" });
    expect(temporal).toEqual({
      connectionOptions: { address: "temporal:7233", apiKey: "tk", tls: true },
      namespace: "shop",
    });
  });

  test("is reached as the profile that is named says", () => {
    const path = join(home, "temporal.toml");
    writeFileSync(path, '[profile.prod]\naddress = "prod.example:7233"\nnamespace = "orders"\n');
    const env = { ...without("TEMPORAL_ADDRESS"), TEMPORAL_CONFIG_FILE: path, TEMPORAL_PROFILE: "prod" };
    expect(configOf(env).temporal).toEqual({
      connectionOptions: { address: "prod.example:7233" },
      namespace: "orders",
    });
  });

  test("is refused when its settings cannot be read", () => {
    const env = {
      ...COMPLETE,
      TEMPORAL_TLS_CLIENT_CERT_PATH: join(home, "none.pem"),
      TEMPORAL_TLS_CLIENT_KEY_PATH: "none",
    };
    expect(issuesOf(env)).toHaveProperty("TEMPORAL_*");
    expect(issuesOf({ ...COMPLETE, TEMPORAL_ADDRESS: "somewhere" })).toHaveProperty("TEMPORAL_ADDRESS");
  });
});

describe("the files of the home", () => {
  test("say where the engines are when the environment is silent", () => {
    enginesRun();
    expect(configOf(without("DATABASE_URL", "TEMPORAL_ADDRESS"))).toMatchObject({
      databaseUrl: "postgres://idem:x@127.0.0.1:15433/idem",
      temporal: { connectionOptions: { address: "127.0.0.1:17233" } },
      temporalUiUrl: "http://127.0.0.1:18233",
    });
  });

  test("are overridden by the environment", () => {
    enginesRun();
    simulatorRuns();
    expect(configOf(COMPLETE)).toMatchObject({
      databaseUrl: COMPLETE.DATABASE_URL,
      temporal: { connectionOptions: { address: "temporal:7233" } },
      stripe: { secretKey: "sk_live_1", apiBase: null },
      demo: false,
    });
  });

  test("complete an empty environment with a simulated world and the demo keys", () => {
    enginesRun();
    simulatorRuns();
    const config = configOf({});
    expect(config).toMatchObject({
      demo: true,
      stripe: { secretKey: "sk_test_simulated", apiBase: "http://127.0.0.1:9001", webhookSecrets: ["whsec_simulated"] },
      email: { smtpUrl: "smtp://127.0.0.1:9025", from: "orders@idem.test" },
      mailboxUrl: "http://127.0.0.1:9001/mailbox",
    });
    expect(config.apiKeys.map((key) => `${key.tenant}:${key.role}:${key.key}`)).toEqual([
      "acme:merchant:idem_demo_acme",
      "globex:merchant:idem_demo_globex",
      "acme:operator:idem_demo_acme_operator",
    ]);
  });

  test("complete no provider of which one setting is set", () => {
    enginesRun();
    simulatorRuns();
    expect(issuesOf({ STRIPE_API_BASE: "http://127.0.0.1:1", API_KEYS: "none" })).toEqual({
      STRIPE_SECRET_KEY: expect.stringContaining("is required when STRIPE_API_BASE is set"),
      STRIPE_WEBHOOK_SECRET: expect.stringContaining("is required when STRIPE_API_BASE is set"),
    });
    expect(Object.keys(issuesOf({ SMTP_URL: "smtp://mail.example" }))).toEqual(["MAIL_FROM"]);
    expect(configOf({ SMTP_URL: "smtp://mail.example", MAIL_FROM: "a@example.com" })).toMatchObject({
      stripe: { secretKey: "sk_test_simulated" },
      email: { smtpUrl: "smtp://mail.example", from: "a@example.com" },
      mailboxUrl: null,
    });
  });

  test("bring no demo keys where real money moves or keys are configured", () => {
    enginesRun();
    simulatorRuns();
    const stripe = { STRIPE_SECRET_KEY: "sk_live_1", STRIPE_WEBHOOK_SECRET: "whsec_1" };
    expect(Object.keys(issuesOf(stripe))).toEqual(["API_KEYS"]);
    expect(configOf({ API_KEYS: "acme:merchant:key_of_acme" })).toMatchObject({
      demo: false,
      apiKeys: [{ key: "key_of_acme" }],
    });
  });

  test("are readable by their owner alone", () => {
    simulatorRuns();
    expect(statSync(simulatorPath(home)).mode & 0o777).toBe(0o600);
  });
});
