import type { SimulatorFile } from "./home.js";
import type { SettingName } from "./settings.js";

/** Somebody outside: its settings come all from the environment or all from the simulator's file. */
interface Party {
  settings: readonly SettingName[];
  simulated(file: SimulatorFile): Partial<Record<SettingName, string>>;
}

export const PARTIES = {
  payment: {
    settings: ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE"],
    simulated: (file) => ({
      STRIPE_SECRET_KEY: file.stripeSecretKey,
      STRIPE_WEBHOOK_SECRET: file.stripeWebhookSecret,
      STRIPE_API_BASE: file.stripeApiBase,
    }),
  },
  warehouse: {
    settings: ["FULFILMENT_URL", "FULFILMENT_SECRET"],
    simulated: (file) => ({ FULFILMENT_URL: file.fulfilmentUrl, FULFILMENT_SECRET: file.fulfilmentSecret }),
  },
  mail: {
    settings: ["SMTP_URL", "MAIL_FROM"],
    simulated: (file) => ({ SMTP_URL: file.smtpUrl, MAIL_FROM: file.mailFrom }),
  },
} as const satisfies Record<string, Party>;

export type PartyName = keyof typeof PARTIES;
export const PARTY_NAMES = Object.keys(PARTIES) as PartyName[];

/** The party's settings that the environment names. With none, the party is left to the simulator. */
export function named(party: PartyName, env: NodeJS.ProcessEnv): SettingName[] {
  return PARTIES[party].settings.filter((name) => env[name]);
}
