import type { SkillNeed } from '../demand';

/** Proficiency goes from 1 to 5; a mask per level holds the skills that somebody has at least that well. */
export const LEVELS = 5;

/** Numbers names in the order they are met. */
export const createNames = () => {
  const numbers = new Map<string, number>();
  return {
    of(name: string): number {
      let number = numbers.get(name);
      if (number === undefined) {
        number = numbers.size;
        numbers.set(name, number);
      }
      return number;
    },
    count: () => numbers.size,
  };
};

export type Names = ReturnType<typeof createNames>;

// The word of a skill at a level: all levels of 32 skills lie together, so masks only grow at their end.
const wordOf = (skill: number, level: number): number => (skill >> 5) * LEVELS + level - 1;

/** What somebody can: bits by level. */
export const skillWords = (skills: Readonly<Record<string, number>>, names: Names): Int32Array => {
  const levels = Object.entries(skills).map(([id, level]) => [names.of(id), Math.min(level, LEVELS)] as const);
  const groups = levels.reduce((most, [skill]) => Math.max(most, (skill >> 5) + 1), 0);
  const words = new Int32Array(groups * LEVELS);
  for (const [skill, has] of levels) {
    for (let level = 1; level <= has; level++) words[wordOf(skill, level)]! |= 1 << (skill & 31);
  }
  return words;
};

/** What is needed, as pairs of word and bits: most demands are one or two pairs. */
export const needPairs = (needs: readonly SkillNeed[], names: Names): Int32Array => {
  const bits = new Map<number, number>();
  for (const { skillId, minProficiency } of needs) {
    const skill = names.of(skillId);
    const word = wordOf(skill, Math.min(Math.max(minProficiency, 1), LEVELS));
    bits.set(word, (bits.get(word) ?? 0) | (1 << (skill & 31)));
  }
  return Int32Array.from([...bits].flat());
};

/** Words beyond the end of a mask are empty. */
export const satisfies = (words: Int32Array, pairs: Int32Array): boolean => {
  for (let i = 0; i < pairs.length; i += 2) {
    const bits = pairs[i + 1]!;
    const at = pairs[i]!;
    if (at >= words.length || (words[at]! & bits) !== bits) return false;
  }
  return true;
};

/** Channels beyond the last number share it. */
export const LAST_CHANNEL = 31;
export const LAST_BIT = 1 << LAST_CHANNEL;

/** Channels as bits. */
export const createChannels = () => {
  const names = createNames();
  const numberOf = (channel: string): number => Math.min(names.of(channel), LAST_CHANNEL);
  // Most agents are open for the same.
  let last: readonly string[] = [];
  let lastBits = 0;
  const isLast = (open: readonly string[]): boolean => {
    if (open === last) return true;
    if (open.length !== last.length) return false;
    for (let i = 0; i < open.length; i++) if (open[i] !== last[i]) return false;
    return true;
  };
  return {
    numberOf,
    bitsOf(open: readonly string[]): number {
      if (open.length === 0) return 0;
      if (!isLast(open)) {
        last = open;
        lastBits = 0;
        for (const channel of open) lastBits |= 1 << numberOf(channel);
      }
      return lastBits;
    },
  };
};
