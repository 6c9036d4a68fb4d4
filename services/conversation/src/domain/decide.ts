import { Refusal } from '@throughline/core';
import type { Command } from './commands';
import type { Conversation } from './conversation';
import * as details from './details';
import * as handover from './handover';
import * as messages from './messages';
import * as serviceLevel from './service-level';
import type { Decision } from './transitions';
import * as transitions from './transitions';

// What still makes sense after a merge: facts that arrive late and the end of the move itself.
const allowedWhenMerged: ReadonlySet<Command['type']> = new Set([
  'open',
  'check',
  'confirm_move',
  'report_delivery',
  'acknowledge',
  'move_out',
]);

/** What follows from a command in a state: events, nothing (already so), or a named refusal. */
export const decide = (state: Conversation, command: Command): Decision => {
  if (state.mergedIntoId && !allowedWhenMerged.has(command.type)) {
    return new Refusal('precondition', 'CONVERSATION_MERGED', `the conversation lives on in ${state.mergedIntoId}`, {
      metadata: { merged_into_id: state.mergedIntoId },
    });
  }
  switch (command.type) {
    case 'open':
      return messages.open(state, command);
    case 'receive':
      return messages.receive(state, command);
    case 'progress_call':
      return messages.progressCall(state, command);
    case 'identify':
      return messages.identify(state, command);
    case 'report_delivery':
      return messages.reportDelivery(state, command);
    case 'end_thread':
      return messages.endThread(state, command);
    case 'send':
      return messages.send(state, command);
    case 'acknowledge':
      return messages.acknowledge(state, command);
    case 'add_note':
      return messages.addNote(state, command);
    case 'save_draft':
      return messages.saveDraft(state, command);
    case 'hold':
      return transitions.hold(state, command);
    case 'await_customer':
      return transitions.awaitCustomer(state, command);
    case 'solve':
      return transitions.solve(state, command);
    case 'reopen':
      return transitions.reopen(state, command);
    case 'close':
      return transitions.close(state, command);
    case 'snooze':
      return transitions.snooze(state, command);
    case 'check':
      return transitions.check(state, command);
    case 'update':
      return details.update(state, command);
    case 'link_issue':
      return details.linkIssue(state, command);
    case 'merge':
      return details.merge(state, command);
    case 'move_out':
      return details.moveOut(state, command);
    case 'move_in':
      return details.moveIn(state, command);
    case 'confirm_move':
      return details.confirmMove(state, command);
    case 'transfer':
      return handover.transfer(state, command);
    case 'follow_routing':
      return handover.followRouting(state, command);
    case 'follow_escalation':
      return serviceLevel.followEscalation(state, command);
    case 'follow_promise':
      return serviceLevel.followPromise(state, command);
  }
};
