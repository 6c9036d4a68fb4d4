import { Refusal } from '@throughline/core';
import { EARLIEST, LATEST } from '../../domain/calendar/openings';

/** An instant of the contract in milliseconds. Refuses what no calendar reaches. */
export const instant = (field: string, value: Date | undefined): number => {
  const at = value?.getTime() ?? Number.NaN;
  if (at >= EARLIEST && at <= LATEST) return at;
  const description = 'must lie in the years 1970 to 2199';
  throw new Refusal('invalid', 'TIME_OUT_OF_RANGE', `${field}: ${description}`, {
    violations: [{ field, rule: 'time_out_of_range', description }],
  });
};
