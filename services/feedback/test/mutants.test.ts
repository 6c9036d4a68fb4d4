import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as core from '@throughline/core';
import * as webParts from '@throughline/web';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import type { Code } from './support/rules';
import { brokenRules } from './support/rules';

const src = join(__dirname, '..', 'src');

interface Mutant {
  file: string;
  /** Stands in the file once; the test fails when it does not any more. */
  from: string;
  to: string;
}

/** The module with the mutation, everything it needs as it is. */
const mutated = ({ file, from, to }: Mutant): unknown => {
  const path = join(src, file);
  const source = readFileSync(path, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${file} does not hold this once: ${from}`);
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
  const { outputText } = transpileModule(
    source.replace(from, () => to),
    { compilerOptions },
  );
  const made = { exports: {} };
  const need = (id: string) => require(id.startsWith('.') ? resolve(dirname(path), id) : id);
  new Function('require', 'module', 'exports', outputText)(need, made, made.exports);
  return made.exports;
};

/** All modules of the service anew, one of them broken. The libraries stay what they are: loading them takes longest. */
const load = (mutant?: Mutant): Code => {
  let code: Code | undefined;
  jest.isolateModules(() => {
    jest.doMock('@throughline/core', () => core);
    jest.doMock('@throughline/web', () => webParts);
    if (mutant) jest.doMock(join(src, mutant.file), () => mutated(mutant));
    code = {
      ask: require('../src/domain/ask/decide-ask'),
      docket: require('../src/domain/ask/docket'),
      invitation: require('../src/domain/ask/invitation'),
      person: require('../src/domain/ask/person'),
      links: require('../src/outbound/links'),
      page: require('../src/inbound/http/survey-page'),
      channels: require('../src/use-cases/take-channel-answers'),
    };
    if (mutant) jest.dontMock(join(src, mutant.file));
  });
  return code!;
};

test('the code as it is breaks no rule', async () => {
  expect(await brokenRules(load())).toEqual([]);
}, 30_000);

test.each<[string, Mutant, string]>([
  [
    'an answer that is repeated is another one',
    { file: 'domain/ask/invitation.ts', from: 'if (before && sameContent(before, content)) return [];', to: '' },
    'one answer',
  ],
  [
    'each answer is the first',
    { file: 'domain/ask/invitation.ts', from: '  if (before) {', to: '  if (before && at < 0) {' },
    'one answer',
  ],
  [
    'the link of a mail answers when it is opened',
    {
      file: 'inbound/http/survey-page.ts',
      from: 'const given = answer ?? chosen(request, questions);',
      to: `const given = answer ?? chosen(request, questions);
        if (given) await recordAnswer(deps, found.tenantId, invitation.id, { content: given, via: 'page' });`,
    },
    'reading records nothing',
  ],
  [
    'nobody remembers when a person was asked',
    { file: 'domain/ask/decide-ask.ts', from: 'last > now - survey.quarantineDays * DAY', to: 'last > now' },
    'quarantine',
  ],
  [
    'an opt-out is not heard',
    { file: 'domain/ask/decide-ask.ts', from: 'if (person.optedOut)', to: 'if (now < 0)' },
    'opt-out',
  ],
  [
    'one contact more than the budget has',
    { file: 'domain/ask/decide-ask.ts', from: 'contacts >= budgetContacts', to: 'contacts > budgetContacts' },
    'budget',
  ],
  [
    'whoever is held back is asked',
    {
      file: 'domain/ask/decide-ask.ts',
      from: "if (!held) return { kind: 'ask' };",
      to: "if (!held || now > 0) return { kind: 'ask' };",
    },
    'held back',
  ],
  [
    'nobody needs to agree',
    {
      file: 'domain/ask/docket.ts',
      from: 'if (step.mayContact || events.length === 0) return events;',
      to: 'return events;',
    },
    'consent',
  ],
  [
    'a link fits every tenant',
    {
      file: 'domain/link/token.ts',
      from: "hash16('survey-link', tenantId, surveyId, conversationId)",
      to: "hash16('survey-link', surveyId, conversationId)",
    },
    "another tenant's link",
  ],
  [
    'every signature is ours',
    {
      file: 'domain/link/token.ts',
      from: 'if (!key || !timingSafeEqual(sign(key.secret, signed), bytes.subarray(SIGNED))) return undefined;',
      to: '',
    },
    'forged link',
  ],
  [
    'whoever knows a question answers it',
    { file: 'use-cases/take-channel-answers.ts', from: '|| found.contactPoint !== contactPoint', to: '' },
    "another's answer",
  ],
])(
  '%s: caught',
  async (_, mutant, rule) => {
    expect(await brokenRules(load(mutant))).toContain(rule);
  },
  30_000,
);
