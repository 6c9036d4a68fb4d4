/** A key that mails of a domain are signed with (DKIM). */
export interface SigningKey {
  readonly domain: string;
  /** The public half stands in DNS at `<selector>._domainkey.<domain>`. */
  readonly selector: string;
  readonly privateKey: string;
}

export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase();

const isWithin = (domain: string, outer: string): boolean => domain === outer || domain.endsWith(`.${outer}`);

/** The key of a domain, else that of the nearest domain above it; of several of one domain the first. Undefined when there is none. */
export const keyFor = (keys: readonly SigningKey[], domain: string): SigningKey | undefined =>
  keys
    .filter((key) => isWithin(domain, key.domain))
    .reduce<SigningKey | undefined>(
      (best, key) => (best && best.domain.length >= key.domain.length ? best : key),
      undefined,
    );

/**
 * Headers that a signature covers where a mail has them: all that a reader or a program goes by. Both of RFC 8058 must be among
 * them, or nobody unsubscribes by one click.
 */
export const signedHeaders = [
  'From',
  'Reply-To',
  'To',
  'Subject',
  'Date',
  'Message-ID',
  'In-Reply-To',
  'References',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
  'Auto-Submitted',
  'X-Auto-Response-Suppress',
  'List-Unsubscribe',
  'List-Unsubscribe-Post',
] as const;
