import type { Demand } from '../demand';
import { demandKey, laneOf } from '../demand';
import type { Names } from './masks';
import { LAST_CHANNEL, needPairs } from './masks';
import type { Line, Pool } from './pool';

/** Demands that are known as objects: a look-up without writing them out. */
const MOST_KNOWN = 4_096;

interface Options {
  /** Kinds of demand that nobody has just now and that are remembered all the same. */
  spareLines: number;
  skillNames: Names;
  channelNumber(channel: string): number;
  poolsOf(demand: Demand): Pool[];
}

/** The kinds of demand there are. Each is a line with a number, and what the search looks at lies in arrays by that number. */
export const createBook = ({ spareLines, skillNames, channelNumber, poolsOf }: Options) => {
  const ofKey = new Map<string, Line>();
  const spareNumbers: number[] = [];
  // Lines that are empty just now: most fill again, so they are kept up to a limit.
  const empty = new Set<Line>();
  const known = new Map<Demand, number>();

  const newLine = (key: string, demand: Demand): Line => {
    const { preferredAgentId, excludedAgentIds, pointsPerMinute, selection } = demand;
    const number = spareNumbers.pop() ?? book.lines.length;
    if (number * 2 >= book.heads.length) {
      const { heads, channelBits } = book;
      book.heads = new Float64Array(heads.length * 2);
      book.heads.set(heads);
      book.channelBits = new Int32Array(heads.length);
      book.channelBits.set(channelBits);
      const { special } = book;
      book.special = new Uint8Array(heads.length);
      book.special.set(special);
    }
    const channel = laneOf(demand);
    const line: Line = {
      number,
      key,
      pairs: needPairs(demand.needs, skillNames),
      channel,
      channelNumber: channelNumber(channel),
      rate: pointsPerMinute,
      selection,
      preferredAgentId,
      excluded: excludedAgentIds.length > 0 ? new Set(excludedAgentIds) : undefined,
      pools: poolsOf(demand),
    };
    book.channelBits[number] = 1 << line.channelNumber;
    book.special[number] = line.excluded || line.channelNumber === LAST_CHANNEL ? 1 : 0;
    book.heads[number * 2] = Number.NEGATIVE_INFINITY;
    book.heads[number * 2 + 1] = pointsPerMinute;
    book.lines[number] = line;
    book.demands[number] = demand;
    book.version++;
    for (const pool of line.pools) pool.lines.push(line);
    empty.add(line);
    return line;
  };
  const forgetEmpty = (): void => {
    const touched = new Set<Pool>();
    for (const line of empty) {
      ofKey.delete(line.key);
      delete book.lines[line.number];
      delete book.demands[line.number];
      spareNumbers.push(line.number);
      for (const pool of line.pools) touched.add(pool);
    }
    for (const pool of touched) pool.lines = pool.lines.filter((line) => !empty.has(line));
    empty.clear();
    known.clear();
    book.newEpoch();
  };

  const book = {
    /** By number: the standing of the first contact, minus infinity without one; then the ageing. */
    heads: new Float64Array(128),
    channelBits: new Int32Array(64),
    /** By number: 1 where having the skills and being open for the channel is not enough. */
    special: new Uint8Array(64),
    lines: [] as Line[],
    demands: [] as Demand[],
    /** Grows when there is a new line, and with the epoch. */
    version: 0,
    /** Grows when numbers of lines get another meaning. */
    epoch: 0,
    newEpoch(): void {
      book.epoch++;
      book.version++;
    },
    /** The number of the line of a demand. */
    numberFor(demand: Demand): number {
      const met = known.get(demand);
      if (met !== undefined) return met;
      const key = demandKey(demand);
      let line = ofKey.get(key);
      if (!line) {
        line = newLine(key, demand);
        ofKey.set(key, line);
      }
      if (known.size > MOST_KNOWN) known.clear();
      known.set(demand, line.number);
      return line.number;
    },
    /** Somebody waits in it again. */
    filled: (number: number): void => void empty.delete(book.lines[number]!),
    /** Nobody waits in it any more. */
    emptied(number: number): void {
      book.heads[number * 2] = Number.NEGATIVE_INFINITY;
      empty.add(book.lines[number]!);
      if (empty.size > spareLines + 4 * (ofKey.size - empty.size)) forgetEmpty();
    },
  };
  return book;
};

export type Book = ReturnType<typeof createBook>;
