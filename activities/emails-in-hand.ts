import type { EmailRef } from "../src/domain/email.js";

/**
 * Emails that this process has begun to send and not handed to the server yet. Of an email that was begun and is in
 * no hand, a worker may have died while it sent it: it waits until that send is over (E6).
 */
export class EmailsInHand {
  private readonly names = new Set<string>();

  add(orderId: string, email: EmailRef): void {
    this.names.add(nameOf(orderId, email));
  }

  /** Whether it was in hand; from now on it is not. */
  take(orderId: string, email: EmailRef): boolean {
    return this.names.delete(nameOf(orderId, email));
  }
}

function nameOf(orderId: string, { kind, about }: EmailRef): string {
  return `${orderId}/${kind}/${about}`;
}
