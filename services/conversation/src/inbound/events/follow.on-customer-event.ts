import type { Handle } from '@throughline/bus';
import { readEach } from '@throughline/bus';
import { customerLinksOf } from '@throughline/service';
import type { CustomerLinks } from '../../use-cases/ports';

/** Keeps which customer a contact point belongs to, as journey states it. */
export const followOnCustomerEvent =
  (links: CustomerLinks): Handle =>
  async (deliveries) => {
    const { said, dead } = readEach(deliveries, ({ event }) => customerLinksOf(event));
    await links.apply(said.flat());
    return { dead };
  };
