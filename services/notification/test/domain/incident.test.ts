import type { Incident, IncidentCommand } from '../../src/domain/incident/incident';
import { decide } from '../../src/domain/incident/incident';

const MINUTE = 60_000;
const open = (severe: boolean, minutes: number): IncidentCommand => ({
  type: 'open',
  at: 0,
  id: 'i1',
  title: 'Payments are slow',
  impact: '',
  message: 'We look into it.',
  nextAt: minutes * MINUTE,
  author: 'sam',
  severe,
});
const update = (phase: 'investigating' | 'identified' | 'monitoring', minutes: number): IncidentCommand => ({
  type: 'update',
  at: 0,
  phase,
  message: 'x',
  nextAt: minutes * MINUTE,
  author: 'sam',
});
const resolve: IncidentCommand = { type: 'resolve', at: 5, message: 'Repaired.', author: 'sam' };
const review = (message = 'A cable; there are two now.'): IncidentCommand => ({
  type: 'review',
  at: 9,
  message,
  author: 'sam',
});
const run = (...commands: IncidentCommand[]): Incident =>
  commands.reduce<Incident | undefined>((incident, command) => decide(incident, command), undefined)!;
const reasonOf = (work: () => unknown): string => {
  try {
    work();
    return 'accepted';
  } catch (error) {
    return (error as { reason: string }).reason;
  }
};

it.each<[string, IncidentCommand[], string]>([
  ['a severe one is heard of within half an hour', [open(true, 30)], 'accepted'],
  ['and not later', [open(true, 31)], 'NEXT_UPDATE_TOO_FAR'],
  ['within an hour once the cause is known', [open(true, 30), update('identified', 60)], 'accepted'],
  ['and not later', [open(true, 30), update('identified', 61)], 'NEXT_UPDATE_TOO_FAR'],
  ['within two while the repair is watched', [open(true, 30), update('monitoring', 120)], 'accepted'],
  ['and not later', [open(true, 30), update('monitoring', 121)], 'NEXT_UPDATE_TOO_FAR'],
  ['another one has time', [open(false, 24 * 60), update('identified', 7 * 24 * 60)], 'accepted'],
  ['but a week at most', [open(false, 7 * 24 * 60 + 1)], 'NEXT_UPDATE_TOO_FAR'],
  ['nothing is learnt before the end', [open(false, 30), review()], 'INCIDENT_NOT_RESOLVED'],
  ['once', [open(false, 30), resolve, review(), review('Nothing.')], 'INCIDENT_REVIEWED'],
  ['and the same again is nothing new', [open(false, 30), resolve, review(), review()], 'accepted'],
  ['it goes on no more', [open(false, 30), resolve, review(), update('identified', 9)], 'INCIDENT_RESOLVED'],
])('%s', (_, commands, expected) => {
  expect(reasonOf(() => run(...commands))).toBe(expected);
});

it('what was learnt is one more thing to tell, promises nothing and leaves the end where it was', () => {
  const after = run(open(false, 30), resolve, review(), review());
  expect(after).toMatchObject({ phase: 'resolved', resolvedAt: 5, promiseId: '', nextAt: undefined });
  expect(after.updates.map(({ n, review: learnt }) => [n, learnt ?? false])).toEqual([
    [1, false],
    [2, false],
    [3, true],
  ]);
  expect(after.duties.filter(({ kind }) => kind === 'tell')).toHaveLength(3);
  expect(after.duties.filter(({ kind }) => kind !== 'tell').map(({ kind }) => kind)).toEqual(['make', 'keep']);
});
