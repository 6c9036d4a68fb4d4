import type { Estimate } from './estimate';
import type { Notices } from './setup';

interface Words {
  position(n: number): string;
  range(from: number, to: number): string;
  soon(to: number): string;
  none: string;
}

const english: Words = {
  position: (n) => (n === 1 ? 'You are next in line.' : `You are number ${n} in line.`),
  range: (from, to) => `It will take about ${from} to ${to} minutes.`,
  soon: (to) => `It will take less than ${to === 1 ? 'a minute' : `${to} minutes`}.`,
  none: 'We cannot say yet how long it will take.',
};

const words: Record<string, Words> = {
  en: english,
  de: {
    position: (n) => (n === 1 ? 'Sie sind als Nächstes an der Reihe.' : `Sie sind Nummer ${n} in der Warteschlange.`),
    range: (from, to) => `Es dauert etwa ${from} bis ${to} Minuten.`,
    soon: (to) => `Es dauert weniger als ${to === 1 ? 'eine Minute' : `${to} Minuten`}.`,
    none: 'Wir können noch nicht sagen, wie lange es dauert.',
  },
  zh: {
    position: (n) => (n === 1 ? '您是下一位。' : `您排在第 ${n} 位。`),
    range: (from, to) => `预计还需等待 ${from} 至 ${to} 分钟。`,
    soon: (to) => `预计 ${to} 分钟内接通。`,
    none: '目前还无法估计等待时间。',
  },
};

const short = (language: string): string => language.toLowerCase().split(/[-_]/)[0] ?? '';

/** What is said to somebody who waits, in their language as far as there are words for it. */
export const noticeText = (notices: Notices, language: string, position: number, estimate: Estimate): string => {
  const own = short(language);
  const { texts } = notices;
  const known = words[own] ?? english;
  const said = texts[own] ?? texts['en'] ?? Object.values(texts)[0];
  const wait = (): string => {
    if (estimate.kind === 'none') return known.none;
    const [from, to] = [estimate.fromSeconds / 60, estimate.toSeconds / 60];
    return from > 0 ? known.range(from, to) : known.soon(to);
  };
  return [
    ...(said ? [said] : []),
    ...(notices.position ? [known.position(position)] : []),
    ...(notices.estimate ? [wait()] : []),
  ].join(' ');
};

/** When somebody is told next; undefined when no more. `noticedAt` is 0 before the first time. */
export const nextNotice = (notices: Notices | undefined, queuedAt: number, noticedAt: number): number | undefined => {
  if (!notices) return undefined;
  if (noticedAt < queuedAt) return queuedAt + notices.firstAfterSeconds * 1000;
  return notices.repeatSeconds > 0 ? noticedAt + notices.repeatSeconds * 1000 : undefined;
};
