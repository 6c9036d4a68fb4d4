import { b5 } from './assign';
import { b1, b1h } from './b1';
import { b2 } from './b2';
import { b3 } from './b3';
import { b12 } from './b12';
import { capacity } from './capacity';
import { b4 } from './matcher';
import { b13 } from './memory';
import { b17 } from './notification';
import { b15 } from './overload';
import { b10 } from './read-length';
import { b11, b11r } from './read-rate';
import { b6 } from './ready';
import { b18 } from './scores';
import { takeOver } from './take-over';
import { b7, b7b, b8 } from './timers';
import type { Case } from './types';

/** Every case by its name on the command line. */
export const cases: Record<string, Case> = {
  b1,
  b1h,
  b2,
  b3,
  b4,
  b5,
  b6,
  b7,
  b7b,
  b8,
  b10,
  b11,
  b11r,
  b12,
  b13,
  b15,
  b17,
  b18,
  'take-over': takeOver,
  capacity,
};
