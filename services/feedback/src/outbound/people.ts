import { groupBy } from '@throughline/core';
import type { Aggregates } from '@throughline/store';
import type { Person } from '../domain/ask/person';
import { newPerson, raisedByComing, withFact } from '../domain/ask/person';
import type { People, PersonEvent } from '../use-cases/ports';
import { createRecords } from './records';
import { personEvent } from './survey-events';

/** What the rules that protect customers look at, on MongoDB; one document per address's own customer id. */
export const createPeople = (aggregates: Aggregates<Person>): People => ({
  ...createRecords<Person, PersonEvent>({
    aggregates,
    evolve: (state, event, id) => {
      const person = state ?? newPerson(id);
      // A no is told, and nothing is remembered of it; a new object so that it is written.
      return event.type === 'fact' ? withFact(person, event.command) : { ...person };
    },
    tell: (state, event, at) => personEvent(state, event, at),
    order: 'seen',
  }),
  async apply(facts, at) {
    for (const [tenantId, own] of groupBy(facts, (fact) => fact.tenantId)) {
      const people = groupBy(own, (fact) => fact.id);
      await aggregates.changeMany(
        [...people.keys()].map((id) => ({ tenantId, id })),
        (id, current) => {
          const before = current?.state ?? newPerson(id);
          const told: ReturnType<typeof personEvent> = [];
          let state = before;
          for (const { command, at: time, contactPoint = '' } of people.get(id)!) {
            const next = withFact(state, command);
            if (next !== state) told.push(...personEvent(next, { type: 'fact', at: time, command, contactPoint }, at));
            const raised = command.type === 'began' ? raisedByComing(state, next, time) : undefined;
            if (raised)
              told.push(
                ...personEvent(
                  next,
                  { type: 'fact', at: time, command: { type: 'risk', risk: raised }, contactPoint },
                  at,
                ),
              );
            state = next;
          }
          return state === before ? undefined : { state, events: told };
        },
        { redelivered: true },
      );
    }
  },
});
