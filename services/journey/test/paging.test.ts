import fc from 'fast-check';
import { pointKeyOf } from '../src/domain/contact';
import type { Row } from '../src/domain/merge';
import { mergeRows } from '../src/domain/merge';
import { pageToken, queryHash, readPageToken } from '../src/domain/page-token';
import { firstPlace, lastPlace, placeAt, placeOf, rowKey } from '../src/domain/place';
import type { RowPage, RowRange, Timeline } from '../src/use-cases/ports';
import type { TimelineQuery } from '../src/use-cases/read-timeline';
import { readTimeline } from '../src/use-cases/read-timeline';

const bases = ['00000000-0000-8000-8000-00000000000a', '00000000-0000-8000-8000-00000000000b'];
const rowAt = (base: number, time: number): Row => ({
  _id: rowKey(pointKeyOf(bases[base]!), placeAt(time)),
  e: Buffer.alloc(0),
});
const timesOf = (rows: Row[]) => rows.map((row) => placeOf(row._id).readUIntBE(0, 6));

// The timeline as an array: what the database does with ranges, and with a search that is cut short.
const arrayTimeline = (rows: Row[], searchRows = Infinity): Pick<Timeline, 'range'> => ({
  async range(range: RowRange): Promise<RowPage> {
    const sign = range.oldestFirst ? 1 : -1;
    const within = rows
      .filter((row) => row._id.subarray(0, 16).equals(range.point))
      .filter((row) => placeOf(row._id).compare(range.after) > 0 && placeOf(row._id).compare(range.before) < 0)
      .sort((x, y) => sign * x._id.compare(y._id));
    if (!range.filter?.kinds.length) return { rows: within.slice(0, range.limit) };
    const looked = within.slice(0, searchRows);
    const found = looked.filter((row) => placeOf(row._id).readUIntBE(0, 6) % 7 === 0).slice(0, range.limit);
    const cut = found.length < range.limit && within.length > looked.length;
    return cut ? { rows: found, searchedTo: Buffer.from(placeOf(looked.at(-1)!._id)) } : { rows: found };
  },
});

const query = (given: Partial<TimelineQuery>): TimelineQuery => ({
  tenantId: 't',
  customerId: 'c',
  pageSize: 3,
  pageToken: '',
  oldestFirst: false,
  filter: { channels: [], kinds: [], issueId: '', conversationId: '' },
  ...given,
});

const places = fc.uniqueArray(fc.tuple(fc.nat(1), fc.integer({ min: 1, max: 500 })), {
  maxLength: 60,
  selector: ([, time]) => time,
});

test('pages forward and back together are the whole list, in order, whatever the size', async () => {
  await fc.assert(
    fc.asyncProperty(
      places,
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      fc.boolean(),
      async (given, pageSize, oldestFirst, filtered) => {
        const rows = given.map(([base, time]) => rowAt(base, time));
        const timeline = arrayTimeline(rows, 4);
        const filter = { channels: [], kinds: filtered ? ['seven'] : [], issueId: '', conversationId: '' };
        const expected = given
          .map(([, time]) => time)
          .filter((time) => !filtered || time % 7 === 0)
          .sort((x, y) => (oldestFirst ? x - y : y - x));
        const walk = async (token: string, step: 'next' | 'previous') => {
          const pages: number[][] = [];
          for (let pageToken = token; ; ) {
            const page = await readTimeline(timeline, bases, query({ pageSize, pageToken, oldestFirst, filter }));
            pages.push(timesOf(page.rows));
            if (page[step] === '') return { pages, last: page };
            pageToken = page[step];
          }
        };
        const forward = await walk('', 'next');
        expect(forward.pages.flat()).toEqual(expected);
        if (forward.last.previous === '') return;
        const back = await walk(forward.last.previous, 'previous');
        expect([...back.pages.reverse().flat(), ...timesOf(forward.last.rows)]).toEqual(expected);
        // And from the first page forward again.
        const again = await walk(back.last.next, 'next');
        expect([...timesOf(back.last.rows), ...again.pages.flat()]).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
});

test('rows that come in between shift nothing', async () => {
  const rows = Array.from({ length: 10 }, (_, i) => rowAt(i % 2, i * 10));
  const first = await readTimeline(arrayTimeline(rows), bases, query({}));
  const more = [...rows, rowAt(0, 200), rowAt(1, 75)];
  const second = await readTimeline(arrayTimeline(more), bases, query({ pageToken: first.next }));
  expect(timesOf(first.rows)).toEqual([90, 80, 70]);
  expect(timesOf(second.rows)).toEqual([60, 50, 40]);
});

test('a time range includes its start and leaves out its end', async () => {
  const rows = [10, 20, 30, 40].map((time) => rowAt(0, time));
  const page = await readTimeline(
    arrayTimeline(rows),
    bases,
    query({ from: new Date(20), until: new Date(40), oldestFirst: true }),
  );
  expect(timesOf(page.rows)).toEqual([20, 30]);
});

test('merging keeps the order and tells an event of two contact points once', () => {
  const lists = [[1, 3, 5].map((time) => rowAt(0, time)), [2, 3, 6].map((time) => rowAt(1, time))];
  expect(timesOf(mergeRows(lists, 10, true))).toEqual([1, 2, 3, 5, 6]);
  expect(
    timesOf(
      mergeRows(
        lists.map((list) => [...list].reverse()),
        3,
        false,
      ),
    ),
  ).toEqual([6, 5, 3]);
  expect(mergeRows([[], []], 3, true)).toEqual([]);
});

test('a token is good for its own query only', () => {
  const mine = queryHash(['a']);
  const token = pageToken(mine, { forward: false, place: lastPlace });
  expect(readPageToken(token, mine)).toEqual({ forward: false, place: lastPlace });
  const refused = expect.objectContaining({
    reason: 'PAGE_TOKEN_INVALID',
    violations: [expect.objectContaining({ field: 'page_token' })],
  });
  expect(() => readPageToken(token, queryHash(['b']))).toThrow(refused);
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.base64String(), fc.constant(`${token}A`), fc.constant(token.slice(1))),
      (text) => {
        expect(() => readPageToken(text, mine)).toThrow(refused);
      },
    ),
  );
  expect(pageToken(mine, { forward: true, place: firstPlace })).not.toBe(token);
});
