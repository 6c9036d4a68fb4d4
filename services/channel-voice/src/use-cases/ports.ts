import type { CallEvent } from '../domain/call-event';

/** Publishes to the core; resolves when it is durable. */
export interface Inbox {
  publish(tenantId: string, event: CallEvent): Promise<void>;
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
    | { kind: 'recording'; paused: boolean }
    | { kind: 'place'; to: string; from: string; twiml: string };
}

/** Remembers commands that were carried out, so that a repeated event has no second effect. */
export interface CommandLog {
  done(ids: string[]): Promise<Set<string>>;
  remember(id: string, outcome: string, at: Date): Promise<void>;
}

/** The provider's REST API. Throws a transient error when it does not answer; `refused` when it says no for good. */
export interface Provider {
  carryOut(command: CallCommand): Promise<'done' | 'refused'>;
}
