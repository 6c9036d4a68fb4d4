import { createHash } from 'node:crypto';
import { hash16, hash16Text, idFrom, newId, uuidFromHash } from '../src';

const version7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

it('makes ids that sort by time', () => {
  const ids = Array.from({ length: 1000 }, () => newId());
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(1000);
  expect(ids[0]).toMatch(version7);
});

it('derives the same id from the same time and parts', () => {
  const id = idFrom(1_700_000_000_000, 'acme', 'x');
  expect(id).toMatch(version7);
  expect(id).toBe(idFrom(1_700_000_000_000, 'acme', 'x'));
  expect(id).not.toBe(idFrom(1_700_000_000_000, 'acme', 'y'));
  expect(id < idFrom(1_700_000_000_001, 'acme', 'a')).toBe(true);
  expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(1_700_000_000_000);
});

it('survives times that no id can hold', () => {
  expect(idFrom(-5, 'x')).toMatch(/^00000000-0000-7/);
  expect(idFrom(Number.MAX_SAFE_INTEGER, 'x')).toMatch(/^ffffffff-ffff-7/);
});

it('keeps parts apart', () => {
  expect(hash16('ab', 'c').equals(hash16('a', 'bc'))).toBe(false);
  expect(hash16('é')).toHaveLength(16);
  expect(uuidFromHash('a')).not.toBe(uuidFromHash('a', ''));
});

// The rule written out: length and bytes of each part, SHA-256, its first 16 bytes.
const byTheRule = (...parts: string[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = Buffer.from(part);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return hash.digest().subarray(0, 16);
};

it.each([[[]], [['']], [['a']], [['ab', 'c']], [['é', '汉字', '😀']], [['x'.repeat(9000), 'y']]])(
  'gives bytes, text and ids of one and the same digest',
  (parts) => {
    const bytes = byTheRule(...parts);
    expect(hash16(...parts).equals(bytes)).toBe(true);
    expect(hash16Text(...parts)).toBe(bytes.toString('base64url'));
    const marks = (from: Buffer, version: number) => {
      const copy = Buffer.from(from);
      copy[6] = (copy[6]! & 0x0f) | (version << 4);
      copy[8] = (copy[8]! & 0x3f) | 0x80;
      return copy.toString('hex');
    };
    expect(uuidFromHash(...parts).replaceAll('-', '')).toBe(marks(bytes, 8));
    const timed = Buffer.from(bytes);
    timed.writeUIntBE(1_700_000_000_000, 0, 6);
    expect(idFrom(1_700_000_000_000.9, ...parts).replaceAll('-', '')).toBe(marks(timed, 7));
  },
);
