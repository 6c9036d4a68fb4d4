import * as fc from 'fast-check';
import { cutBySize } from '../src';

const cut = (sizes: number[]): number[][] => cutBySize(sizes, (size) => size, 10);

test.each([
  [[], []],
  [[3, 3, 4], [[3, 3, 4]]],
  [
    [3, 3, 5],
    [[3, 3], [5]],
  ],
  [
    [11, 1, 12, 12],
    [[11], [1], [12], [12]],
  ],
])('%j is cut into %j', (sizes, parts) => {
  expect(cut(sizes)).toEqual(parts);
});

test('nothing is lost or moved, no part is empty, and none is too large that could be smaller', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 14 })), (sizes) => {
      const parts = cut(sizes);
      expect(parts.flat()).toEqual(sizes);
      for (const part of parts) {
        expect(part.length).toBeGreaterThan(0);
        if (part.length > 1) expect(part.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(10);
      }
    }),
  );
});
