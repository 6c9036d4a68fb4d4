import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

type WithZones = Intl.Locale & { timeZones?: string[] };

const zonesOf = new Map<string, string[]>();

/** Zones a telephone number may be in, by its country; none for other addresses. */
export const zonesOfPoint = (point: string): string[] => {
  if (!point.startsWith('phone:')) return [];
  const country = parsePhoneNumberFromString(point.slice('phone:'.length))?.country;
  if (!country) return [];
  const known = zonesOf.get(country);
  if (known) return known;
  const zones = (new Intl.Locale(`und-${country}`) as WithZones).timeZones ?? [];
  zonesOf.set(country, zones);
  return zones;
};
