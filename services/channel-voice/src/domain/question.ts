import type { ScaleQuestion } from '@throughline/core';
import type { CallEvent } from './call-event';

/** A question with a scale that a caller is asked after the agent has left; its text says what the keys mean. */
export type Question = Omit<ScaleQuestion, 'lowestMeans' | 'highestMeans'>;

const GONE = ['completed', 'busy', 'failed', 'no-answer', 'canceled'];

/** True when the caller talked to somebody and is still on the line. */
export const mayAsk = ({ status, connection }: Pick<CallEvent, 'status' | 'connection'>): boolean =>
  !GONE.includes(status) && (connection === '' || connection === 'completed' || connection === 'answered');

/** The value that was pressed; undefined when it is none of the scale. */
export const valueOf = (digits: string, { lowest, highest }: Question): number | undefined => {
  const pressed = /^(\d{1,2})#?$/.exec(digits)?.[1];
  const value = Number(pressed);
  return pressed !== undefined && value >= lowest && value <= highest ? value : undefined;
};
