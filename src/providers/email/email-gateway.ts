export interface EmailMessage {
  messageId: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}

/**
 * The email server. Resolves when it took the email; throws a ProviderError: `unknown` when the email may have been
 * taken, `limited` when it was not, `rejected` when it never will be.
 */
export interface EmailGateway {
  send(message: EmailMessage, timeoutMs: number): Promise<void>;
}
