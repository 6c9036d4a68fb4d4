/** What an attempt to hand a mail to the relay ended with. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly detail: string }
  | { readonly kind: 'temporary'; readonly code: string; readonly detail: string }
  | { readonly kind: 'permanent'; readonly code: string; readonly detail: string }
  /** The connection broke after the text was handed over: it may or may not be on its way. */
  | { readonly kind: 'unknown'; readonly detail: string };

export type SendState = 'waiting' | 'sending' | 'sent' | 'failed';

export interface SendFacts {
  readonly attempts: number;
  readonly createdAt: number;
  /** An automatic answer is worth less than the risk of sending it twice. */
  readonly atMostOnce: boolean;
}

export type NextStep =
  | { readonly state: 'sent' }
  | { readonly state: 'failed'; readonly code: string; readonly detail: string }
  | { readonly state: 'waiting'; readonly notBefore: number; readonly detail: string };

const twoDays = 48 * 3_600_000;

/** 1 s, 4 s, 16 s … up to 15 minutes. */
export const backOff = (attempts: number): number => Math.min(1_000 * 4 ** Math.max(attempts - 1, 0), 900_000);

/** What follows from an outcome. `now` is the time of the outcome. */
export const afterAttempt = (facts: SendFacts, outcome: Outcome, now: number): NextStep => {
  if (outcome.kind === 'accepted') return { state: 'sent' };
  if (outcome.kind === 'permanent') return { state: 'failed', code: outcome.code, detail: outcome.detail };
  if (outcome.kind === 'unknown' && facts.atMostOnce) {
    return { state: 'failed', code: 'unknown', detail: `outcome unknown, not repeated: ${outcome.detail}` };
  }
  if (now - facts.createdAt > twoDays) {
    const code = outcome.kind === 'temporary' ? outcome.code : 'unknown';
    return { state: 'failed', code, detail: `given up after two days: ${outcome.detail}` };
  }
  return { state: 'waiting', notBefore: now + backOff(facts.attempts), detail: outcome.detail };
};

export interface SmtpFailure {
  readonly message: string;
  readonly responseCode?: number | undefined;
  readonly response?: string | undefined;
  /** The server had asked for the text of the mail before it went silent. */
  readonly handedOver: boolean;
  readonly code?: string | undefined;
}

const enhanced = (failure: SmtpFailure): string =>
  /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(failure.response ?? '')?.[0] ?? String(failure.responseCode ?? failure.code ?? '');

/** Reads a failed SMTP dialogue. Without an answer to the text nobody knows whether the relay has the mail. */
export const outcomeOf = (failure: SmtpFailure): Outcome => {
  const detail = (failure.response ?? failure.message).slice(0, 1000);
  const answered = failure.responseCode !== undefined && failure.responseCode >= 400;
  if (answered && failure.responseCode! >= 500) return { kind: 'permanent', code: enhanced(failure), detail };
  if (answered) return { kind: 'temporary', code: enhanced(failure), detail };
  if (failure.handedOver) return { kind: 'unknown', detail };
  return { kind: 'temporary', code: failure.code ?? 'connection', detail };
};
