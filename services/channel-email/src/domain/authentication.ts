import type { Envelope, ParsedMail } from './mail';

export interface Verdicts {
  readonly spf: string;
  readonly dkim: string;
  readonly dmarc: string;
}

const unknown: Verdicts = { spf: 'none', dkim: 'none', dmarc: 'none' };
const results = new Set(['pass', 'fail', 'softfail', 'neutral', 'none', 'temperror', 'permerror', 'policy']);

const withoutComments = (value: string): string => {
  let rest = value;
  for (let turn = 0; turn < 10 && rest.includes('('); turn += 1) rest = rest.replace(/\([^()]*\)/g, ' ');
  return rest;
};

const resultOf = (statements: readonly string[], method: string): string => {
  const found = statements
    .map((statement) =>
      new RegExp(`^\\s*${method}(?:/\\d+)?\\s*=\\s*([a-z]+)`, 'i').exec(statement)?.[1]?.toLowerCase(),
    )
    .filter((result): result is string => result !== undefined && results.has(result));
  // One good signature is enough, whatever the others are.
  return found.find((result) => result === 'pass') ?? found[0] ?? 'none';
};

/**
 * SPF, DKIM and DMARC as the trusted filter in front of us saw them (RFC 8601). Anybody can write the header, so it
 * counts only from a configured relay, only under that relay's name, and only the topmost one.
 */
export const verdictsOf = (mail: ParsedMail, envelope: Envelope, trustedHost: string): Verdicts => {
  if (!envelope.trustedPeer || trustedHost === '') return unknown;
  for (const header of mail.headers) {
    if (header.name !== 'authentication-results') continue;
    const [host = '', ...statements] = withoutComments(header.value).split(';');
    if (host.trim().split(/\s+/)[0]!.toLowerCase() !== trustedHost.toLowerCase()) continue;
    return {
      spf: resultOf(statements, 'spf'),
      dkim: resultOf(statements, 'dkim'),
      dmarc: resultOf(statements, 'dmarc'),
    };
  }
  return unknown;
};
