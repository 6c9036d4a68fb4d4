import type { CallEvent, ToldStep } from '../domain/call-event';
import type { Question } from '../domain/question';

/** Publishes to the core; resolves when it is durable. */
export interface Inbox {
  publish(tenantId: string, event: CallEvent & { step: ToldStep }): Promise<void>;
  /** Tells that a question was said to the caller. */
  asked(tenantId: string, event: CallEvent, questionId: string): Promise<void>;
  /** Tells the answer: the first one of a call and question counts. */
  answered(tenantId: string, event: CallEvent, questionId: string, value: number): Promise<void>;
  /** Tells that a command was refused for good. */
  refused(command: CallCommand): Promise<void>;
}

/** A command for a call, as the core asks for it. */
export interface CallCommand {
  id: string;
  tenantId: string;
  /** As the core named it. */
  commandId: string;
  conversationId: string;
  /** Empty when the command begins a call. */
  callSid: string;
  action:
    | { kind: 'twiml'; twiml: string }
    | { kind: 'ask'; question: Question }
    | { kind: 'recording'; paused: boolean }
    | { kind: 'place'; to: string; from: string; twiml: string };
}

/** What callers are to be asked once the agent has left, for as long as a call may last. */
export interface Questions {
  keep(tenantId: string, callSid: string, question: Question): Promise<void>;
  of(tenantId: string, callSid: string): Promise<Question | undefined>;
}

/** Remembers commands that were carried out, so that a repeated event has no second effect. */
export interface CommandLog {
  done(ids: string[]): Promise<Set<string>>;
  remember(id: string, outcome: string, at: Date): Promise<void>;
}

/** A command that the provider carries out. */
export type ProviderCommand = CallCommand & { action: Exclude<CallCommand['action'], { kind: 'ask' }> };

/** The provider's REST API. Throws a transient error when it does not answer; `refused` when it says no for good. */
export interface Provider {
  carryOut(command: ProviderCommand): Promise<'done' | 'refused'>;
}
