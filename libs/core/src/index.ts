export { isBlockedContactValue, isBlockedText } from './blocked-values';
export { type Clock, systemClock } from './clock';
export {
  type ContactPoint,
  type ContactPointType,
  contactPointFromText,
  contactPointText,
  customerIdFor,
  parseContactPoint,
} from './contact-point';
export { hash16, hash16Text, idFrom, newId, uuidFromHash } from './ids';
export { invalidField, isRefusal, Refusal, type RefusalDetails, type RefusalKind, type Violation } from './refusal';
export { isTransient, transientError } from './transient';
export { fromWire, pointText, toWire, wirePoint } from './wire-words';
