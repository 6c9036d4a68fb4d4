import type { ContactPolicy } from '../policy/policy';
import type { Book } from './book';
import type { Ask, Verdict } from './decide';

const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

const promotionalLines = (book: Book, ask: Ask, policy: ContactPolicy, now: number): string[] => {
  const risks = book.risks.filter(({ until }) => until > now);
  const consent = book.consents.find(
    ({ channel, topic, withdrawnAt }) =>
      channel === ask.channel && (topic === '' || topic === ask.topic) && withdrawnAt === undefined,
  );
  return [
    `at risk: ${risks.map(({ reason, until }) => `${reason} (until ${moment(until)})`).join('; ') || 'no'}${policy.atRiskBlocks ? '' : ', which the policy ignores'}`,
    ...(ask.channel === 'email'
      ? [`postal address of the sender: ${policy.postalAddress ? 'stands below the words' : 'none'}`]
      : []),
    `consent: ${consent ? `given ${moment(consent.givenAt)} by ${consent.source}` : 'none'}${policy.consentRequired ? '' : ', which the policy does not ask for'}`,
  ];
};

/** What a decision looked at, in its order, one line each. */
export const explain = (book: Book, ask: Ask, policy: ContactPolicy, now: number, verdict: Verdict): string[] => {
  const counted = policy.budget.map(({ name, windowMs, most, holds }) => {
    const n = book.granted.filter(({ at, into }) => !into && at > now - windowMs).length;
    return `budget "${name}": ${n} of ${most} used, holds ${holds.join(', ')}`;
  });
  const quiet = policy.quiet && { ...policy.quiet, ...book.quiet };
  const zone = book.zone
    ? `${book.zone.name} (${book.zone.source})`
    : ask.zones.length > 0
      ? `${ask.zones[0]} (address)`
      : `${policy.defaultZone} (policy)`;
  const end = 'reason' in verdict ? `${verdict.kind}: ${verdict.reason}, ${verdict.detail}` : verdict.kind;
  return [
    `class: ${ask.messageClass}${ask.messageClass === 'transactional' ? ', which nothing but a dead address holds back' : ''}`,
    `suppression list: ${ask.suppressed ?? 'not on it'}`,
    ...(ask.messageClass === 'transactional'
      ? []
      : [
          `opt-outs: ${book.optOuts.map(({ topic, channel }) => `${topic || 'any topic'} by ${channel || 'any channel'}`).join('; ') || 'none'}`,
        ]),
    ...(ask.messageClass === 'promotional' ? promotionalLines(book, ask, policy, now) : []),
    ...(ask.messageClass === 'transactional'
      ? []
      : [
          `pause: ${book.pausedUntil > now ? `until ${moment(book.pausedUntil)}` : 'none'}`,
          ...counted,
          quiet
            ? `quiet hours: ${clock(quiet.starts)} to ${clock(quiet.ends)} in ${zone}, hold ${quiet.holds.join(', ')}`
            : 'quiet hours: none',
        ]),
    end,
  ];
};
