import type { Book, Consent, OptOut, Risk } from './book';

const MOST_RISKS = 20;

/** The book with a reason to leave the customer in peace; what has passed is forgotten. */
export const markRisk = (book: Book, risk: Risk, now: number): Book => {
  const same = ({ reason, source }: Risk) => reason === risk.reason && source === risk.source;
  const kept = book.risks.filter((one) => (one.until > now || one.endedAt !== undefined) && !same(one));
  return { ...book, risks: [...kept, risk].slice(-MOST_RISKS) };
};

/** The book after the risks that came from there are over; the same book when there are none. */
export const endRisk = (book: Book, source: string, at: number): Book => {
  const ends = (risk: Risk) => risk.source === source && risk.endedAt === undefined;
  if (!book.risks.some(ends)) return book;
  const end = (risk: Risk): Risk => ({ ...risk, until: Math.min(risk.until, at), endedAt: at });
  return { ...book, risks: book.risks.map((risk) => (ends(risk) ? end(risk) : risk)) };
};

/** The book with an opt-out; the same book when it has it already. */
export const optOut = (book: Book, out: OptOut): Book =>
  book.optOuts.some(({ topic, channel }) => topic === out.topic && channel === out.channel)
    ? book
    : { ...book, optOuts: [...book.optOuts, out] };

/** The book with a consent; one that covers the same topic and channel takes the place of an opt-out. */
export const giveConsent = (book: Book, consent: Consent): Book => ({
  ...book,
  consents: [...book.consents.filter(({ id }) => id !== consent.id), consent],
  optOuts: book.optOuts.filter(
    ({ channel, topic, at }) => !(channel === consent.channel && topic === consent.topic && at <= consent.givenAt),
  ),
});

/** The book with a consent taken back; undefined when there is none of that id. */
export const withdrawConsent = (book: Book, id: string, at: number): Book | undefined => {
  if (!book.consents.some((consent) => consent.id === id)) return undefined;
  const withdrawn = (consent: Consent): Consent => ({ ...consent, withdrawnAt: consent.withdrawnAt ?? at });
  return { ...book, consents: book.consents.map((consent) => (consent.id === id ? withdrawn(consent) : consent)) };
};

/** Two customers turned out to be one: what either was sent, and what either refused, counts for both. */
export const joinBooks = (surviving: Book, linked: Book): Book => {
  const known = new Set(surviving.granted.map(({ id }) => id));
  const granted = [...surviving.granted, ...linked.granted.filter(({ id }) => !known.has(id))];
  const consents = new Set(surviving.consents.map(({ id }) => id));
  return {
    ...linked.optOuts.reduce(optOut, surviving),
    granted: granted.sort((a, b) => a.at - b.at),
    consents: [...surviving.consents, ...linked.consents.filter(({ id }) => !consents.has(id))],
    risks: linked.risks.reduce((book, risk) => markRisk(book, risk, 0), surviving).risks,
    pausedUntil: Math.max(surviving.pausedUntil, linked.pausedUntil),
  };
};
