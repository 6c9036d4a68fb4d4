import { conversationV1 } from '@throughline/proto';
import type { RpcService } from '@throughline/rpc';
import { implement } from '@throughline/rpc';
import { addNote } from './add-note';
import { announceViewing } from './announce-viewing';
import { awaitCustomer } from './await-customer';
import { closeConversation } from './close-conversation';
import { createConversation } from './create-conversation';
import { createIssue } from './create-issue';
import type { Deps } from './deps';
import { getConversation } from './get-conversation';
import { getIssue } from './get-issue';
import { holdConversation } from './hold-conversation';
import { linkConversation } from './link-conversation';
import { listConversationsRpc } from './list-conversations';
import { listIssues } from './list-issues';
import { listMessages } from './list-messages';
import { mergeConversations } from './merge-conversations';
import { prefillHandover } from './prefill-handover';
import { reopenConversation } from './reopen-conversation';
import { rethreadMessage } from './rethread-message';
import { saveDraft } from './save-draft';
import { sendMessage } from './send-message';
import { snoozeConversation } from './snooze-conversation';
import { solveConversation } from './solve-conversation';
import { splitConversation } from './split-conversation';
import { transferConversation } from './transfer-conversation';
import { updateConversation } from './update-conversation';
import { watchConversation } from './watch-conversation';
import { watchInbox } from './watch-inbox';

/** The whole ConversationService. */
export const conversationService = (deps: Deps): RpcService =>
  implement(conversationV1.ConversationServiceService, {
    createConversation: createConversation(deps),
    getConversation: getConversation(deps),
    listConversations: listConversationsRpc(deps),
    updateConversation: updateConversation(deps),
    sendMessage: sendMessage(deps),
    listMessages: listMessages(deps),
    addNote: addNote(deps),
    saveDraft: saveDraft(deps),
    holdConversation: holdConversation(deps),
    awaitCustomer: awaitCustomer(deps),
    solveConversation: solveConversation(deps),
    reopenConversation: reopenConversation(deps),
    closeConversation: closeConversation(deps),
    snoozeConversation: snoozeConversation(deps),
    transferConversation: transferConversation(deps),
    prefillHandover: prefillHandover(deps),
    mergeConversations: mergeConversations(deps),
    splitConversation: splitConversation(deps),
    rethreadMessage: rethreadMessage(deps),
    announceViewing: announceViewing(deps),
    createIssue: createIssue(deps),
    getIssue: getIssue(deps),
    listIssues: listIssues(deps),
    linkConversation: linkConversation(deps),
    watchConversation: watchConversation(deps),
    watchInbox: watchInbox(deps),
  });
