import type { Bench } from '../bench';
import { backPressure } from './back-pressure';
import { deduplication } from './deduplication';
import { envelope } from './envelope';
import { loopBreaking } from './loop-breaking';
import { order } from './order';
import { replaySafety } from './replay-safety';
import { sizeLimit } from './size-limit';

export type CheckName =
  | 'envelope'
  | 'deduplication'
  | 'order'
  | 'replay safety'
  | 'loop breaking'
  | 'back-pressure'
  | 'size limit';

/** Every check of the kit: it throws and names the rule that an adapter breaks. */
export const checks: Readonly<Record<CheckName, (bench: Bench) => Promise<void>>> = {
  envelope,
  deduplication,
  order,
  'replay safety': replaySafety,
  'loop breaking': loopBreaking,
  'back-pressure': backPressure,
  'size limit': sizeLimit,
};
