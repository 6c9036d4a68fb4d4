import { b1, b1h } from './b1';
import { b2 } from './b2';
import type { Case } from './types';

/** Every case by its name on the command line. */
export const cases: Record<string, Case> = { b1, b1h, b2 };
