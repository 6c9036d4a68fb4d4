import type { DeadDelivery, Delivery } from '../types';

/**
 * What a batch says, in its order. `read` gives undefined for what does not concern it; what it cannot read, because the
 * bytes are no such message or say what cannot be, is a dead letter.
 */
export const readEach = <T>(
  deliveries: readonly Delivery[],
  read: (delivery: Delivery) => T | undefined,
): { said: T[]; dead: DeadDelivery[] } => {
  const said: T[] = [];
  const dead: DeadDelivery[] = [];
  for (const delivery of deliveries) {
    try {
      const one = read(delivery);
      if (one !== undefined) said.push(one);
    } catch (error) {
      dead.push({ delivery, reason: 'MALFORMED_DATA', detail: (error as Error).message });
    }
  }
  return { said, dead };
};
