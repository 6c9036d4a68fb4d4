import type { Handle } from '@throughline/bus';
import { systemClock } from '@throughline/core';
import type { App } from '@throughline/lifecycle';
import type { ServiceOverrides } from '@throughline/service';
import { createService } from '@throughline/service';
import type { Parts } from './compose';
import { compose } from './compose';
import type { Config } from './config';
import { createFacts } from './facts';
import { followOnCustomerEvent } from './inbound/events/follow.on-customer-event';
import { followOnPromiseEvent } from './inbound/events/follow.on-promise-event';
import { followOnWorkEvent } from './inbound/events/follow.on-work-event';
import { intakeOnChannelEvent } from './inbound/events/intake.on-channel-event';
import { raisePriorityOnClockEscalated } from './inbound/events/raise-priority.on-clock-escalated';
import { channelService } from './inbound/rpc/publish-inbound';
import { conversationService } from './inbound/rpc/service';
import { prepareSchema } from './outbound/schema';

const handlesOf = ({ intake, acknowledge, links, followFacts, facts }: Parts): Record<string, Handle> => ({
  'channel.inbound.v1': intakeOnChannelEvent(intake, acknowledge, facts),
  'journey.customers.v1': followOnCustomerEvent(links),
  'routing.work.v1': followOnWorkEvent(followFacts),
  'sla.clocks.v1': raisePriorityOnClockEscalated(followFacts),
  'sla.promises.v1': followOnPromiseEvent(followFacts),
});

/** Wires the service: channel events in, conversations kept, events out, calls answered. */
export const buildApp = (config: Config, overrides: ServiceOverrides = {}): App =>
  createService({
    name: 'conversation',
    config,
    overrides,
    schema: prepareSchema,
    parts({ telemetry, store, bus, consumes, calls }) {
      const { clock = systemClock, crashPoint } = overrides;
      const facts = createFacts(telemetry);
      const parts = compose({ config, store, producer: bus.producer, facts, clock, crashPoint });
      const handles = handlesOf(parts);
      return [
        {
          name: 'loops',
          start() {
            for (const loop of parts.loops) loop.start();
          },
          async stop() {
            for (const loop of parts.loops) await loop.stop();
            await parts.journal.flush();
          },
        },
        consumes({
          topics: Object.keys(handles),
          handle: (deliveries, context) => handles[deliveries[0]!.topic]!(deliveries, context),
        }),
        calls([conversationService(parts.deps), channelService(bus.producer)]),
      ];
    },
  });
