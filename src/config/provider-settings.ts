import type { SimulatorFile } from "./home.js";
import type { SettingName } from "./settings.js";

/** A provider: its settings come all from the environment or all from the simulator's file. */
interface ProviderSettings {
  settings: readonly SettingName[];
  simulated(file: SimulatorFile): Partial<Record<SettingName, string>>;
}

export const PROVIDER_SETTINGS = {
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
  email: {
    settings: ["SMTP_URL", "MAIL_FROM"],
    simulated: (file) => ({ SMTP_URL: file.smtpUrl, MAIL_FROM: file.mailFrom }),
  },
} as const satisfies Record<string, ProviderSettings>;

export type ProviderName = keyof typeof PROVIDER_SETTINGS;
export const PROVIDER_NAMES = Object.keys(PROVIDER_SETTINGS) as ProviderName[];

/** The provider's settings that the environment names. With none, the provider is left to the simulator. */
export function named(provider: ProviderName, env: NodeJS.ProcessEnv): SettingName[] {
  return PROVIDER_SETTINGS[provider].settings.filter((name) => env[name]);
}
