import type { Place, Stamp } from '../../src/domain/notice/place';
import { EARLIEST, past, readCursor, resumeAt, stampOf, startAfter, writeCursor } from '../../src/domain/notice/place';

const at = (seconds: number, number = 1): Stamp => stampOf(1_800_000_000 + seconds, number);
const tell = (place: Place, ...stamps: Stamp[]): Place => stamps.reduce(past, place);
/** What a reader that comes back is told of all that there is. */
const after = (place: Place, there: Stamp[]): Stamp[] => {
  const cursor = readCursor(writeCursor(place))!;
  const resumed = resumeAt(
    cursor,
    there.filter((stamp) => stamp > cursor.from && stamp <= cursor.stamp),
  );
  return there.filter((stamp) => stamp > resumed.stamp).sort();
};

describe('the place of a reader of notices', () => {
  it('goes on behind what was told last', () => {
    const place = tell(startAfter(at(0)), at(1), at(2), at(2, 2));
    expect(after(place, [at(1), at(2), at(2, 2)])).toEqual([]);
    expect(after(place, [at(1), at(2), at(2, 2), at(2, 3), at(9)])).toEqual([at(2, 3), at(9)]);
  });

  it('tells what appeared in front of it meanwhile, and the minute around it again', () => {
    const place = tell(startAfter(at(0)), at(10), at(30));
    expect(after(place, [at(10), at(20), at(30), at(40)])).toEqual([at(10), at(20), at(30), at(40)]);
  });

  it('knows what was told late, in whatever order', () => {
    const place = tell(startAfter(at(0)), at(30), at(10), at(31), at(20));
    expect(place.stamp).toBe(at(31));
    expect(after(place, [at(10), at(20), at(30), at(31), at(40)])).toEqual([at(40)]);
  });

  it('looks back a minute and no further, and not before it began', () => {
    const place = tell(startAfter(at(0)), at(10), at(65), at(100));
    expect(place.from).toBe(at(40, 0xffff_ffff));
    expect(after(place, [at(10), at(39), at(65), at(100)])).toEqual([]);
    expect(after(place, [at(10), at(41), at(65), at(100)])).toEqual([at(41), at(65), at(100)]);
    expect(tell(startAfter(at(90)), at(100)).from).toBe(at(90));
    expect(after(tell(startAfter(at(90)), at(100)), [at(80), at(100)])).toEqual([]);
  });

  it('holds as much after a hundred thousand as after a hundred, and forgets what is left behind', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => at(Math.floor(i / 500), i));
    const place = tell(startAfter(at(-1)), ...many);
    expect(place.told.size).toBeLessThanOrEqual(61);
    expect(after(place, [...many, at(200)])).toEqual([at(200)]);
    const without = many.filter((stamp) => stamp !== at(180, 90_007));
    expect(after(place, without)).toEqual(without.filter((stamp) => stamp > place.from));
  });

  it('notices one that is missing as well as one that is new', () => {
    const place = tell(startAfter(EARLIEST), at(1), at(2));
    expect(after(place, [at(1), at(1, 2)])).toEqual([at(1), at(1, 2)]);
    expect(after(place, [at(1, 2), at(2)])).toEqual([at(1, 2), at(2)]);
  });

  it.each([
    ['an older cursor', '01890000-0000-7000-8000-000000000001.10000'],
    ['nothing', ''],
    ['letters that are no digits', `${'g'.repeat(16)}.${EARLIEST}.0`],
    ['a start behind the end', `${at(1)}.${at(2)}.0`],
    ['a sum that is too long', `${at(1)}.${at(0)}.12345678`],
    ['more than a cursor', `${writeCursor(startAfter(at(0)))} `],
  ])('refuses %s', (_, text) => {
    expect(readCursor(text)).toBeUndefined();
  });

  it('lets nobody ask for more than the minute', () => {
    expect(readCursor(`${at(100)}.${EARLIEST}.0`)?.from).toBe(at(40, 0));
  });

  it('reads every cursor it wrote, in 64 characters', () => {
    for (let seed = 1; seed < 2_000; seed++) {
      const stamps = Array.from({ length: seed % 7 }, (_, i) => at((seed * 7919 * (i + 1)) % 60, seed * 31 + i));
      const text = writeCursor(tell(startAfter(at(0)), ...stamps));
      expect(text.length).toBeLessThanOrEqual(64);
      expect(readCursor(text)).toBeDefined();
    }
  });
});
