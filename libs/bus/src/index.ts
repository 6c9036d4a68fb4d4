export { createBus } from './bus';
export { decodeMessage } from './cloud-event/decode-message';
export {
  encodeEvent,
  encodeEventAhead,
  eventEncoder,
  type SharedAttributes,
  setRecordedAt,
} from './cloud-event/encode';
export { readEach } from './consumer/read-each';
export { crashAt, noCrash } from './crash-point';
export { type ReplayOptions, type ReplayResult, replayDeadLetters } from './dead-letters/replay';
export { eventId, parseEventId } from './event-id';
export { kafkaSecurity, type SecuritySettings } from './security';
export type * from './types';
export { Undecodable, type UndecodableReason } from './undecodable';
