import { mostText } from '../delivery/size';
import { spentBy } from '../policy/budget';
import type { ContactPolicy, MessageClass } from '../policy/policy';
import { lacksPostalAddress, NO_POSTAL_ADDRESS } from '../policy/postal-address';
import { quietUntil } from '../policy/quiet';
import type { Book, Channel, Granted, Held } from './book';

/** A message that asks to be let through. */
export interface Ask {
  id: string;
  messageClass: MessageClass;
  channel: Channel;
  topic: string;
  department: string;
  createdAt: number;
  /** Not sent after that. */
  expiresAt?: number | undefined;
  /** Why the address must not be written to; `opt_out` stands in the way of promotional messages only. */
  suppressed?: string | undefined;
  /** Where the customer may be, when the book does not know. */
  zones: string[];
  /** Of its words, as `sizeOf` measures it. */
  size: number;
}

export type Verdict =
  | { kind: 'granted'; together: string[] }
  | { kind: 'joined'; into: string }
  | { kind: 'held'; reason: string; detail: string; until: number }
  | { kind: 'refused'; reason: string; detail: string };

const DAY = 86_400_000;
const KEPT_AT_LEAST = 30 * DAY;
const MOST_HELD = 100;
const MOST_TOGETHER = 20;

const refused = (reason: string, detail: string): Verdict => ({ kind: 'refused', reason, detail });
const dateText = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
const covers = (wanted: string, own: string): boolean => own === '' || own === wanted;

const blockedForGood = (book: Book, ask: Ask, policy: ContactPolicy, now: number): Verdict | undefined => {
  const promotional = ask.messageClass === 'promotional';
  if (ask.expiresAt !== undefined && now >= ask.expiresAt)
    return refused('EXPIRED', `was of use until ${dateText(ask.expiresAt)}`);
  if (ask.suppressed && (promotional || ask.suppressed !== 'opt_out')) {
    return refused('ADDRESS_SUPPRESSED', `the address is on the suppression list: ${ask.suppressed.replace('_', ' ')}`);
  }
  if (ask.messageClass === 'transactional') return undefined;
  // No promotions at all is about what sells; a topic that was named, surveys for example, is named for good.
  const about = (topic: string) => (promotional ? covers(ask.topic, topic) : topic !== '' && topic === ask.topic);
  const out = book.optOuts.find(({ topic, channel }) => about(topic) && covers(ask.channel, channel));
  if (out) return refused('OPTED_OUT', `the customer opted out on ${dateText(out.at)} by ${out.source}`);
  if (!promotional) return undefined;
  const risk = policy.atRiskBlocks ? book.risks.find(({ until }) => until > now) : undefined;
  if (risk) return refused('CUSTOMER_AT_RISK', `no promotions until ${dateText(risk.until)}: ${risk.reason}`);
  const agreed = book.consents.some(
    ({ channel, topic, withdrawnAt }) =>
      channel === ask.channel && covers(ask.topic, topic) && withdrawnAt === undefined,
  );
  if (policy.consentRequired && !agreed) {
    return refused('CONSENT_MISSING', `no consent to ${ask.topic || 'promotions'} by ${ask.channel} is on record`);
  }
  if (lacksPostalAddress(ask, policy)) return refused('POSTAL_ADDRESS_MISSING', NO_POSTAL_ADDRESS);
  return undefined;
};

const waits = (
  book: Book,
  ask: Ask,
  policy: ContactPolicy,
  now: number,
): Extract<Verdict, { kind: 'held' }> | undefined => {
  const held = (reason: string, detail: string, until: number) => ({ kind: 'held' as const, reason, detail, until });
  if (ask.messageClass === 'transactional') return undefined;
  if (book.pausedUntil > now) return held('PAUSED', 'the customer asked for a pause', book.pausedUntil);
  const spent = spentBy(
    policy.budget,
    book.granted.filter(({ into }) => !into).map(({ at }) => at),
    ask.messageClass,
    now,
  );
  const own = book.quiet;
  const hours = policy.quiet ? { ...policy.quiet, ...own } : own && { ...own, holds: ['promotional' as const] };
  const zones = book.zone ? [book.zone.name] : ask.zones.length > 0 ? ask.zones : [policy.defaultZone];
  const from = Math.max(now, spent?.until ?? now);
  const quiet = hours !== undefined && Number.isFinite(from) && hours.holds.some((held) => held === ask.messageClass);
  const quietEnd = quiet ? quietUntil(hours, zones, from) : undefined;
  if (spent) return held('BUDGET_SPENT', `the ${spent.rule} budget of this customer is spent`, quietEnd ?? spent.until);
  if (quietEnd !== undefined) return held('QUIET_HOURS', `it is night in ${zones[0]}`, quietEnd);
  return undefined;
};

const entry = (ask: Ask, at: number): Granted => ({
  id: ask.id,
  at,
  messageClass: ask.messageClass,
  channel: ask.channel,
  department: ask.department,
});

const remembered = (granted: Granted[], policy: ContactPolicy, now: number): Granted[] => {
  const longest = Math.max(KEPT_AT_LEAST, ...policy.budget.map(({ windowMs }) => windowMs));
  return granted.filter(({ at }) => at > now - longest);
};

/** Those that fit into one message with it, the oldest first. What does not fit waits for its own turn: nothing is cut. */
const fitting = (others: Held[], ask: Ask): Held[] => {
  let room = mostText(ask.channel) - ask.size;
  return others
    .filter(({ size = Number.POSITIVE_INFINITY }) => {
      if (size > room) return false;
      room -= size;
      return true;
    })
    .slice(0, MOST_TOGETHER);
};

const letThrough = (book: Book, ask: Ask, policy: ContactPolicy, now: number): { book: Book; verdict: Verdict } => {
  const others = book.held.filter(
    (one) => one.id !== ask.id && one.channel === ask.channel && one.messageClass === ask.messageClass,
  );
  // Only what had to wait is put together: a message that goes at once stays itself.
  const waited = book.held.some(({ id }) => id === ask.id);
  const along = policy.digest && waited ? fitting(others, ask) : [];
  const gone = new Set([ask.id, ...along.map(({ id }) => id)]);
  const added = [entry(ask, now), ...along.map((one) => ({ ...entry(ask, now), id: one.id, into: ask.id }))];
  return {
    book: {
      ...book,
      granted: [...remembered(book.granted, policy, now), ...added],
      held: book.held.filter(({ id }) => !gone.has(id)),
    },
    verdict: { kind: 'granted', together: along.map(({ id }) => id) },
  };
};

const without = (book: Book, id: string): Book =>
  book.held.some((one) => one.id === id) ? { ...book, held: book.held.filter((one) => one.id !== id) } : book;

/**
 * Decides whether a message may go now. Asking again about one that was let through gives the same answer, so a caller who
 * died before it wrote the answer down may ask again.
 */
export const decide = (book: Book, ask: Ask, policy: ContactPolicy, now: number): { book: Book; verdict: Verdict } => {
  const before = book.granted.find(({ id }) => id === ask.id);
  if (before?.into) return { book, verdict: { kind: 'joined', into: before.into } };
  if (before) {
    const together = book.granted.filter(({ into }) => into === ask.id).map(({ id }) => id);
    return { book, verdict: { kind: 'granted', together } };
  }
  const blocked = blockedForGood(book, ask, policy, now);
  if (blocked) return { book: without(book, ask.id), verdict: blocked };
  const wait = waits(book, ask, policy, now);
  if (!wait) return letThrough(book, ask, policy, now);
  const latest = Math.min(ask.createdAt + policy.holdMs, ask.expiresAt ?? Number.POSITIVE_INFINITY);
  if (wait.until > latest) {
    const verdict = refused(wait.reason, `${wait.detail}, and there is no room before ${dateText(latest)}`);
    return { book: without(book, ask.id), verdict };
  }
  const known = book.held.some(({ id }) => id === ask.id);
  if (!known && book.held.length >= MOST_HELD) {
    return { book, verdict: refused('TOO_MANY_HELD', `${MOST_HELD} messages to this customer wait already`) };
  }
  const { id, messageClass, channel, size } = ask;
  const held: Held = { id, messageClass, channel, since: now, size };
  return { book: known ? book : { ...book, held: [...book.held, held] }, verdict: wait };
};
