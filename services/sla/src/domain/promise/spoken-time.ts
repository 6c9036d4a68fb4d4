/** How people write times that parsers of dates do not know, put in a way that they do. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const hours = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];
const word = hours.join('|');
const spoken = new RegExp(
  `\\b(by|before|until|till|at|around|about|no later than)\\s+(half past |quarter past |quarter to )?(${word}|1[0-2]|[1-9])(?! ?(?:[:.]?\\d|[%$€£]|am\\b|pm\\b|[ap]\\.m|o['’]clock|days?\\b|hours?\\b|minutes?\\b|weeks?\\b|months?\\b|business\\b|working\\b|of\\b|more\\b|people\\b|items?\\b|(?:st|nd|rd|th)\\b|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)))`,
  'gi',
);

const clockText = (part: string, hour: string): string => {
  const named = hours.indexOf(hour.toLowerCase()) + 1 || Number(hour);
  if (/^half/i.test(part)) return `${named}:30`;
  if (/past/i.test(part)) return `${named}:15`;
  if (/to/i.test(part)) return `${named === 1 ? 12 : named - 1}:45`;
  return `${named}:00`;
};

const english = (text: string): string =>
  text
    .replace(
      /\b(?:by )?(?:the )?(?:end|close) of (?:the )?(?:(?:business|working) )?day\b|\b(?:by )?(?:EOD|COB)\b|\bclose of business\b/gi,
      'at 17:00',
    )
    .replace(/\b(?:by )?(?:the )?end of (?:the )?week\b/gi, 'Friday at 17:00')
    .replace(spoken, (_, _by: string, part: string | undefined, hour: string) => `at ${clockText(part ?? '', hour)}`);

const german = (text: string): string =>
  text
    .replace(/\b(?:bis )?(?:zum )?(?:Ende des Tages|Feierabend)\b/gi, 'um 17:00 Uhr')
    .replace(
      /\b(?:bis|um|gegen|vor) (\d{1,2})(?:[.:](\d{2}))? Uhr\b/gi,
      (_, hour: string, minute = '00') => `um ${hour}:${minute} Uhr`,
    );

const chinese = (text: string): string =>
  text
    .replace(/下班(?:之)?前/g, '17:00前')
    .replace(/半(?:个)?小时/g, '30分钟')
    .replace(/两(?=[个天点周小分])/g, '二');

const digits = '零一二三四五六七八九';

const chineseNumber = (text: string): number => {
  if (/^\d+$/.test(text)) return Number(text);
  const [tens, ones] = text.includes('十') ? text.split('十') : ['0', text];
  const valueOf = (part: string | undefined, empty: number): number => (part ? digits.indexOf(part) : empty);
  return (text.includes('十') ? valueOf(tens, 1) * 10 : 0) + valueOf(ones, 0);
};

const units: Record<string, number> = { 分钟: 60_000, 小时: HOUR, 钟头: HOUR, 天: DAY };

/** The length of a span that counts from now, as in `两小时内`; undefined where none is named. Milliseconds. */
export const chineseSpan = (text: string): number | undefined => {
  const found = /(\d{1,3}|[一二三四五六七八九十]{1,3})个?(分钟|小时|钟头|天)(?:之内|以内|内|之后|以后|后)/.exec(
    chinese(text),
  );
  return found ? chineseNumber(found[1]!) * units[found[2]!]! : undefined;
};

const ways = { en: english, de: german, zh: chinese };

export const plainTimes = (text: string, language: keyof typeof ways): string => ways[language](text);

/** A time as it was read: parts that were said, and those that a parser only supposed. */
export interface ReadTime {
  year: number;
  month: number;
  day: number;
  dayKnown: boolean;
  hour: number;
  minute: number;
  hourKnown: boolean;
  halfKnown: boolean;
  /** The words it was read from. */
  words: string;
}

const END_OF_DAY = 17;

/** By when, if only the day or a part of it was named. */
const partOfDay = (words: string): number => {
  if (/morning|noon|vormittag|上午|早上|中午/i.test(words)) return 12;
  if (/evening|tonight|abend|晚/i.test(words)) return 21;
  return END_OF_DAY;
};

// Nobody calls back at three at night: a bare 1 to 6 is in the afternoon, 7 and 8 are whatever comes first.
const hoursOf = (hour: number): number[] => {
  if (hour >= 1 && hour <= 6) return [hour + 12];
  return hour === 7 || hour === 8 ? [hour, hour + 12] : [hour];
};

/**
 * The reading of the customer's clock that is meant, after `now` on the same clock; undefined when it has passed.
 * Readings are milliseconds counted as if their zone were UTC.
 */
export const wallOf = (read: ReadTime, now: number): number | undefined => {
  const today = Math.floor(now / DAY) * DAY;
  const day = read.dayKnown ? Date.UTC(read.year, read.month - 1, read.day) : today;
  if (!read.hourKnown) {
    if (!read.dayKnown) return undefined;
    const wall = day + partOfDay(read.words) * HOUR;
    if (wall > now) return wall;
    return day === today ? day + DAY - 60_000 : undefined;
  }
  const candidates = read.halfKnown || read.hour > 12 ? [read.hour] : hoursOf(read.hour);
  for (const one of read.dayKnown ? [day] : [day, day + DAY]) {
    for (const hour of candidates) {
      const wall = one + hour * HOUR + read.minute * 60_000;
      if (wall > now) return wall;
    }
  }
  return undefined;
};
