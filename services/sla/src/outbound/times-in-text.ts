import { instantOf, offsetAt } from '@throughline/core';
import type { ParsedComponents, ParsedResult } from 'chrono-node';
import * as chrono from 'chrono-node';
import type { Committing } from '../domain/promise/commitment';
import { chineseSpan, plainTimes, wallOf } from '../domain/promise/spoken-time';

const parsers = { en: chrono.en.casual, de: chrono.de.casual, zh: chrono.zh.hans.casual };

const readOf = (start: ParsedComponents, words: string) => ({
  year: start.get('year')!,
  month: start.get('month')!,
  day: start.get('day')!,
  dayKnown: start.isCertain('day') || start.isCertain('weekday') || start.isCertain('month'),
  hour: start.get('hour') ?? 0,
  minute: start.get('minute') ?? 0,
  hourKnown: start.isCertain('hour'),
  halfKnown: start.isCertain('meridiem') || /\b0\d:|noon|中午|下午|上午|晚|早/.test(words),
  words,
});

const instantIn = ({ start, text }: ParsedResult, now: number, zone: string): number | undefined => {
  // A span (in two hours), or a zone that was named: that is an instant already.
  if (start.isCertain('timezoneOffset')) return start.date().getTime();
  const wall = wallOf(readOf(start, text), now + offsetAt(zone, now));
  return wall === undefined ? undefined : instantOf(zone, wall);
};

/** A moment whose fields as this process reads them are those of a clock in the zone. */
const asOwnFields = (wallMs: number): Date => {
  const wall = new Date(wallMs);
  const [hour, minute, second] = [wall.getUTCHours(), wall.getUTCMinutes(), wall.getUTCSeconds()];
  return new Date(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate(), hour, minute, second);
};

const parse = ({ sentence, language }: Committing, now: number, zone: string): ParsedResult[] => {
  const text = plainTimes(sentence, language);
  const offset = offsetAt(zone, now);
  // The Chinese parser counts days from the process' own calendar, whatever zone it is given.
  const reference =
    language === 'zh' ? asOwnFields(now + offset) : { instant: new Date(now), timezone: Math.round(offset / 60_000) };
  return parsers[language].parse(text, reference, { forwardDate: true });
};

/** The first time to come that a sentence names, as an instant; local times are those of the zone. */
export const timeInText = (committing: Committing, now: number, zone: string): number | undefined => {
  const { sentence, language } = committing;
  const span = language === 'zh' ? chineseSpan(sentence) : undefined;
  if (span !== undefined) return now + span;
  for (const result of parse(committing, now, zone)) {
    const at = instantIn(result, now, zone);
    if (at !== undefined && at > now) return at;
  }
  return undefined;
};
