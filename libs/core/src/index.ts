export { type Clock, systemClock } from './clock';
export { isBlockedContactValue, isBlockedText } from './blocked-values';
export {
  type ContactPoint,
  type ContactPointType,
  contactPointFromText,
  contactPointText,
  customerIdFor,
  parseContactPoint,
} from './contact-point';
export { hash16, idFrom, newId, uuidFromHash } from './ids';
export { Refusal, type RefusalDetails, type RefusalKind, type Violation, invalidField, isRefusal } from './refusal';
export { isTransient, transientError } from './transient';
