/** Steps of a call as the webhooks tell them. */
export const callSteps = [
  'incoming',
  'queued',
  'answered',
  'hold',
  'resumed',
  'ended',
  'recording',
  'keypad',
  'after',
] as const;
export type CallStep = (typeof callSteps)[number];

/** Steps that are told as they are; what follows a connection is ours to answer. */
export type ToldStep = Exclude<CallStep, 'after'>;

/** What a webhook said, checked. */
export interface CallEvent {
  step: CallStep;
  callSid: string;
  from: string;
  to: string;
  /** Same call, same step, same telling: same key, however often it is posted. */
  eventKey: string;
  occurredAt: number;
  queue: string;
  answeredBy: string;
  status: string;
  /** How the connection to the agent ended, where it did. */
  connection: string;
  endedBy: string;
  durationSeconds: number;
  outbound: boolean;
  recording:
    | { state: 'started' | 'paused' | 'resumed' | 'stopped' | 'available'; reference: string; durationSeconds: number }
    | undefined;
  digits: string;
}

export interface Fault {
  field: string;
  rule: string;
  description: string;
}

const fault = (field: string, rule: string, description: string): Fault => ({ field, rule, description });
const sid = /^[A-Za-z0-9_-]{2,64}$/;

const recordingStates: Record<string, NonNullable<CallEvent['recording']>['state']> = {
  'in-progress': 'started',
  paused: 'paused',
  resumed: 'resumed',
  stopped: 'stopped',
  absent: 'stopped',
  completed: 'available',
};

const wholeSeconds = (text: string): number | undefined =>
  text === '' ? 0 : /^\d{1,7}$/.test(text) ? Number(text) : undefined;

/** A time the provider gave: RFC 2822, RFC 3339, or absent. One that lies far off is not believed. */
const occurred = (text: string, now: number): number => {
  const given = Date.parse(text);
  const day = 86_400_000;
  return Number.isFinite(given) && given > now - 30 * day && given < now + 300_000 ? given : now;
};

/** Reads a webhook's parameters; `Fault`s say which parameter breaks which rule. */
export const readCallEvent = (step: CallStep, get: (name: string) => string, now: number): CallEvent | Fault[] => {
  const faults: Fault[] = [];
  const callSid = get('CallSid');
  if (!sid.test(callSid)) faults.push(fault('CallSid', 'pattern', 'is required: 2 to 64 letters and digits'));
  const duration = wholeSeconds(get(step === 'recording' ? 'RecordingDuration' : 'CallDuration'));
  if (duration === undefined) faults.push(fault('CallDuration', 'integer', 'must be whole seconds'));
  const recordingState = recordingStates[get('RecordingStatus')];
  if (step === 'recording' && !recordingState) {
    faults.push(fault('RecordingStatus', 'enum', `must be one of ${Object.keys(recordingStates).join(', ')}`));
  }
  const digits = get('Digits');
  if (step === 'keypad' && !/^[0-9*#]{1,64}$/.test(digits))
    faults.push(fault('Digits', 'pattern', '1 to 64 of 0-9, * and #'));
  for (const name of ['From', 'To', 'QueueName', 'AnsweredBy']) {
    if (get(name).length > 200) faults.push(fault(name, 'max_len', 'has at most 200 characters'));
  }
  // They become part of the event's key: one that is too long would be refused further in, where nobody can tell the sender.
  for (const name of ['SequenceNumber', 'EventSid', 'Timestamp', 'RecordingSid']) {
    if (get(name).length > 100) faults.push(fault(name, 'max_len', 'has at most 100 characters'));
  }
  if (faults.length > 0) return faults;
  // A step can happen several times in a call (hold, hold again); the provider numbers or times its tellings.
  const telling = get('SequenceNumber') || get('EventSid') || get('Timestamp') || get('RecordingSid') || '';
  const extra = step === 'recording' ? `/${recordingState}` : step === 'keypad' ? `/${digits}` : '';
  const outbound = get('Direction').startsWith('outbound');
  return {
    step,
    callSid,
    from: outbound ? get('To') : get('From'),
    to: outbound ? get('From') : get('To'),
    eventKey: `${callSid}/${step}${extra}/${telling}`,
    occurredAt: occurred(get('Timestamp'), now),
    queue: get('QueueName'),
    answeredBy: get('AnsweredBy'),
    status: get('CallStatus'),
    connection: get('DialCallStatus'),
    endedBy: get('EndedBy'),
    durationSeconds: duration ?? 0,
    outbound,
    recording: recordingState && {
      state: recordingState,
      reference: get('RecordingUrl').slice(0, 512),
      durationSeconds: duration ?? 0,
    },
    digits,
  };
};
