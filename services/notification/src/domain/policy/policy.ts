/** Classes of messages, the freest last. */
export const messageClasses = ['transactional', 'service', 'promotional'] as const;
export type MessageClass = (typeof messageClasses)[number];

/** Most messages of one customer in a rolling window. Every class counts; only the listed ones are held back. */
export interface BudgetRule {
  name: string;
  windowMs: number;
  most: number;
  holds: MessageClass[];
}

/** Minutes of the recipient's day in which messages of these classes wait. Starts after it ends: over midnight. */
export interface QuietHours {
  starts: number;
  ends: number;
  holds: MessageClass[];
}

/** When a customer may be contacted. */
export interface ContactPolicy {
  version: number;
  budget: BudgetRule[];
  quiet?: QuietHours | undefined;
  defaultZone: string;
  consentRequired: boolean;
  atRiskBlocks: boolean;
  holdMs: number;
  digest: boolean;
  /** Where the sender can be written to on paper; empty when the tenant has not said it. */
  postalAddress: string;
  updatedAt: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What counts until a tenant sets its own: strict, because nobody was asked yet. */
export const builtInPolicy: ContactPolicy = {
  version: 0,
  budget: [
    { name: 'day', windowMs: DAY, most: 1, holds: ['promotional'] },
    { name: 'week', windowMs: 7 * DAY, most: 3, holds: ['promotional'] },
  ],
  quiet: { starts: 21 * 60, ends: 8 * 60, holds: ['promotional'] },
  defaultZone: 'Etc/UTC',
  consentRequired: true,
  atRiskBlocks: true,
  holdMs: 7 * DAY,
  digest: true,
  postalAddress: '',
  updatedAt: 0,
};
