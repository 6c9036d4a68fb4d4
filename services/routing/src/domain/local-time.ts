const DAY = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (zone: string): Intl.DateTimeFormat => {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
};

/** True for names of the IANA database. */
export const isZone = (zone: string): boolean => {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
};

/** What calendar and clock show in a zone: days since 1970-01-01, 0 = Sunday, minutes since midnight. */
export const localTime = (zone: string, at: number): { day: number; weekday: number; minute: number } => {
  const [month, date, year, hour, minute] = formatOf(zone).format(at).match(/\d+/g)!.map(Number);
  const day = Date.UTC(year!, month! - 1, date!) / DAY;
  return { day, weekday: (((day + 4) % 7) + 7) % 7, minute: hour! * 60 + minute! };
};

/** Midnight of a local day as an instant, to the quarter of an hour. */
export const startOfDay = (zone: string, day: number): number => {
  const guess = day * DAY;
  for (let at = guess - 15 * 3_600_000; at <= guess + 15 * 3_600_000; at += 900_000) {
    if (localTime(zone, at).day >= day) return at;
  }
  return guess;
};
