import type { Open } from '../src/domain/commands';
import type { EntryDoc } from '../src/outbound/entry-document';
import { foldEntry, startOf, toEntry } from '../src/outbound/entry-document';
import type { ActingRequest, Change, Held } from '../src/use-cases/ports';
import type { Commands } from '../src/use-cases/run-command';
import { runCommand } from '../src/use-cases/run-command';

test('a repeated request gets the same state to the millisecond, whatever the clock did meanwhile', async () => {
  const rows: EntryDoc[] = [];
  const replayed = (key: string): Held => rows.reduce((held, row) => foldEntry(held, row).after, startOf(key));
  const journal = {
    hold: async (keys: Iterable<string>) => new Map([...keys].map((key) => [key, { held: replayed(key), tail: [] }])),
    commitNow: async (changes: Change[]) => {
      rows.push(...changes.map(toEntry));
      return new Set<string>();
    },
    holdersOf: async () => new Map(),
    stateAt: async (key: string) =>
      rows.slice(0, 1).reduce((held, row) => foldEntry(held, row).after, startOf(key)).state,
  };
  let clock = 1_800_000_000_000;
  const commands = {
    journal,
    // Every look at the clock finds it seven milliseconds on.
    now: () => (clock += 7),
    claimOf: () => '00'.repeat(16),
    newId: () => 'new',
    commanded: () => {},
  } as unknown as Commands;
  const actor = { kind: 'AGENT' as const, id: 'a', name: 'A' };
  const request: ActingRequest = { tenantId: 'acme', actor, requestId: 'r-1', fingerprint: 'f' };
  const open: Open = {
    type: 'open',
    at: clock,
    actor,
    channel: 'email',
    contactPoint: 'email:ada@example.org',
    customerName: 'Ada',
    subject: 'x',
    baseSubject: 'x',
    language: '',
    destination: '',
    threadKey: '',
    priority: 'NORMAL',
    previousId: '',
    suggestedId: '',
    issueId: '',
    topic: '',
    tags: [],
    attributes: {},
    reason: 'created',
    acknowledge: false,
  };
  const key = 'acme/0198c0de-0000-7000-8000-000000000001';
  const ask = () => runCommand(key, request, () => ({ commands: [open], subjectId: 'c' }), commands);
  const first = await ask();
  const second = await ask();
  expect([first.repeated, second.repeated, rows.length]).toEqual([false, true, 1]);
  expect(second.state).toEqual(first.state);
});
