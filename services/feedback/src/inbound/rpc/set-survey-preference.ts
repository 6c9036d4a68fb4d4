import { pointText } from '../../wire/words';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Keeps whether a customer wants surveys: for the person, whatever address comes up next. */
export const setSurveyPreference: Rpc<'setSurveyPreference'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { optedOut } = request;
  const asked = askedOf('SetSurveyPreference', request, call);
  const contactPoint = pointText(request.contactPoint);
  const { customerId, ids } = await deps.customers.whois(tenantId, contactPoint);
  const at = deps.now();
  // Every address of the person says the same, so that a link undone later leaves each of them with their wish.
  for (const id of ids) {
    await deps.people.change(
      tenantId,
      id,
      (current) =>
        (current?.optedOut ?? false) === optedOut
          ? []
          : [{ type: 'fact', at, command: { type: 'preference', optedOut }, contactPoint }],
      at,
      asked,
    );
  }
  return { customerId, optedOut };
};
