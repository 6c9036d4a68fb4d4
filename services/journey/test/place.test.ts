import fc from 'fast-check';
import {
  cursorOf,
  placeAt,
  placeFromCursor,
  placeOf,
  rowKey,
  sequenceIn,
  timeOfPlace,
  writePlace,
} from '../src/domain/place';

const span = (text: string) => {
  const bytes = Buffer.from(text);
  return { bytes, start: 0, end: bytes.length };
};
const place = (time: number, source: string, id: string): Buffer => {
  const into = Buffer.alloc(18);
  writePlace(into, 0, time, span(source), span(id));
  return into;
};
const times = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test('places sort as time does, and events of one aggregate as their numbers do', () => {
  fc.assert(
    fc.property(
      times,
      times,
      fc.nat(2 ** 32 - 1),
      fc.nat(2 ** 32 - 1),
      fc.string({ minLength: 1 }),
      (t1, t2, s1, s2, aggregate) => {
        const a = place(t1, 'x', `${aggregate}/${s1}`);
        const b = place(t2, 'x', `${aggregate}/${s2}`);
        expect(Math.sign(a.compare(b))).toBe(Math.sign(t1 - t2 || s1 - s2));
        expect(timeOfPlace(a)).toBe(t1);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('different events have different places, the same event always the same', () => {
  const names = fc.tuple(fc.string({ minLength: 1, maxLength: 40 }), fc.string({ minLength: 1, maxLength: 40 }));
  fc.assert(
    fc.property(names, names, ([s1, i1], [s2, i2]) => {
      const same = s1 === s2 && i1 === i2;
      expect(place(7, s1, i1).equals(place(7, s2, i2))).toBe(same);
      expect(place(7, s1, i1).equals(place(7, s1, i1))).toBe(true);
    }),
    { numRuns: 5_000 },
  );
});

test.each([
  ['acme/c1/7', 7],
  ['acme/c1/0', 0],
  ['a/4294967295', 4294967295],
  ['a/4294967296', -1],
  ['a/99999999999', -1],
  ['a/', -1],
  ['/7', -1],
  ['a/x7', -1],
  ['7', -1],
  ['no-slash', -1],
])('the number of %s is %d', (id, expected) => {
  const { bytes, start, end } = span(id);
  expect(sequenceIn(bytes, start, end)).toBe(expected);
});

test('ids that only look numbered do not collide', () => {
  const ids = ['a/1', 'a/01', 'a/1/', 'a//1', 'a', 'a/4294967297', 'a/x1', '1'];
  const places = ids.map((id) => place(7, 'x', id).toString('hex'));
  // "a/01" is the same number of the same aggregate; event ids of ours have no leading zeros.
  expect(new Set(places).size).toBe(ids.length - 1);
});

test('cursors compare as text as places compare as bytes, and read back', () => {
  const bytes = fc.uint8Array({ minLength: 18, maxLength: 18 }).map((array) => Buffer.from(array));
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(placeFromCursor(cursorOf(a))).toEqual(a);
      expect(Math.sign(a.compare(b))).toBe(cursorOf(a) < cursorOf(b) ? -1 : cursorOf(a) > cursorOf(b) ? 1 : 0);
    }),
    { numRuns: 1_000 },
  );
});

test.each(['', 'x', ' '.repeat(24), 'é'.repeat(24), 'a'.repeat(25), '+'.repeat(24)])('%p is no cursor', (text) => {
  expect(placeFromCursor(text)).toBeUndefined();
});

test('a row key is the contact point and the place', () => {
  const key = rowKey(Buffer.alloc(16, 9), placeAt(1_700_000_000_000));
  expect(key).toHaveLength(34);
  expect(timeOfPlace(placeOf(key))).toBe(1_700_000_000_000);
});
