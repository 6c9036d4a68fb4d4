import type { Wellbeing } from '../../domain/wellbeing';
import { wellbeingWire } from '../../wire/setup';
import type { Rpc } from './deps';
import { asking } from './deps';

/** Replaces the tenant's rules of conduct and wellbeing. */
export const setWellbeingPolicy: Rpc<'setWellbeingPolicy'> = (deps) => async (request, call) => {
  const by = asking('SetWellbeingPolicy', request, call);
  const wellbeing = wellbeingWire.read(request.wellbeingPolicy!);
  const set = await deps.execute({ do: 'set_wellbeing', wellbeing, ...by });
  return { wellbeingPolicy: wellbeingWire.show(set as Wellbeing) };
};
