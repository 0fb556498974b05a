import type { Context } from "@temporalio/activity";

/** Less than a third of the heartbeat time-out in workflows/temporal-runtime.ts. */
const EVERY_MS = 3_000;

interface Next<Input> {
  (input: Input): Promise<unknown>;
}

/** Has every durable activity say that it is alive, so that the death of its worker is noticed within 10 s. */
export function heartbeatInterceptor(context: Context) {
  return {
    inbound: {
      async execute<Input>(input: Input, next: Next<Input>): Promise<unknown> {
        if (context.info.isLocal) return next(input);
        const timer = setInterval(() => context.heartbeat(), EVERY_MS);
        try {
          return await next(input);
        } finally {
          clearInterval(timer);
        }
      },
    },
  };
}
