import { hash16, idFrom, newId, uuidFromHash } from '../src';

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
