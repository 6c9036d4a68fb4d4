/** Seconds since local midnight for `HH:MM` or `HH:MM:SS`; 24:00 is the end of the day. Undefined when it is no time. */
export const parseTime = (text: string): number | undefined => {
  const match = /^(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (!match) return undefined;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  if (minutes > 59 || seconds > 59) return undefined;
  const total = hours * 3600 + minutes * 60 + seconds;
  return total <= 86_400 ? total : undefined;
};

const two = (value: number): string => String(value).padStart(2, '0');

/** `HH:MM`, with seconds only where there are any. */
export const timeText = (seconds: number): string => {
  const text = `${two(Math.floor(seconds / 3600))}:${two(Math.floor((seconds % 3600) / 60))}`;
  return seconds % 60 === 0 ? text : `${text}:${two(seconds % 60)}`;
};

const DAY_MS = 86_400_000;

/** Number of a calendar date, counted from 1970-01-01; undefined when there is no such date. */
export const parseDate = (text: string): number | undefined => {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return undefined;
  const ms = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  return new Date(ms).toISOString().slice(0, 10) === text ? ms / DAY_MS : undefined;
};

/** `YYYY-MM-DD` of a date's number. */
export const dateText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Monday is 1, Sunday is 7. */
export const weekdayOf = (day: number): number => ((((day + 3) % 7) + 7) % 7) + 1;

/** A wall-clock reading `YYYY-MM-DDTHH:MM[:SS]` in milliseconds; undefined when it is none. */
export const parseLocal = (text: string): number | undefined => {
  const [date = '', time = ''] = text.split('T');
  const day = parseDate(date);
  const seconds = parseTime(time);
  return day === undefined || seconds === undefined ? undefined : day * DAY_MS + seconds * 1000;
};

/** A length of time in words: `1 h 30 min`, `2 d 4 h`; days are those of 24 hours and only used from two on. */
export const durationText = (ms: number): string => {
  const total = Math.round(Math.abs(ms) / 1000);
  const days = total >= 172_800 ? Math.floor(total / 86_400) : 0;
  const parts: [number, string][] = [
    [days, 'd'],
    [Math.floor((total - days * 86_400) / 3600), 'h'],
    [Math.floor((total % 3600) / 60), 'min'],
    [total % 60, 's'],
  ];
  const said = parts.filter(([value]) => value > 0).map(([value, unit]) => `${value} ${unit}`);
  return said.length > 0 ? said.join(' ') : '0 s';
};
