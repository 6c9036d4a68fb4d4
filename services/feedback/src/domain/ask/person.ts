const DAY = 86_400_000;
const KEPT_MS = 30 * DAY;
const MOST = 100;

export interface Asked {
  invitationId: string;
  /** The issue, or the conversation when there is none. */
  journey: string;
  conversationId: string;
  at: number;
  /** The message did not reach them: they were not asked, and are not asked about that journey again. */
  missed?: boolean | undefined;
}

/** Why a customer is at risk; it passes by itself. */
export interface Risk {
  reason: string;
  /** What it comes from, so that it can be taken away again. */
  ref: string;
  until: number;
}

/** What the rules that protect a customer look at. */
export interface Person {
  id: string;
  asks: Asked[];
  optedOut: boolean;
  /** Ids of promises that are still open. */
  promises: string[];
  /** Ids of those that are over: hearing late, or again, that one was made does not open it. */
  promisesOver?: string[] | undefined;
  risks: Risk[];
  /** Risks that ended before their time: hearing of their beginning again raises none. */
  over?: { ref: string; at: number }[] | undefined;
  /** What was sent to them and was no reply. */
  contacts: { id: string; at: number }[];
  /** Conversations they began, to see who has to come again and again. */
  began: { id: string; issueId: string; topic: string; at: number }[];
}

export type PersonCommand =
  | { type: 'promiseOpened'; id: string }
  | { type: 'promiseClosed'; id: string }
  | { type: 'promiseBroken'; id: string; at: number }
  | { type: 'contacted'; id: string; at: number }
  | { type: 'began'; id: string; issueId: string; topic: string; at: number }
  | { type: 'risk'; risk: Risk; at?: number }
  | { type: 'riskGone'; ref: string; reason?: string; at?: number }
  | { type: 'preference'; optedOut: boolean }
  | { type: 'asked'; asked: Asked }
  | { type: 'askMissed'; invitationId: string };

export const newPerson = (id: string): Person => ({
  id,
  asks: [],
  optedOut: false,
  promises: [],
  risks: [],
  contacts: [],
  began: [],
});

const BROKEN_PROMISE_MS = 7 * DAY;

const withRisk = (person: Person, risk: Risk): Person =>
  person.risks.some(({ ref, until }) => ref === risk.ref && Math.abs(until - risk.until) < DAY)
    ? person
    : { ...person, risks: [...person.risks.filter(({ ref }) => ref !== risk.ref), risk].slice(-MOST) };

const withoutRisk = (person: Person, ref: string, at: number | undefined): Person => {
  if (!person.risks.some((risk) => risk.ref === ref)) return person;
  const others = (person.over ?? []).filter((one) => one.ref !== ref);
  const over = at === undefined ? person.over : [...others, { ref, at }].slice(-MOST);
  return { ...person, risks: person.risks.filter((risk) => risk.ref !== ref), over };
};

const recent = <T extends { at: number }>(entries: T[], at: number): T[] =>
  entries.filter((entry) => entry.at > at - KEPT_MS).slice(-MOST);

/** The person after a fact. The same fact again changes nothing, so a repeated event needs no fence. */
export const withFact = (person: Person, command: PersonCommand): Person => {
  switch (command.type) {
    case 'promiseOpened':
      return person.promises.includes(command.id) || person.promisesOver?.includes(command.id)
        ? person
        : { ...person, promises: [...person.promises, command.id].slice(-MOST) };
    case 'promiseClosed': {
      const { id } = command;
      if (person.promisesOver?.includes(id)) return person;
      const promises = person.promises.filter((one) => one !== id);
      return { ...person, promises, promisesOver: [...(person.promisesOver ?? []), id].slice(-MOST) };
    }
    case 'promiseBroken': {
      const until = command.at + BROKEN_PROMISE_MS;
      const closed = withFact(person, { type: 'promiseClosed', id: command.id });
      return withRisk(closed, { reason: 'BROKEN_PROMISE', ref: `promise/${command.id}`, until });
    }
    case 'contacted':
      return person.contacts.some(({ id }) => id === command.id)
        ? person
        : { ...person, contacts: recent([...person.contacts, { id: command.id, at: command.at }], command.at) };
    case 'began': {
      const { id, issueId } = command;
      const before = person.began.find((one) => one.id === id);
      const others = person.began.filter((one) => one.id !== id);
      // Told again when it is linked to an issue: it began when it began.
      const at = before?.at ?? command.at;
      const topic = command.topic || (before?.topic ?? '');
      return { ...person, began: recent([...others, { id, issueId, topic, at }], command.at) };
    }
    case 'risk': {
      const { risk, at = Number.POSITIVE_INFINITY } = command;
      return person.over?.some((one) => one.ref === risk.ref && one.at >= at) ? person : withRisk(person, risk);
    }
    case 'riskGone':
      return withoutRisk(person, command.ref, command.at);
    case 'preference':
      return { ...person, optedOut: command.optedOut };
    case 'asked':
      return person.asks.some(({ invitationId }) => invitationId === command.asked.invitationId)
        ? person
        : { ...person, asks: [...person.asks, command.asked].slice(-MOST) };
    case 'askMissed': {
      const { invitationId } = command;
      if (!person.asks.some((one) => one.invitationId === invitationId && !one.missed)) return person;
      const missed = (one: Asked): Asked => (one.invitationId === invitationId ? { ...one, missed: true } : one);
      return { ...person, asks: person.asks.map(missed) };
    }
  }
};

/** What is known about one person under several addresses, as one. */
export const together = (id: string, people: Person[]): Person => ({
  id,
  asks: people.flatMap(({ asks }) => asks),
  optedOut: people.some(({ optedOut }) => optedOut),
  promises: people.flatMap(({ promises }) => promises),
  risks: people.flatMap(({ risks }) => risks),
  contacts: people.flatMap(({ contacts }) => contacts),
  began: people.flatMap(({ began }) => began),
});

const OFTEN_REASON = 'REPEATED_CONTACT';
const OFTEN = 3;
const OFTEN_MS = 7 * DAY;

/** Why the person is at risk now; empty when not. */
export const risksNow = ({ risks, began }: Person, now: number): string[] => {
  const reasons = risks.filter(({ until }) => until > now).map(({ reason }) => reason);
  const times = new Map<string, number>();
  for (const { issueId, at } of began) {
    if (issueId && at > now - OFTEN_MS) times.set(issueId, (times.get(issueId) ?? 0) + 1);
  }
  const often = [...times.values()].some((n) => n >= OFTEN) ? [OFTEN_REASON] : [];
  return [...new Set([...reasons, ...often])];
};

/** The risk that a further conversation about one issue raises; undefined when it raises none. */
export const raisedByComing = (before: Person, after: Person, at: number): Risk | undefined => {
  if (!risksNow(after, at).includes(OFTEN_REASON) || risksNow(before, at).includes(OFTEN_REASON)) return undefined;
  const known = new Map(before.began.map(({ id, issueId }) => [id, issueId]));
  const added = after.began.find(({ id, issueId }) => issueId !== '' && known.get(id) !== issueId);
  return added && { reason: OFTEN_REASON, ref: `issue/${added.issueId}`, until: at + OFTEN_MS };
};

/** True when the person came again about the same within the window: the same issue, else the same topic, else anything. */
export const cameAgain = (
  { began }: Person,
  matter: { id: string; issueId: string; topic: string; endedAt: number; until: number },
): boolean =>
  began.some(({ id, issueId, topic, at }) => {
    if (id === matter.id || at <= matter.endedAt || at > matter.until) return false;
    if (matter.issueId !== '' || issueId !== '') return issueId === matter.issueId;
    return topic === '' || matter.topic === '' || topic === matter.topic;
  });
