import { instantOf, isZone, offsetAt, wallClockAt } from '@throughline/core';
import type { CalendarSpec } from '../../src/domain/calendar/calendar';
import { addWorkingDays, openingsOf } from '../../src/domain/calendar/calendar';
import type { CalendarDraft } from '../../src/domain/calendar/draft';
import { calendarOf } from '../../src/domain/calendar/draft';
import { add, always, intersect, measure } from '../../src/domain/calendar/openings';
import { durationText, parseLocal, parseTime } from '../../src/domain/calendar/times';

const H = 3_600_000;
const MIN = 60_000;
const utc = (text: string) => Date.parse(`${text}Z`);

/** `1-5 09:00-17:00; 6 10:00-14:00` */
const draft = (zone: string, week: string, extra: Partial<CalendarDraft> = {}): CalendarDraft => ({
  zone,
  weekly: week.split(';').flatMap((part) => {
    const [days = '', ...ranges] = part.trim().split(' ');
    const [first, last = first] = days.split('-').map(Number);
    return ranges.flatMap((range) => {
      const [opens = '', closes = ''] = range.split('-');
      return Array.from({ length: last! - first! + 1 }, (_, i) => ({ day: first! + i, opens, closes }));
    });
  }),
  breaks: [],
  special: [],
  holidays: [],
  ...extra,
});
const spec = (...args: Parameters<typeof draft>): CalendarSpec => calendarOf(draft(...args));
const openings = (...args: Parameters<typeof draft>) => openingsOf(spec(...args));
const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString().slice(0, 19));

const biz = '1 09:00-17:00; 2 10:00-16:00; 3 09:00-17:00; 4 10:00-16:00; 5 09:00-17:00; 6 11:00-14:30';
const desk = '1-5 10:00-18:00';
const office = '1-5 09:00-17:00';

describe('worked examples', () => {
  test('W18: a week of the biz calendar has 39.5 hours; an end before the start gives 0', () => {
    const week = openings('Etc/UTC', biz);
    expect(measure(week, utc('2006-01-01T00:00'), utc('2006-01-08T00:00'))).toBe(39.5 * H);
    expect(measure(week, utc('2006-01-08T00:00'), utc('2006-01-01T00:00'))).toBe(0);
  });

  test('W19: 90 minutes, and nothing, after a moment', () => {
    const week = openings('Etc/UTC', biz);
    expect(iso(add(week, utc('2006-01-04T14:30'), 90 * MIN))).toBe('2006-01-04T16:00:00');
    expect(iso(add(week, utc('2006-01-03T00:00'), 0))).toBe('2006-01-03T10:00:00');
    expect(iso(add(week, utc('2006-01-03T12:00'), 0))).toBe('2006-01-03T12:00:00');
  });

  test('W21: six segments of a Los Angeles week', () => {
    const week = openings(
      'America/Los_Angeles',
      '1 09:00-17:00; 2 00:00-24:00; 3 09:00-17:00; 4 09:00-12:00 13:00-17:00; 6 10:00-14:00',
    );
    const found = [...week.segments(utc('2015-01-10T10:00'), utc('2015-01-17T10:00'))];
    expect(found.map(({ from, to }) => `${iso(from)} ${iso(to)}`)).toEqual([
      '2015-01-10T18:00:00 2015-01-10T22:00:00',
      '2015-01-12T17:00:00 2015-01-13T01:00:00',
      '2015-01-13T08:00:00 2015-01-14T08:00:00',
      '2015-01-14T17:00:00 2015-01-15T01:00:00',
      '2015-01-15T17:00:00 2015-01-15T20:00:00',
      '2015-01-15T21:00:00 2015-01-16T01:00:00',
    ]);
  });

  test('W23: days of 23, 25 and 24 hours, and what is due over a change of the clock', () => {
    const length = (zone: string, date: string) => {
      const at = parseLocal(`${date}T00:00`)!;
      return measure(openings(zone, '1-7 00:00-24:00'), instantOf(zone, at), instantOf(zone, at + 24 * H)) / H;
    };
    expect(length('America/New_York', '2025-03-09')).toBe(23);
    expect(length('America/New_York', '2025-11-02')).toBe(25);
    expect(length('Asia/Shanghai', '2025-03-09')).toBe(24);
    const ny = (text: string) => instantOf('America/New_York', parseLocal(text)!);
    const round = openings('America/New_York', '1-7 00:00-24:00');
    expect(add(round, ny('2025-03-08T22:00'), 8 * H)).toBe(utc('2025-03-09T11:00'));
    expect(add(round, ny('2025-11-01T22:00'), 8 * H)).toBe(utc('2025-11-02T10:00'));
    const due = add(openings('America/New_York', office), ny('2025-03-07T16:00'), 2 * H)!;
    expect(due).toBe(ny('2025-03-10T10:00'));
    expect(due - ny('2025-03-07T16:00')).toBe(65 * H);
  });

  test.each([
    ['Mon 08:00 High', '2026-01-05T08:00', 60, 240, '2026-01-05T11:00:00', '2026-01-05T14:00:00'],
    ['Mon 20:00 Urgent', '2026-01-05T20:00', 30, 120, '2026-01-06T10:30:00', '2026-01-06T12:00:00'],
    ['Sat 15:00 Low', '2026-01-03T15:00', 1440, 4320, '2026-01-07T18:00:00', '2026-01-15T18:00:00'],
    ['Fri 17:00 Urgent', '2026-01-02T17:00', 30, 120, '2026-01-02T17:30:00', '2026-01-05T11:00:00'],
    ['Fri 19:00 High', '2026-01-02T19:00', 60, 240, '2026-01-05T11:00:00', '2026-01-05T14:00:00'],
  ])('W26: %s', (_, from, reply, solve, replyDue, solveDue) => {
    const week = openings('Etc/UTC', desk);
    expect(iso(add(week, utc(from), reply * MIN))).toBe(replyDue);
    expect(iso(add(week, utc(from), solve * MIN))).toBe(solveDue);
  });

  test('W32: 24 office hours, or the next working day', () => {
    const calendar = spec('Etc/UTC', office);
    // Friday 16:55 and 24 hours of 8 a day: Wednesday 16:55.
    expect(iso(add(openingsOf(calendar), utc('2026-01-09T16:55'), 24 * H))).toBe('2026-01-14T16:55:00');
    expect(iso(addWorkingDays(calendar, utc('2026-01-09T16:55'), 1))).toBe('2026-01-12T16:55:00');
    expect(iso(addWorkingDays(calendar, utc('2026-01-09T18:30'), 1))).toBe('2026-01-13T09:00:00');
    expect(iso(addWorkingDays(calendar, utc('2026-01-10T12:00'), 0))).toBe('2026-01-12T09:00:00');
  });
});

describe('changes of the clock', () => {
  const berlin = 'Europe/Berlin';
  test('a boundary that is skipped moves forward, one that comes twice is the first', () => {
    // 2026-03-29 02:00 → 03:00, 2026-10-25 03:00 → 02:00.
    const night = openings(berlin, '7 02:30-05:00');
    expect([...night.segments(utc('2026-03-29T00:00'), utc('2026-03-29T12:00'))]).toEqual([
      { from: utc('2026-03-29T01:30'), to: utc('2026-03-29T03:00') },
    ]);
    expect([...night.segments(utc('2026-10-25T00:00'), utc('2026-10-25T12:00'))]).toEqual([
      { from: utc('2026-10-25T00:30'), to: utc('2026-10-25T04:00') },
    ]);
  });

  test('a midnight that is skipped opens when the day begins', () => {
    // Sao Paulo 2018-11-04 00:00 → 01:00.
    const round = openings('America/Sao_Paulo', '1-7 00:00-24:00');
    expect(measure(round, utc('2018-11-03T03:00'), utc('2018-11-05T02:00'))).toBe(47 * H);
  });

  test('a date that a zone skips has no hours', () => {
    // Apia went from 2011-12-29 to 2011-12-31.
    const apia = openings('Pacific/Apia', '1-7 09:00-17:00');
    expect(measure(apia, utc('2011-12-29T10:00'), utc('2012-01-01T10:00'))).toBe(24 * H);
  });

  test('an instant and its wall clock name each other', () => {
    const at = utc('2026-07-01T10:00');
    expect(offsetAt(berlin, at)).toBe(2 * H);
    expect(wallClockAt(berlin, at)).toBe(at + 2 * H);
    expect(instantOf(berlin, at + 2 * H)).toBe(at);
  });
});

describe('days of their own', () => {
  const days = openings('Asia/Shanghai', '1-5 09:00-18:00', {
    breaks: [1, 2, 3, 4, 5].map((day) => ({ day, opens: '12:00', closes: '13:00' })),
    special: [
      { date: '2026-02-14', name: 'make-up workday', hours: [], likeDay: 1 },
      { date: '2026-12-24', name: 'short day', hours: [{ opens: '09:00', closes: '12:00' }], likeDay: 0 },
      { date: '2026-02-17', name: 'open all the same', hours: [{ opens: '10:00', closes: '11:00' }], likeDay: 0 },
    ],
    holidays: [16, 17, 18, 19, 20].map((day) => ({ date: `2026-02-${day}`, name: 'Spring Festival' })),
  });
  const on = (date: string) => {
    const at = utc(`${date}T00:00`) - 8 * H;
    return measure(days, at, at + 24 * H) / H;
  };
  test('holidays close, special days override, a weekend is worked with its breaks', () => {
    expect([on('2026-02-13'), on('2026-02-14'), on('2026-02-15'), on('2026-02-16'), on('2026-02-17')]).toEqual([
      8, 8, 0, 0, 1,
    ]);
    expect(on('2026-12-24')).toBe(3);
  });
  test('what is due runs over all of it', () => {
    // Fri 13 Feb 17:00, 2 h: one on Friday, one on the worked Saturday.
    expect(iso(add(days, utc('2026-02-13T09:00'), 2 * H))).toBe('2026-02-14T02:00:00');
  });
});

describe('both open', () => {
  test('an intersection is what is open in both zones', () => {
    const both = intersect(openings('Europe/Berlin', office), openings('America/New_York', office));
    // Winter: Berlin 8–16 UTC, New York 14–22 UTC.
    expect(measure(both, utc('2026-01-05T00:00'), utc('2026-01-12T00:00'))).toBe(10 * H);
    // 2026-03-16: New York is on summer time, Berlin is not yet: 13–16 UTC.
    expect(measure(both, utc('2026-03-16T00:00'), utc('2026-03-17T00:00'))).toBe(3 * H);
    expect(measure(intersect(always, always), 5, 10)).toBe(5);
  });

  test('what is never open together is not due, and nobody waits for it', () => {
    const never = intersect(openings('Etc/UTC', '1 00:00-12:00'), openings('Etc/UTC', '2 00:00-12:00'));
    const started = performance.now();
    expect(add(never, utc('2026-01-05T00:00'), 1)).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('refusals', () => {
  const reasonOf = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      return (error as { reason: string }).reason;
    }
    return 'accepted';
  };
  test.each([
    ['overlapping intervals', 'HOURS_OVERLAP', draft('Etc/UTC', '1 09:00-12:00 11:00-13:00')],
    ['25:00', 'TIME_INVALID', draft('Etc/UTC', '1 09:00-25:00')],
    ['24:01', 'TIME_INVALID', draft('Etc/UTC', '1 09:00-24:01')],
    ['opens at 24:00', 'TIME_INVALID', draft('Etc/UTC', '1 24:00-24:00')],
    ['over midnight', 'HOURS_INVALID', draft('Etc/UTC', '1 22:00-06:00')],
    ['no length', 'HOURS_INVALID', draft('Etc/UTC', '1 09:00-09:00')],
    ['unknown zone', 'TIME_ZONE_UNKNOWN', draft('Mars/Olympus', office)],
    ['an offset as zone', 'TIME_ZONE_UNKNOWN', draft('+02:00', office)],
    ['empty zone', 'TIME_ZONE_UNKNOWN', draft('', office)],
    ['no open time', 'CALENDAR_NEVER_OPEN', { ...draft('Etc/UTC', office), weekly: [] }],
    [
      'breaks that leave nothing',
      'CALENDAR_NEVER_OPEN',
      draft('Etc/UTC', '1 09:00-10:00', { breaks: [{ day: 1, opens: '08:00', closes: '11:00' }] }),
    ],
    ['year 9999', 'DATE_INVALID', draft('Etc/UTC', office, { holidays: [{ date: '9999-01-01', name: '' }] })],
    ['30 February', 'DATE_INVALID', draft('Etc/UTC', office, { holidays: [{ date: '2026-02-30', name: '' }] })],
    ['day 8', 'DAY_INVALID', { ...draft('Etc/UTC', office), breaks: [{ day: 8, opens: '09:00', closes: '10:00' }] }],
    [
      'a date twice',
      'DATE_TWICE',
      draft('Etc/UTC', office, {
        special: [1, 2].map(() => ({ date: '2026-01-01', name: '', hours: [], likeDay: 0 })),
      }),
    ],
    ['a good one', 'accepted', draft('Europe/Berlin', '1-7 00:00-24:00')],
  ])('%s: %s', (_, reason, written) => {
    expect(reasonOf(() => calendarOf(written))).toBe(reason);
  });

  test('a due moment beyond the horizon is not looked for', () => {
    expect(add(openings('Etc/UTC', '1 09:00-09:01'), utc('2026-01-05T00:00'), 3 * 365 * 24 * H)).toBeUndefined();
  });
});

test('small words', () => {
  expect([parseTime('09:30:15'), parseTime('24:00'), parseTime('9:30'), parseTime('12:60')]).toEqual([
    34_215,
    86_400,
    undefined,
    undefined,
  ]);
  expect([durationText(5_400_000), durationText(0), durationText(50 * H), durationText(26 * H)]).toEqual([
    '1 h 30 min',
    '0 s',
    '2 d 2 h',
    '26 h',
  ]);
  expect([isZone('Asia/Kolkata'), isZone('Etc/GMT+5'), isZone('5'), isZone('utc')]).toEqual([true, true, false, true]);
});
