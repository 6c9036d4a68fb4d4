import { agreement, cohenKappa, countsOf, fleissKappa } from '../../src/domain/quality/agreement';
import type { Calibration } from '../../src/domain/quality/evaluation';
import { isComplete, withGiven } from '../../src/domain/quality/evaluation';
import { accuracyMeasure, qualityMeasure, resolutionMeasure } from '../../src/domain/quality/measures';
import type { Criticality, Item, Mark, MarkResult } from '../../src/domain/quality/scorecard';
import { checkMarks, checkScorecard, judge } from '../../src/domain/quality/scorecard';
import { answered, checkRecognition, newSuggestion } from '../../src/domain/quality/voice';

const item = (id: string, weight: number, criticality: Criticality = ''): Item => ({
  id,
  text: id,
  weight,
  criticality,
});
const items = [
  item('greet', 10),
  item('solve', 60),
  item('note', 30),
  item('verify', 0, 'compliance'),
  item('promise', 0, 'customer'),
];
const marks = (...results: MarkResult[]): Mark[] =>
  results.map((result, i) => ({ itemId: items[i]!.id, result, note: '' }));
const reasonOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return (error as { reason: string }).reason;
  }
  return 'accepted';
};

describe('scorecards', () => {
  test.each<[string, MarkResult[], number | undefined, string[]]>([
    ['all passed', ['pass', 'pass', 'pass', 'pass', 'pass'], 100, []],
    ['one failed', ['fail', 'pass', 'pass', 'pass', 'pass'], 90, []],
    [
      'what does not apply takes its weight along',
      ['not_applicable', 'pass', 'fail', 'pass', 'pass'],
      (60 / 90) * 100,
      [],
    ],
    ['nothing applies', ['not_applicable', 'not_applicable', 'not_applicable', 'pass', 'pass'], undefined, []],
    ['a compliance error is 0', ['pass', 'pass', 'pass', 'fail', 'pass'], 0, ['compliance']],
    [
      'an error for the customer stands apart from the score',
      ['pass', 'pass', 'pass', 'pass', 'fail'],
      100,
      ['customer'],
    ],
    ['both', ['pass', 'fail', 'pass', 'fail', 'fail'], 0, ['compliance', 'customer']],
  ])('%s', (_, results, score, errors) => {
    const judged = judge(items, marks(...results));
    if (score === undefined) expect(judged.score).toBeUndefined();
    else expect(judged.score).toBeCloseTo(score, 10);
    expect(judged.criticalErrors).toEqual(errors);
  });

  test.each<[string, Mark[], string]>([
    ['every item', marks('pass', 'pass', 'pass', 'pass', 'pass'), 'accepted'],
    ['one left out', marks('pass', 'pass', 'pass', 'pass'), 'ITEM_MISSING'],
    ['one twice', [...marks('pass', 'pass', 'pass', 'pass', 'pass'), ...marks('pass')], 'ITEM_UNKNOWN'],
    [
      'one that is not there',
      [...marks('pass', 'pass', 'pass', 'pass', 'pass'), { itemId: 'x', result: 'pass', note: '' }],
      'ITEM_UNKNOWN',
    ],
  ])('marks: %s', (_, given, expected) => {
    expect(reasonOf(() => checkMarks(items, given))).toBe(expected);
  });

  test('items differ and something weighs', () => {
    expect(reasonOf(() => checkScorecard({ sections: [{ name: '', items }] }))).toBe('accepted');
    expect(reasonOf(() => checkScorecard({ sections: [{ name: '', items: [...items, items[0]!] }] }))).toBe(
      'ITEM_TWICE',
    );
    expect(reasonOf(() => checkScorecard({ sections: [{ name: '', items: [item('a', 0)] }] }))).toBe('WEIGHT_MISSING');
  });
});

describe('agreement', () => {
  // 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: 70 % alike, 50 % by chance, kappa 0.4.
  const pairs = [
    ...Array(20).fill(['pass', 'pass']),
    ...Array(5).fill(['pass', 'fail']),
    ...Array(10).fill(['fail', 'pass']),
    ...Array(15).fill(['fail', 'fail']),
  ];
  const ids = pairs.map((_, i) => `i${i}`);
  const [a, b] = [0, 1].map((side) => new Map<string, MarkResult>(pairs.map((pair, i) => [`i${i}`, pair[side]])));

  test("Cohen's kappa of the textbook", () => {
    expect(agreement([a!, b!], ids)).toBeCloseTo(0.7, 10);
    expect(cohenKappa(a!, b!, ids)).toBeCloseTo(0.4, 10);
    expect(cohenKappa(a!, a!, ids)).toBeCloseTo(1, 10);
    const always = new Map<string, MarkResult>(ids.map((id) => [id, 'pass']));
    expect(cohenKappa(always, always, ids)).toBeUndefined();
  });

  test("Fleiss' kappa of his own example: ten subjects, fourteen raters, five categories", () => {
    const table = [
      [0, 0, 0, 0, 14],
      [0, 2, 6, 4, 2],
      [0, 0, 3, 5, 6],
      [0, 3, 9, 2, 0],
      [2, 2, 8, 1, 1],
      [7, 7, 0, 0, 0],
      [3, 2, 6, 3, 0],
      [2, 5, 3, 2, 2],
      [6, 5, 2, 1, 0],
      [0, 2, 2, 3, 7],
    ];
    expect(fleissKappa(table)).toBeCloseTo(0.21, 2);
    expect(fleissKappa(countsOf([a!, a!, a!], ids))).toBeCloseTo(1, 10);
  });

  test('a calibration is complete when everybody gave theirs, each once', () => {
    const calibration: Calibration = {
      id: 'k',
      scorecardId: 's',
      scorecardRevision: 1,
      items,
      conversationId: 'c',
      agentId: 'sam',
      evaluatorIds: ['lea', 'max'],
      given: [],
      createdAt: 0,
    };
    const one = withGiven(calibration, 'lea', 'e1');
    expect(isComplete(one)).toBe(false);
    expect(withGiven(one, 'lea', 'e1')).toBe(one);
    expect(reasonOf(() => withGiven(one, 'lea', 'e2'))).toBe('ALREADY_EVALUATED');
    expect(reasonOf(() => withGiven(one, 'eve', 'e2'))).toBe('NOT_AN_EVALUATOR');
    expect(isComplete(withGiven(one, 'max', 'e2'))).toBe(true);
  });
});

describe('measures', () => {
  test('W42: 280 of 400 solved at first', () => {
    const measure = resolutionMeasure({ first: 280, repeated: 120 });
    expect(measure).toMatchObject({ n: 400, value: 70, sampleTooSmall: false });
    expect(measure.low!).toBeCloseTo(65.3, 1);
    expect(measure.high!).toBeCloseTo(74.3, 1);
  });

  test('quality is a mean with its interval, critical errors are counted apart', () => {
    const counts = { 'score:80': 2, 'score:100': 2, clean: 3, critical: 1 };
    expect(qualityMeasure(counts)).toMatchObject({ n: 4, value: 90, sampleTooSmall: true });
    expect(accuracyMeasure(counts)).toMatchObject({ n: 4, value: 75 });
    expect(qualityMeasure({}).value).toBeUndefined();
  });
});

describe('voice and recognition', () => {
  const suggestion = newSuggestion(
    { id: 's', kind: 'idea', text: 'Weigh the boxes', authorId: 'sam', anonymous: false },
    0,
  );

  test('who asks for it is kept nowhere', () => {
    expect(suggestion.authorId).toBe('sam');
    expect(newSuggestion({ ...suggestion, anonymous: true }, 0).authorId).toBe('');
  });

  test('one answer is owed and given once', () => {
    const done = answered(suggestion, 'We do', 'lea', 5);
    expect(done).toMatchObject({ unanswered: false, answeredBy: 'lea', answeredAt: 5 });
    expect(answered(done, 'We do', 'max', 6)).toBe(done);
    expect(reasonOf(() => answered(done, 'We do not', 'max', 6))).toBe('ALREADY_ANSWERED');
    expect(reasonOf(() => answered(undefined, 'a', 'b', 0))).toBe('SUGGESTION_NOT_FOUND');
  });

  test('nobody thanks themselves, and nobody is praised who does not want it', () => {
    const thanks = {
      id: 'r',
      agentId: 'sam',
      badge: 'knowledge' as const,
      fromId: 'lea',
      reason: 'helped',
      createdAt: 0,
    };
    expect(reasonOf(() => checkRecognition(thanks, false))).toBe('accepted');
    expect(reasonOf(() => checkRecognition(thanks, true))).toBe('RECOGNITION_DECLINED');
    expect(reasonOf(() => checkRecognition({ ...thanks, fromId: 'sam' }, false))).toBe('SELF_RECOGNITION');
  });
});
