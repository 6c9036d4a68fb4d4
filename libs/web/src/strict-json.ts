import { invalidField } from '@throughline/core';

export interface JsonLimits {
  maxDepth: number;
  maxArrayItems: number;
}

export const defaultJsonLimits: JsonLimits = { maxDepth: 20, maxArrayItems: 1_000 };

interface Level {
  /** Names seen; undefined for an array. */
  keys: Set<string> | undefined;
  items: number;
  expectsKey: boolean;
}

// Such names reach for the prototype of whatever object they are copied into.
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);
const bad = (rule: string, description: string) => invalidField('body', rule, description);

const stringEnd = (text: string, start: number): number => {
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) throw bad('json', 'is not JSON: a string has no end');
    let back = quote - 1;
    while (text.charCodeAt(back) === 92) back--;
    if ((quote - back) % 2 === 1) return quote;
    at = quote + 1;
  }
};

const keyAt = (text: string, start: number, end: number): string => {
  const raw = text.slice(start + 1, end);
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    throw bad('json', 'is not JSON: a name has a bad escape');
  }
};

const takeKey = (level: Level, key: string): void => {
  if (forbidden.has(key)) throw bad('json.name', `the name ${key} is not allowed`);
  if (level.keys!.has(key)) throw bad('json.unique', `the name ${JSON.stringify(key).slice(0, 80)} occurs twice`);
  level.keys!.add(key);
  level.expectsKey = false;
};

const numberPattern = /[-+0-9.eE]+/y;

const numberEnd = (text: string, at: number): number => {
  numberPattern.lastIndex = at;
  const length = numberPattern.exec(text)?.[0].length ?? 1;
  if (length > 40) throw bad('json.number', 'a number has at most 40 characters');
  return at + length - 1;
};

/** Depth, sizes and names, in one pass and without recursion; the grammar itself is left to JSON.parse. */
const scan = (text: string, limits: JsonLimits): void => {
  const levels: Level[] = [];
  for (let at = 0; at < text.length; at++) {
    const level = levels[levels.length - 1];
    switch (text.charCodeAt(at)) {
      case 34: {
        const end = stringEnd(text, at);
        if (level?.keys && level.expectsKey) takeKey(level, keyAt(text, at, end));
        at = end;
        break;
      }
      case 123: // {
      case 91: // [
        if (levels.length >= limits.maxDepth) throw bad('json.depth', `has more than ${limits.maxDepth} levels`);
        levels.push(
          text[at] === '{'
            ? { keys: new Set(), items: 1, expectsKey: true }
            : { keys: undefined, items: 1, expectsKey: false },
        );
        break;
      case 125:
      case 93:
        levels.pop();
        break;
      case 44: // ,
        if (!level) break;
        level.items++;
        level.expectsKey = level.keys !== undefined;
        if (level.items > limits.maxArrayItems) {
          throw bad('json.items', `a list or an object has at most ${limits.maxArrayItems} entries`);
        }
        break;
      case 45:
      case 48:
      case 49:
      case 50:
      case 51:
      case 52:
      case 53:
      case 54:
      case 55:
      case 56:
      case 57:
        at = numberEnd(text, at);
        break;
    }
  }
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads JSON that a stranger sent: bounded in depth and size, no double names, no prototype names, valid UTF-8. */
export const parseStrictJson = (bytes: Uint8Array, limits: JsonLimits = defaultJsonLimits): unknown => {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw bad('utf8', 'is not valid UTF-8');
  }
  scan(text, limits);
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 quotes the text around the fault; that may be somebody's data and goes back only to its sender.
    throw bad('json', `is not JSON: ${(error as Error).message.slice(0, 120)}`);
  }
};
