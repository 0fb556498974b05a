const OURS =
  /^(DATABASE_URL|TEMPORAL_|STRIPE_|FULFILMENT_|SMTP_URL|MAIL_FROM|API_KEYS|PORT|HOST|PUBLIC_URL|IDEM_HOME|RATE_LIMIT|APPROVAL_|PAYMENT_ACTION_TIMEOUT|LOOKUP_AFTER|ATTENTION_AFTER|DELIVERY_DEADLINE|ORDER_RETENTION_DAYS|EMAIL_GIVE_UP_AFTER|ALERT_|METRICS_PORT|WORKER_BUILD_ID|WORKER_QUEUES)/;

/** The shell's environment without any setting of ours: tests choose their own. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name)));
}
