import type { Provider, ProviderCalls } from "../domain/health.js";
import { ProviderError, type ProviderErrorKind } from "./provider-error.js";

/** What a call came to; `error` is a defect of ours. */
export type CallResult = "ok" | ProviderErrorKind | "error";

export type ObserveCall = (provider: Provider, operation: string, result: CallResult) => void;

/** The gateway, each of whose calls is observed. */
export function observeCalls<Gateway extends object>(
  gateway: Gateway,
  provider: Provider,
  observe: ObserveCall,
): Gateway {
  return new Proxy(gateway, {
    get(target, operation, receiver): unknown {
      const member: unknown = Reflect.get(target, operation, receiver);
      if (typeof member !== "function") return member;
      return (...input: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, input);
        if (answer instanceof Promise) {
          answer.then(
            () => observe(provider, String(operation), "ok"),
            (error: unknown) => observe(provider, String(operation), resultOf(error)),
          );
        }
        return answer;
      };
    },
  });
}

function resultOf(error: unknown): CallResult {
  return error instanceof ProviderError ? error.kind : "error";
}

/** Results that say something about the provider, or about our account with it, and not about the request. */
const FAILURES = new Set<CallResult>(["unknown", "unauthorized", "limited"]);

/** Remembers what this process's calls to each provider came to last. */
export class LastCalls {
  private readonly calls = new Map<Provider, ProviderCalls>();

  observe(provider: Provider, result: CallResult, now = Date.now()): void {
    if (result === "error") return;
    const before = this.calls.get(provider) ?? { answeredAt: null, failedAt: null, failingSince: null, failure: null };
    const after = FAILURES.has(result)
      ? { ...before, failedAt: now, failingSince: before.failingSince ?? now, failure: result }
      : { ...before, answeredAt: now, failingSince: null };
    this.calls.set(provider, after);
  }

  /** By provider; of one that was never called there is nothing. */
  read(): Partial<Record<Provider, ProviderCalls>> {
    return Object.fromEntries(this.calls);
  }
}
