/** One header in the order of the mail; the name is lower case, the value unfolded. */
export interface MailHeader {
  readonly name: string;
  readonly value: string;
}

export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

/** A part that is not body text. The type is the one the sender claims. */
export interface MailPart {
  readonly fileName: string;
  readonly claimedType: string;
  readonly content: Uint8Array;
}

/** A mail after parsing, every list and text already bounded. */
export interface ParsedMail {
  readonly headers: readonly MailHeader[];
  readonly from: readonly MailAddress[];
  readonly sender: MailAddress | undefined;
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly subject: string;
  /** Milliseconds, or undefined when the mail has no readable date. */
  readonly date: number | undefined;
  readonly text: string;
  /** Sanitised. */
  readonly html: string;
  readonly parts: readonly MailPart[];
  /** Something was left out because of a bound. */
  readonly cut: boolean;
}

/** What the SMTP dialogue said, apart from the mail itself. */
export interface Envelope {
  /** Empty for the null sender. */
  readonly from: string;
  readonly recipients: readonly string[];
  /** The client is one of the configured relays in front of us. */
  readonly trustedPeer: boolean;
  readonly receivedAt: number;
}

/** One of our own addresses. */
export interface Mailbox {
  readonly address: string;
  readonly tenantId: string;
  readonly name: string;
}

/** First value of a header, or an empty text. */
export const headerOf = (mail: Pick<ParsedMail, 'headers'>, name: string): string =>
  mail.headers.find((header) => header.name === name)?.value ?? '';

export const hasHeader = (mail: Pick<ParsedMail, 'headers'>, name: string): boolean =>
  mail.headers.some((header) => header.name === name);
