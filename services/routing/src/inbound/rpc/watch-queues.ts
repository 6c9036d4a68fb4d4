import { setTimeout as pause } from 'node:timers/promises';
import type { QueueView } from '../../use-cases/commands';
import { showQueue } from '../../wire/work';
import type { Rpc } from './deps';
import { asking } from './deps';

const LOOK_MS = 1_000;
/** Waits grow without any event: they are told again after so many looks. */
const TOLD_AGAIN = 5;

const withoutTime = ({ oldestAt: _oldest, ...rest }: QueueView): string => JSON.stringify(rest);

/** The queues as they are, at once, after every change, and now and then while somebody waits. */
export const watchQueues: Rpc<'watchQueues'> = (deps) =>
  async function* (request, call) {
    const by = asking('WatchQueues', {}, call);
    const told = new Map<string, { what: string; look: number }>();
    for (let look = 0; !call.signal.aborted; look++) {
      const views = await deps.execute({ do: 'look_at_queues', queueIds: request.queueIds, ...by, requestId: '' });
      const at = deps.clock.now();
      for (const view of views as QueueView[]) {
        const what = withoutTime(view);
        const last = told.get(view.queueId);
        if (last?.what === what && (view.waiting === 0 || look - last.look < TOLD_AGAIN)) continue;
        told.set(view.queueId, { what, look });
        yield { cursor: `${view.queueId}/${at}`, queue: showQueue(view, at) };
      }
      await pause(LOOK_MS, undefined, { signal: call.signal }).catch(() => undefined);
    }
  };
