import { notificationV1 as v1 } from '@throughline/proto';
import type { ContactPolicy, MessageClass, QuietHours } from '../domain/policy/policy';

const classes: Record<MessageClass, v1.MessageClass> = {
  transactional: v1.MessageClass.TRANSACTIONAL,
  service: v1.MessageClass.SERVICE,
  promotional: v1.MessageClass.PROMOTIONAL,
};
const names = new Map(Object.entries(classes).map(([name, value]) => [value, name as MessageClass]));

export const wireClass = (name: MessageClass): v1.MessageClass => classes[name];
export const classOf = (value: v1.MessageClass): MessageClass | undefined => names.get(value);

const heldBack = (values: v1.MessageClass[]): MessageClass[] =>
  values.length === 0 ? ['promotional'] : values.flatMap((value) => classOf(value) ?? []);

const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
const timeOf = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

export const wireQuiet = ({ starts, ends, holds }: QuietHours): v1.QuietHours => ({
  starts: timeOf(starts),
  ends: timeOf(ends),
  holds: holds.map(wireClass),
});

export const quietOf = ({ starts, ends, holds }: v1.QuietHours): QuietHours => ({
  starts: minutesOf(starts),
  ends: minutesOf(ends),
  holds: heldBack(holds),
});

export const wirePolicy = (policy: ContactPolicy): v1.ContactPolicy => ({
  version: BigInt(policy.version),
  budget: policy.budget.map(({ name, windowMs, most, holds }) => ({
    name,
    windowSeconds: BigInt(windowMs / 1000),
    maxMessages: most,
    holds: holds.map(wireClass),
  })),
  quietHours: policy.quiet && wireQuiet(policy.quiet),
  defaultTimeZone: policy.defaultZone,
  consentRequired: policy.consentRequired,
  atRiskBlocks: policy.atRiskBlocks,
  holdSeconds: BigInt(policy.holdMs / 1000),
  digest: policy.digest,
  senderPostalAddress: policy.postalAddress,
  updatedAt: policy.updatedAt === 0 ? undefined : new Date(policy.updatedAt),
});

/** A policy as it was written, still without a version. */
export const policyOf = (wire: v1.ContactPolicy): ContactPolicy => ({
  version: 0,
  budget: wire.budget.map(({ name, windowSeconds, maxMessages, holds }) => ({
    name,
    windowMs: Number(windowSeconds) * 1000,
    most: maxMessages,
    holds: heldBack(holds),
  })),
  quiet: wire.quietHours && quietOf(wire.quietHours),
  defaultZone: wire.defaultTimeZone || 'Etc/UTC',
  consentRequired: wire.consentRequired,
  atRiskBlocks: wire.atRiskBlocks,
  holdMs: Number(wire.holdSeconds) * 1000,
  digest: wire.digest,
  postalAddress: wire.senderPostalAddress.replace(/\r\n?/g, '\n').trim(),
  updatedAt: 0,
});
