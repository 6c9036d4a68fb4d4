/**
 * Time zones as functions: what a wall clock shows at an instant, and at which instant it shows something. Instants and
 * wall-clock readings are both milliseconds; a reading is counted as if its zone were UTC.
 */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (zone: string): Intl.DateTimeFormat => {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(zone, made);
  return made;
};

/** True for names of the IANA database. Bare offsets such as `+02:00` know no daylight saving and are refused. */
export const isZone = (name: string): boolean => {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
};

const readOffset = (zone: string, at: number): number => {
  const second = Math.floor(at / 1000) * 1000;
  const [month, day, year, hour, minute, rest] = formatOf(zone).format(second).match(/\d+/g)!.map(Number);
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, rest!) - second;
};

interface Offset {
  from: number;
  offset: number;
}

const changeBetween = (zone: string, from: number, to: number, offset: number): number => {
  let [low, high] = [from, to];
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (readOffset(zone, middle) === offset) low = middle;
    else high = middle;
  }
  return high;
};

// Asking Intl costs microseconds; a year's changes are found once, day by day, and then looked up.
const years = new Map<string, Map<number, Offset[]>>();

const offsetsOfYear = (zone: string, year: number): Offset[] => {
  const ofZone = years.get(zone) ?? new Map<number, Offset[]>();
  years.set(zone, ofZone);
  const known = ofZone.get(year);
  if (known) return known;
  const end = Date.UTC(year + 1, 0, 1);
  let at = Date.UTC(year, 0, 1);
  const found: Offset[] = [{ from: at, offset: readOffset(zone, at) }];
  for (; at < end; at += DAY) {
    const { offset } = found.at(-1)!;
    const next = readOffset(zone, at + DAY);
    if (next !== offset) found.push({ from: changeBetween(zone, at, at + DAY, offset), offset: next });
  }
  ofZone.set(year, found);
  return found;
};

/** How far the wall clocks of a zone are ahead of UTC at an instant. */
export const offsetAt = (zone: string, at: number): number => {
  const offsets = offsetsOfYear(zone, new Date(at).getUTCFullYear());
  let i = offsets.length - 1;
  while (i > 0 && offsets[i]!.from > at) i--;
  return offsets[i]!.offset;
};

/** What the wall clock shows. */
export const wallClockAt = (zone: string, at: number): number => at + offsetAt(zone, at);

/**
 * The instant at which the wall clock shows this. A time that is skipped in spring moves forward by as much as the clock
 * does (02:30 → 03:30); of a time that comes twice in autumn the first is meant.
 */
export const instantOf = (zone: string, wall: number): number => {
  const before = offsetAt(zone, wall - DAY);
  const after = offsetAt(zone, wall + DAY);
  if (before === after) return wall - before;
  const first = wall - before;
  if (offsetAt(zone, first) === before) return first;
  const second = wall - after;
  return offsetAt(zone, second) === after ? second : first;
};
