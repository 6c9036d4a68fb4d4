import type { Handle } from '@throughline/bus';
import { readEach } from '@throughline/bus';
import { customerLinksOf } from '@throughline/service';
import type { CustomerLinks } from '../../use-cases/ports';

/** Keeps which customer an address belongs to, as journey states it: one person is asked once, whatever address. */
export const followOnCustomerEvent =
  (customers: CustomerLinks): Handle =>
  async (deliveries) => {
    const { said, dead } = readEach(deliveries, ({ event }) => customerLinksOf(event));
    await customers.apply(said.flat());
    return { dead };
  };
