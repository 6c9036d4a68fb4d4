import { createHash } from 'node:crypto';

/** A personal value that a log line, an error or a span may carry: it prints only as a short hash. */
export interface Pii {
  toJSON(): string;
  toString(): string;
}

/** Wraps a personal value; the same value always prints the same `[pii:hash8]`, so lines can be correlated. */
export const pii = (value: string): Pii => {
  const shown = (): string => `[pii:${createHash('sha256').update(value).digest('hex').slice(0, 8)}]`;
  return { toJSON: shown, toString: shown };
};

const addresses = /[^\s"'<>(){}[\],;:=]+@[^\s"'<>(){}[\],;:=]+/g;
const longNumbers = /\+?\d[\d ()/-]{6,}\d/g;
// Drivers and parsers quote the value that offended them.
const quoted = /"(?:[^"\\]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g;

/** Second net for text that a library wrote: quoted values, addresses and long numbers are taken out. */
export const scrub = (text: string): string =>
  text.slice(0, 4000).replace(quoted, '"…"').replace(addresses, '[pii]').replace(longNumbers, '[pii]');
