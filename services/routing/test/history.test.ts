import type { PastWork } from '../src/domain/history';
import { historyOf } from '../src/domain/history';

const S = 1_000;
type Stay = PastWork['stays'][0];
const stay = (queueId: string, from: number, to: number, result: Stay['result']): Stay => ({
  queueId,
  enteredAt: from * S,
  leftAt: to * S,
  result,
});
const work = (state: PastWork['state'], stays: Stay[], over: Partial<PastWork> = {}): PastWork => ({
  state,
  queueId: stays.at(-1)!.queueId,
  answeredAt: 0,
  endedAt: 0,
  stays,
  ...over,
});

test('a history is what a process would have seen that had the queue all the while', () => {
  const answered = { answeredAt: 30 * S, endedAt: 90 * S };
  const items = [
    work('COMPLETED', [stay('q', 10, 30, 'answered')], answered),
    work('COMPLETED', [stay('q', 5, 20, 'answered')], { answeredAt: 20 * S, endedAt: 50 * S }),
    // Passed on, and given up in another queue: neither answered nor abandoned here.
    work('CANCELLED', [stay('q', 1, 40, 'flow_out'), stay('r', 40, 45, 'abandoned')], { endedAt: 45 * S }),
    work('CANCELLED', [stay('r', 1, 30, 'flow_out'), stay('q', 30, 70, 'abandoned')], { endedAt: 70 * S }),
    // Answered, and still in hand.
    work('ASSIGNED', [stay('q', 60, 61, 'answered')]),
    work('QUEUED', [stay('q', 60, 0, '')]),
    // Called back: nobody on the line.
    work('COMPLETED', [stay('q', 1, 2, 'answered')], { answeredAt: 2 * S, endedAt: 4 * S, callback: {} as never }),
    // After the moment, or long before it.
    work('COMPLETED', [stay('q', 95, 101, 'answered')], { answeredAt: 101 * S, endedAt: 102 * S }),
    work('COMPLETED', [stay('q', 1, 3, 'answered')], { answeredAt: 3 * S, endedAt: 10 * S }),
  ];
  const { handledSeconds, outcomes } = historyOf(items, 'q', 15 * S, 100 * S);
  expect(handledSeconds).toEqual([2, 7, 30, 60]);
  expect(outcomes.map(({ at, result, waited }) => [at / S, result, waited])).toEqual([
    [20, 'answered', 15],
    [30, 'answered', 20],
    [61, 'answered', 1],
    [70, 'abandoned', 40],
  ]);
});
