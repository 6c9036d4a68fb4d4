import { Refusal } from '@throughline/core';

/** Figures that say nothing of who works well rank nobody; `why` says what they are for. */
export const notForRanking = (why: string): Refusal => new Refusal('precondition', 'METRIC_NOT_FOR_RANKING', why);
