import type { Evidence, ThreadingSignal } from './conversation';

/** A conversation that a mail may belong to, and what points at it. */
export interface Candidate {
  conversationId: string;
  /** Contact points whose messages the conversation accepted. */
  participants: readonly string[];
  open: boolean;
  baseSubject: string;
  updatedAt: number;
  pointers: readonly Pointer[];
}

export type PointerName =
  | 'reply_token'
  | 'references'
  | 'plus_address'
  | 'subject_token'
  | 'same_thread'
  | 'base_subject';

export interface Pointer {
  name: PointerName;
  /** The value it was found in. */
  detail: string;
}

export interface MailFacts {
  /** Canonical contact point of the sender; empty when unknown. */
  sender: string;
  baseSubject: string;
  at: number;
}

export const joinsFrom = 60;

/** How long an equal base subject of the same sender still means the same matter. */
export const recentMs = 14 * 24 * 3600 * 1000;

// A token alone proves that somebody has seen a mail of ours, not who writes: only a participant lifts it over the bar.
const weights: Record<PointerName, number> = {
  reply_token: 80,
  references: 70,
  plus_address: 70,
  same_thread: 60,
  subject_token: 45,
  base_subject: 40,
};
const participantWeight = 20;
const strangerWeight = -70;

const order: PointerName[] = [
  'reply_token',
  'references',
  'plus_address',
  'same_thread',
  'subject_token',
  'base_subject',
];

const isUsable = (pointer: Pointer, candidate: Candidate, mail: MailFacts): boolean => {
  if (pointer.name !== 'base_subject') return true;
  const recent = mail.at - candidate.updatedAt <= recentMs && candidate.updatedAt - mail.at <= recentMs;
  return recent && mail.baseSubject !== '' && candidate.baseSubject === mail.baseSubject;
};

const strongest = (candidate: Candidate, mail: MailFacts): Pointer | undefined => {
  for (const name of order) {
    const found = candidate.pointers.find((pointer) => pointer.name === name && isUsable(pointer, candidate, mail));
    if (found) return found;
  }
  return undefined;
};

interface Scored {
  candidate: Candidate;
  score: number;
  signals: ThreadingSignal[];
}

const scoreOf = (candidate: Candidate, mail: MailFacts): Scored | undefined => {
  const pointer = strongest(candidate, mail);
  if (!pointer) return undefined;
  const known = mail.sender !== '' && candidate.participants.includes(mail.sender);
  const signals: ThreadingSignal[] = [
    { name: pointer.name, weight: weights[pointer.name], detail: pointer.detail },
    known
      ? { name: 'same_sender', weight: participantWeight, detail: mail.sender }
      : { name: 'unknown_sender', weight: strangerWeight, detail: mail.sender },
  ];
  const sum = signals.reduce((total, signal) => total + signal.weight, 0);
  return { candidate, score: Math.min(100, Math.max(0, sum)), signals };
};

// Equal scores: the conversation that is still open, then the one that moved last.
const better = (a: Scored, b: Scored): number =>
  b.score - a.score ||
  Number(b.candidate.open) - Number(a.candidate.open) ||
  b.candidate.updatedAt - a.candidate.updatedAt ||
  (a.candidate.conversationId < b.candidate.conversationId ? 1 : -1);

/** Weighs the evidence for every candidate and says what came of it. */
export const threadMail = (mail: MailFacts, candidates: readonly Candidate[]): Evidence => {
  const scored = candidates.map((candidate) => scoreOf(candidate, mail)).filter((entry) => entry !== undefined);
  const best = scored.sort(better)[0];
  if (!best) return { score: 0, signals: [], outcome: 'STARTED', conversationId: '' };
  const outcome = best.score >= joinsFrom ? 'JOINED' : 'SUGGESTED';
  return { score: best.score, signals: best.signals, outcome, conversationId: best.candidate.conversationId };
};

const prefixes =
  /^\s*(?:(?:re|aw|antw|sv|vs|fw|fwd|wg|tr|rv|回复|答复|转发)\s*(?:\[\d+\])?\s*[:：]\s*|\[#[^\]]{1,200}\]\s*)/iu;

/** Subject without reply and forward marks and without our token; lower case, single spaces. */
export const baseSubjectOf = (subject: string): string => {
  let text = subject;
  for (let round = 0; round < 10; round += 1) {
    const next = text.replace(prefixes, '');
    if (next === text) break;
    text = next;
  }
  return text
    .replace(/\[#[^\]]{1,200}\]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
};
