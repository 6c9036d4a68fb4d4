/** Wall clocks of time zones, as far as quiet hours need them. */

const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (zone: string): Intl.DateTimeFormat => {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    hour: 'numeric',
    minute: 'numeric',
  });
  formats.set(zone, made);
  return made;
};

/** True for names of the IANA database. Bare offsets know no daylight saving and are refused. */
export const isZone = (name: string): boolean => {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
};

/** Minutes since local midnight that a clock in the zone shows. */
export const minuteOfDay = (zone: string, at: number): number => {
  const [hour, minute] = formatOf(zone).format(at).match(/\d+/g)!.map(Number);
  return hour! * 60 + minute!;
};
