import type { Policy } from "../domain/policy.js";
import type { WebhookPolicy } from "../domain/webhook-attempt.js";
import { DEMO_KEYS } from "./demo-keys.js";
import { type SettingIssue, invalidSetting, refuseToStart } from "./config-error.js";
import { localUrl } from "./local-url.js";
import { named, PROVIDER_SETTINGS, PROVIDER_NAMES } from "./provider-settings.js";
import { type ApiKey, EXPECTED, type Queue, type SettingName, Settings } from "./settings.js";
import { readSources, type Sources } from "./sources.js";
import { readTemporalSettings, type TemporalSettings } from "./temporal-settings.js";

export interface Config {
  host: string;
  port: number;
  metricsPort: number;
  publicUrl: string;
  databaseUrl: string;
  temporal: TemporalSettings;
  temporalUiUrl: string;
  stripe: { secretKey: string; apiBase: string | null; webhookSecrets: string[] };
  fulfilment: { url: string; secrets: string[] };
  email: { smtpUrl: string; from: string; domain: string };
  apiKeys: ApiKey[];
  policy: Policy;
  retentionDays: number | null;
  rateLimit: number;
  alerts: {
    webhook: { url: string; secret: string } | null;
    email: string | null;
    repeatMs: number;
  };
  webhooks: {
    /** Whether events are delivered to addresses that are not public, and over http. */
    allowPrivate: boolean;
    policy: WebhookPolicy;
  };
  home: string;
  logLevel: string;
  buildId: string | null;
  /** Whether a worker lets runs begin on its build when it starts. */
  makesCurrent: boolean;
  /** How many orders a worker keeps in memory between two of their steps. */
  cachedOrders: number;
  /** The task queues that a worker serves. */
  queues: readonly Queue[];
  /** The simulator takes the payments and no keys are configured: the public demo keys open the API. */
  demo: boolean;
  mailboxUrl: string | null;
  /** Where the simulated providers are told to fail; null where none is simulated. */
  simulatorControlUrl: string | null;
}

/** Who reads the whole configuration; only an API needs API keys. */
export type ProcessName = "api" | "worker" | "administration";

/** The configuration of this process; prints every fault and exits with status 2 when there are any. */
export function loadConfig(name: ProcessName): Config {
  const result = readConfig(name, process.env);
  return "issues" in result ? refuseToStart(result.issues) : result.config;
}

/** The order database alone, for what needs nothing else; prints the fault and exits with status 2 when there is one. */
export function loadDatabaseUrl(): string {
  const sources = readSources(process.env);
  const parsed = Settings.pick({ DATABASE_URL: true }).safeParse(sources.env);
  if (parsed.success && sources.fileIssues.length === 0) return parsed.data.DATABASE_URL;
  return refuseToStart(withoutConsequences(settingFaults(parsed.error?.issues ?? [], sources), sources));
}

export function readConfig(
  name: ProcessName,
  environment: NodeJS.ProcessEnv,
): { config: Config } | { issues: SettingIssue[] } {
  const sources = readSources(environment);
  const parsed = Settings.safeParse(sources.env);
  const temporal = readTemporalSettings(sources);
  const faults = [
    ...settingFaults(parsed.error?.issues ?? [], sources),
    ...("fault" in temporal ? [temporal.fault] : []),
    ...alertFaults(sources),
    ...(name === "api" && !sources.env["API_KEYS"] && !isDemo(sources) ? [missing("API_KEYS", sources)] : []),
  ];
  const issues = withoutConsequences(faults, sources);
  if (!parsed.success || "fault" in temporal || issues.length > 0) return { issues };
  return { config: assemble(parsed.data, temporal.settings, sources) };
}

/** A setting whose file cannot be read is no second fault. */
function withoutConsequences(faults: SettingIssue[], { fileIssues }: Sources): SettingIssue[] {
  const files = new Set(fileIssues.map(({ setting }) => setting));
  return [...fileIssues, ...faults.filter(({ setting }) => !files.has(`${setting}_FILE`))];
}

function settingFaults(issues: { path: PropertyKey[] }[], sources: Sources): SettingIssue[] {
  const names = new Set(issues.map((issue) => issue.path[0] as SettingName));
  return [...names].map((name) => {
    const value = sources.env[name];
    return value === undefined ? missing(name, sources) : invalidSetting(name, value);
  });
}

/** An alert without a signature that its receiver can verify is not sent. */
function alertFaults({ env }: Sources): SettingIssue[] {
  const setting = "ALERT_WEBHOOK_SECRET";
  if (!env["ALERT_WEBHOOK_URL"] || env[setting]) return [];
  return [{ setting, problem: `is required when ALERT_WEBHOOK_URL is set, expected ${EXPECTED[setting]}` }];
}

function missing(setting: SettingName, { env, home, pending }: Sources): SettingIssue {
  const provider = PROVIDER_NAMES.find((name) =>
    (PROVIDER_SETTINGS[name].settings as readonly SettingName[]).includes(setting),
  );
  const siblings = provider ? named(provider, env) : [];
  if (siblings.length > 0) {
    return { setting, problem: `is required when ${siblings.join(" or ")} is set, expected ${EXPECTED[setting]}` };
  }
  const source = setting === "DATABASE_URL" ? "engines" : "simulator";
  return {
    setting,
    problem: `is missing, expected ${EXPECTED[setting]}, or \`npm run ${source}\` with IDEM_HOME ${home}`,
    ...(pending.has(source) && { writtenBy: source }),
  };
}

function isDemo({ env, simulated }: Sources): boolean {
  return simulated.has("payment") && !env["API_KEYS"];
}

function assemble(settings: Settings, temporal: TemporalSettings, sources: Sources): Config {
  const demo = isDemo(sources);
  return {
    host: settings.HOST,
    port: settings.PORT,
    metricsPort: settings.METRICS_PORT,
    publicUrl: settings.PUBLIC_URL ?? localUrl(settings.HOST, settings.PORT),
    databaseUrl: settings.DATABASE_URL,
    temporal,
    temporalUiUrl: settings.TEMPORAL_UI_URL ?? "http://127.0.0.1:8233",
    stripe: {
      secretKey: settings.STRIPE_SECRET_KEY,
      apiBase: settings.STRIPE_API_BASE ?? null,
      webhookSecrets: settings.STRIPE_WEBHOOK_SECRET,
    },
    fulfilment: { url: settings.FULFILMENT_URL, secrets: settings.FULFILMENT_SECRET },
    email: {
      smtpUrl: settings.SMTP_URL,
      from: settings.MAIL_FROM,
      domain: settings.MAIL_FROM.replace(/^.*@|>\s*$/g, ""),
    },
    apiKeys: demo ? DEMO_KEYS : (settings.API_KEYS ?? []),
    policy: policyOf(settings),
    retentionDays: settings.ORDER_RETENTION_DAYS ?? null,
    rateLimit: settings.RATE_LIMIT,
    alerts: {
      webhook: webhookOf(settings),
      email: settings.ALERT_EMAIL ?? null,
      repeatMs: settings.ALERT_REPEAT,
    },
    webhooks: {
      allowPrivate: settings.WEBHOOK_ALLOW_PRIVATE ?? demo,
      policy: { retryMaxMs: settings.WEBHOOK_RETRY_MAX, giveUpAfterMs: settings.WEBHOOK_GIVE_UP_AFTER },
    },
    home: sources.home,
    logLevel: settings.LOG_LEVEL,
    buildId: settings.WORKER_BUILD_ID ?? null,
    makesCurrent: settings.WORKER_MAKE_CURRENT,
    cachedOrders: settings.WORKER_CACHED_ORDERS,
    queues: settings.WORKER_QUEUES,
    demo,
    mailboxUrl: sources.simulated.has("email") ? (sources.simulator?.mailboxUrl ?? null) : null,
    simulatorControlUrl: sources.simulator?.controlUrl ?? null,
  };
}

function webhookOf({ ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret }: Settings) {
  return url && secret ? { url, secret } : null;
}

function policyOf(settings: Settings): Policy {
  return {
    approvalThreshold: settings.APPROVAL_THRESHOLD ?? null,
    approvalTimeoutMs: settings.APPROVAL_TIMEOUT,
    paymentActionTimeoutMs: settings.PAYMENT_ACTION_TIMEOUT,
    lookupAfterMs: settings.LOOKUP_AFTER,
    attentionAfterMs: settings.ATTENTION_AFTER,
    deliveryDeadlineMs: settings.DELIVERY_DEADLINE,
    emailGiveUpAfterMs: settings.EMAIL_GIVE_UP_AFTER,
    sendsReference: true,
  };
}
