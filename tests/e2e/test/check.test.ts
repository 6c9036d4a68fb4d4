import { check } from '../src/world/check';
import { isPassing, patiently } from '../src/world/patiently';

const entries = (...texts: string[]) => texts.map((text) => ({ summary: `Customer: ${text}` }));
const told = ['one', 'two', 'three'];

test.each([
  ['all there in order', ['one', 'x', 'two', 'three'], { lost: 0, doubled: 0, reordered: 0 }],
  ['one is missing', ['one', 'three'], { lost: 1, doubled: 0, reordered: 0 }],
  ['one came twice', ['one', 'two', 'two', 'three'], { lost: 0, doubled: 1, reordered: 0 }],
  ['two changed places', ['two', 'one', 'three'], { lost: 0, doubled: 0, reordered: 1 }],
  ['the last came first', ['three', 'one', 'two'], { lost: 0, doubled: 0, reordered: 1 }],
])('%s', (_name, seen, verdict) => {
  expect(check(told, entries(...seen))).toEqual({ told: 3, ...verdict });
});

test('what passes is done again, what does not is not', async () => {
  let calls = 0;
  const refused = Object.assign(new Error('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
  const work = async () => (++calls < 3 ? Promise.reject(refused) : 'done');
  expect(await patiently(work)).toBe('done');
  expect(
    [{ status: 503 }, { responseCode: 451 }, { code: 'ECONNRESET' }].map((e) => isPassing({ message: '', ...e })),
  ).toEqual([true, true, true]);
  await expect(patiently(async () => Promise.reject(Object.assign(new Error('no'), { status: 400 })))).rejects.toThrow(
    'no',
  );
});
