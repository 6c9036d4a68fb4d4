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
export { cutBySize } from './cut-by-size';
export { groupBy } from './group-by';
export { hash16, hash16Text, idFrom, newId, uuidFromHash } from './ids';
export {
  invalidField,
  isRefusal,
  Refusal,
  type RefusalDetails,
  type RefusalKind,
  refuseWith,
  type Violation,
} from './refusal';
export type { ScaleQuestion } from './scale-question';
export { type Interval, wilson, Z95 } from './share-interval';
export { isTransient, transientError } from './transient';
export { fromWire, pointText, toWire, wirePoint } from './wire-words';
export { instantOf, isZone, offsetAt, wallClockAt } from './zone';
