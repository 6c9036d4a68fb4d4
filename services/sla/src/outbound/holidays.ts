import { Refusal } from '@throughline/core';
import type { Holidays } from '../use-cases/ports';

// Some years back for what is worked out again, ten ahead for what is due later.
const YEARS_BACK = 2;
const YEARS_AHEAD = 10;

interface Listed {
  date: string;
  name: string;
}

const unknown = (index: number, description: string): Refusal =>
  new Refusal('invalid', 'HOLIDAY_REGION_UNKNOWN', `holiday_regions[${index}]: ${description}`, {
    violations: [{ field: `holiday_regions[${index}]`, rule: 'holiday_region_unknown', description }],
  });

const _dayText = (at: Date): string => at.toISOString().slice(0, 10);

/** Weekend days that are worked in exchange for holidays in China, as far as they are announced. */
const workedInChina = async (year: number): Promise<Listed[]> => {
  const { getWorkdaysInRange } = await import('chinese-days');
  return getWorkdaysInRange(`${year}-01-01`, `${year}-12-31`)
    .filter((date) => [0, 6].includes(new Date(`${date}T00:00Z`).getUTCDay()))
    .map((date) => ({ date, name: '调休' }));
};

const DAY = 86_400_000;

interface Entry {
  /** `YYYY-MM-DD HH:MM:SS`, local; some begin at sunset and mean the day after. */
  date: string;
  start: Date;
  end: Date;
  name: string;
}

const datesOf = ({ date, start, end, name }: Entry): Listed[] => {
  const evening = date.slice(11, 13) >= '12' ? 1 : 0;
  const first = Date.parse(`${date.slice(0, 10)}T00:00Z`) + evening * DAY;
  const days = Math.max(Math.round((end.getTime() - start.getTime()) / DAY), 1);
  return Array.from({ length: days }, (_, day) => ({
    date: new Date(first + day * DAY).toISOString().slice(0, 10),
    name,
  }));
};

// Regions and years are few, and their holidays do not change while a process lives.
const known = new Map<string, Listed[]>();

/** Public holidays of regions as plain dates, from the lists of `date-holidays`; the lists are read when first needed. */
export const listHolidays: Holidays = async (regions, aroundYear) => {
  const closed = new Map<string, Listed>();
  const worked: Listed[] = [];
  if (regions.length === 0) return { closed: [], worked };
  const { default: Lists } = await import('date-holidays');
  const years = Array.from({ length: YEARS_BACK + YEARS_AHEAD + 1 }, (_, i) => aroundYear - YEARS_BACK + i);
  for (const [index, { country, state, region, makeUpWorkdays }] of regions.entries()) {
    const all = new Lists();
    if (!all.getCountries()[country]) throw unknown(index, `there is no list of holidays of ${country}`);
    if (state && !all.getStates(country)?.[state]) throw unknown(index, `${country} has no state ${state}`);
    if (region && !all.getRegions(country, state)?.[region]) {
      throw unknown(index, `${country} ${state} has no region ${region}`);
    }
    if (makeUpWorkdays && country !== 'CN') throw unknown(index, 'make-up workdays are known for CN only');
    let list: InstanceType<typeof Lists> | undefined;
    for (const year of years) {
      const name = `${country}/${state}/${region}/${year}`;
      let days = known.get(name);
      if (!days) {
        list ??= new Lists(country, state, region);
        days = list
          .getHolidays(year)
          .filter(({ type }) => type === 'public')
          .flatMap(datesOf);
        known.set(name, days);
        // A year takes tens of milliseconds to work out; timers must not wait for all of them.
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const day of days) closed.set(day.date, day);
      if (makeUpWorkdays) worked.push(...(await workedInChina(year)));
    }
  }
  return { closed: [...closed.values()], worked };
};
