import { Refusal } from '@throughline/core';
import type { Notice } from '../../domain/notice/notice';
import { wireNotice } from '../../wire/notice';
import type { Rpc } from './deps';
import { recipientsOf } from './list-notices';

const CHUNK = 200;
const MOST_WAITING = 1_000;

const tooSlow = (): Refusal =>
  new Refusal(
    'unavailable',
    'WATCHER_TOO_SLOW',
    'notices come faster than they are read: come back with the last cursor',
  );

/**
 * Notices as they are written; with a cursor, first those that came after it. The feed is open before the past is read, so
 * nothing falls in between, and what both tell is told once.
 */
export const watchNotices: Rpc<'watchNotices'> = (deps) =>
  async function* (request, call) {
    const { tenantId } = call.caller;
    const recipients = recipientsOf(request);
    const mine = new Set(recipients);
    const queue: Notice[] = [];
    let wake = (): void => {};
    const stop = await deps.notices.listen((notice) => {
      if (notice.tenantId !== tenantId || !mine.has(notice.recipient)) return;
      queue.push(notice);
      wake();
    });
    const aborted = (): void => wake();
    call.signal.addEventListener('abort', aborted);
    try {
      const told = new Set<string>();
      for (let cursor = request.afterCursor || call.lastEventId || ''; cursor; ) {
        const past = await deps.notices.after(tenantId, recipients, cursor, CHUNK);
        for (const notice of past) {
          told.add(notice.id);
          yield { cursor: notice.cursor, notice: wireNotice(notice) };
        }
        cursor = past.length === CHUNK ? past.at(-1)!.cursor : '';
      }
      while (!call.signal.aborted) {
        if (queue.length > MOST_WAITING) throw tooSlow();
        const notice = queue.shift();
        if (!notice) {
          await new Promise<void>((resolve) => {
            wake = resolve;
            if (queue.length > 0 || call.signal.aborted) resolve();
          });
        } else if (!told.has(notice.id)) yield { cursor: notice.cursor, notice: wireNotice(notice) };
      }
    } finally {
      call.signal.removeEventListener('abort', aborted);
      await stop();
    }
  };
