export interface Mail {
  messageId: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}

/**
 * The mail server. Resolves when it took the mail; throws a ProviderError: `unknown` when the mail may have been
 * taken, `limited` when it was not, `refused` when it never will be.
 */
export interface MailGateway {
  send(mail: Mail, timeoutMs: number): Promise<void>;
}
