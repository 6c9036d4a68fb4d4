import type { CallEvent } from './call-event';
import type { Question } from './question';

const escape = (text: string): string =>
  text
    .replace(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`)
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '');

const response = (inner: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n<Response>${inner}</Response>\n`;

const say = (text: string, language = 'en-GB'): string => `<Say language="${escape(language)}">${escape(text)}</Say>`;

export const announcement = (text: string, language?: string): string => response(say(text, language || undefined));
export const hangUp = (): string => response('<Hangup/>');
/** Connects the caller. When that is over and the caller still there, the provider asks at `after` how to go on. */
export const connect = (address: string, timeoutSeconds: number, after = ''): string => {
  const inner = address.startsWith('sip:') ? `<Sip>${escape(address)}</Sip>` : `<Number>${escape(address)}</Number>`;
  const action = after ? ` action="${escape(after)}" method="POST"` : '';
  return response(`<Dial timeout="${timeoutSeconds > 0 ? timeoutSeconds : 20}"${action}>${inner}</Dial>`);
};

/** Says the question and waits for its key; who presses none is let go. */
export const ask = ({ text, language, highest }: Question, answerTo: string): string => {
  const keys = highest > 9 ? 2 : 1;
  const gather = `<Gather input="dtmf" numDigits="${keys}" timeout="8" action="${escape(answerTo)}" method="POST">`;
  return response(`${gather}${say(text, language || undefined)}</Gather><Hangup/>`);
};

export const thank = ({ thanks, language }: Question): string =>
  response(`${thanks ? say(thanks, language || undefined) : ''}<Hangup/>`);

const queue = (name: string): string => response(`<Enqueue>${escape(name || 'support')}</Enqueue>`);

/** What the provider shall do next with a call: the answer to its webhook. */
export const instructionsFor = (event: CallEvent, position: string): string => {
  if (event.step === 'incoming' && !event.outbound) return queue(event.queue);
  // The provider asks again and again while the caller waits.
  if (event.step === 'queued' || event.step === 'hold') {
    const place = /^\d{1,6}$/.test(position) ? ` You are number ${position} in line.` : '';
    return response(
      `${say(`Thank you for waiting.${place} We will be with you as soon as we can.`)}<Pause length="20"/>`,
    );
  }
  return response('');
};
