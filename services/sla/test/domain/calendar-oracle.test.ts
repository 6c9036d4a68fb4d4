import * as fc from 'fast-check';
import { openingsOf } from '../../src/domain/calendar/calendar';
import { calendarOf } from '../../src/domain/calendar/draft';
import { add, measure } from '../../src/domain/calendar/openings';
import { dateText, parseDate, timeText } from '../../src/domain/calendar/times';

// A slow second opinion that shares no code with the calendar: it walks minute by minute, reads the wall clock from Intl
// each time, and opens and closes doors as the wall clock passes their times.

const MIN = 60_000;
const DAY = 86_400_000;

interface Minute {
  at: number;
  /** `YYYY-MM-DD HH:MM` */
  wall: string;
}

const minutesOf = (zone: string, from: number, to: number): Minute[] => {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  const list: Minute[] = [];
  for (let at = from; at < to; at += MIN) list.push({ at, wall: format.format(at) });
  return list;
};

const minuteNumber = (wall: string) => Date.parse(`${wall.replace(' ', 'T')}:00Z`) / MIN;

/** First minute that shows this time; a skipped time is moved by the size of the jump over it. */
const whenShown = (minutes: Minute[], shown: Map<string, number>, wall: string): number | undefined => {
  const seen = shown.get(wall);
  if (seen !== undefined) return seen;
  const wanted = minuteNumber(wall);
  for (let i = 1; i < minutes.length; i++) {
    const before = minuteNumber(minutes[i - 1]!.wall);
    const after = minuteNumber(minutes[i]!.wall);
    if (before < wanted && wanted < after) {
      const moved = wanted + (after - before - 1);
      return minutes.slice(i).find((minute) => minuteNumber(minute.wall) === moved)?.at;
    }
  }
  return undefined;
};

const openMinutes = (
  zone: string,
  hoursOn: (date: string) => { from: number; to: number }[],
  from: number,
  to: number,
): Set<number> => {
  const minutes = minutesOf(zone, from - 2 * DAY, to + 2 * DAY);
  const shown = new Map<string, number>();
  for (const { at, wall } of minutes) if (!shown.has(wall)) shown.set(wall, at);
  const dates = new Set(minutes.map(({ wall }) => wall.slice(0, 10)));
  const open = new Set<number>();
  const wallOf = (date: string, seconds: number) =>
    seconds === 86_400 ? `${dateText(parseDate(date)! + 1)} 00:00` : `${date} ${timeText(seconds)}`;
  for (const date of dates) {
    for (const hours of hoursOn(date)) {
      const opens = whenShown(minutes, shown, wallOf(date, hours.from));
      const closes = whenShown(minutes, shown, wallOf(date, hours.to));
      if (opens === undefined || closes === undefined) continue;
      for (let at = opens; at < closes; at += MIN) if (at >= from && at < to) open.add(at);
    }
  }
  return open;
};

// Zones with half hours, with changes at midnight, by thirty minutes, in Ramadan, and without any.
const zones = [
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'America/Havana',
  'Africa/Casablanca',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Shanghai',
  'Asia/Tehran',
  'Pacific/Chatham',
  'America/St_Johns',
  'Etc/UTC',
];

// Boundaries lie in the small hours, where clocks change, as often as anywhere else.
const minuteOfDay = fc.oneof(
  fc.integer({ min: 0, max: 1440 }),
  fc.integer({ min: 0, max: 16 }).map((n) => n * 15),
);
const dayHours = fc.uniqueArray(minuteOfDay, { minLength: 0, maxLength: 6 }).map((cuts) => {
  const sorted = [...cuts].sort((a, b) => a - b);
  return Array.from({ length: Math.floor(sorted.length / 2) }, (_, i) => ({
    from: sorted[2 * i]! * 60,
    to: sorted[2 * i + 1]! * 60,
  }));
});
const week = fc
  .array(dayHours, { minLength: 7, maxLength: 7 })
  .filter((days) => days.some((hours) => hours.length > 0));
// Around a change of the zone's clock three times out of four.
const changes: [string, string][] = [
  ['America/New_York', '2025-03-09'],
  ['America/New_York', '2025-11-02'],
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['America/Sao_Paulo', '2018-11-04'],
  ['America/Sao_Paulo', '2018-02-18'],
  ['America/Havana', '2025-11-02'],
  ['Africa/Casablanca', '2025-02-23'],
  ['America/St_Johns', '2011-03-13'],
];
const anywhere = fc.tuple(
  fc.constantFrom(...zones),
  fc.integer({ min: Date.UTC(2000, 0, 1) / MIN, max: Date.UTC(2035, 0, 1) / MIN }).map((minute) => minute * MIN),
);
const atChange = fc
  .tuple(fc.constantFrom(...changes), fc.integer({ min: -1440, max: 720 }))
  .map(([[zone, date], minutes]): [string, number] => [zone, Date.parse(`${date}T00:00Z`) + minutes * MIN]);
const place = fc.oneof({ weight: 1, arbitrary: anywhere }, { weight: 3, arbitrary: atChange });

const written = (hours: { from: number; to: number }) => ({ opens: timeText(hours.from), closes: timeText(hours.to) });

test('measuring and adding agree with a minute-by-minute walk over years and zones', () => {
  const runs = Number(process.env['FC_RUNS'] ?? 100);
  fc.assert(
    fc.property(
      place,
      week,
      fc.integer({ min: 1, max: 3 * 1440 }),
      fc.array(fc.tuple(fc.integer({ min: -3, max: 5 }), dayHours), { maxLength: 2 }),
      ([zone, from], days, length, special) => {
        const base = Math.floor(from / DAY);
        const own = new Map(special.map(([offset, hours]) => [dateText(base + offset), hours]));
        const openings = openingsOf(
          calendarOf({
            zone,
            weekly: days.flatMap((hours, i) => hours.map((one) => ({ day: i + 1, ...written(one) }))),
            breaks: [],
            special: [...own].map(([date, hours]) => ({ date, name: '', hours: hours.map(written), likeDay: 0 })),
            holidays: [],
          }),
        );
        const to = from + length * MIN;
        const hoursOn = (date: string) => own.get(date) ?? days[(new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7]!;
        const open = openMinutes(zone, hoursOn, from, to);
        const measured = measure(openings, from, to);
        expect(measured / MIN).toBe(open.size);
        // What is due after the measured time ends where the last open minute ends.
        if (measured > 0) expect(add(openings, from, measured)).toBe(Math.max(...open) + MIN);
        // Half of it: as many open minutes lie before.
        const half = Math.floor(open.size / 2) * MIN;
        const due = add(openings, from, half)!;
        expect(measure(openings, from, due)).toBe(half);
      },
    ),
    { numRuns: runs },
  );
}, 120_000);
