import { exists, noActor } from '../../domain/conversation';
import type { MoveOptions } from '../../use-cases/move-messages';
import { completeMove } from '../../use-cases/move-messages';
import type { ActingRequest, ConversationLog, Key } from '../../use-cases/ports';
import { runCommand } from '../../use-cases/run-command';

const batch = 200;

const requestFor = (key: Key): ActingRequest => ({
  tenantId: key.slice(0, key.indexOf('/')),
  actor: noActor,
  requestId: '',
  fingerprint: '',
});

const checkOne = async (key: Key, options: MoveOptions): Promise<void> => {
  const request = requestFor(key);
  const { state } = await runCommand(
    key,
    request,
    () => ({ commands: [{ type: 'check', at: options.now(), actor: noActor }] }),
    options,
  );
  // A process may have died between the two halves of a move.
  if (exists(state)) for (const move of state.moves) await completeMove(state, move, request, options);
};

/** Lets conversations whose time has come look at themselves. Two processes doing it at once is harmless: the version decides. */
export const checkDue =
  (log: Pick<ConversationLog, 'due' | 'load' | 'save'>, options: MoveOptions, intervalMs: number) =>
  async (): Promise<number> => {
    const keys = await log.due(options.now(), batch);
    for (const key of keys) await checkOne(key, options);
    // A snapshot that lags behind its log would be due for ever.
    if (keys.length > 0)
      await log.save([...(await log.load(keys)).values()].filter((one) => one.tail.length > 0).map((one) => one.held));
    return keys.length === batch ? 0 : intervalMs;
  };
