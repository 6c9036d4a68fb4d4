import { invalidField, Refusal } from '@throughline/core';
import type { Notice } from '../../domain/notice/notice';
import type { Cursor, Place } from '../../domain/notice/place';
import { cursorOf, past, readCursor, resumeAt, startAfter, writeCursor } from '../../domain/notice/place';
import { wireNotice } from '../../wire/notice';
import type { Deps, Rpc } from './deps';
import { recipientsOf } from './list-notices';

const CHUNK = 200;
const MOST_WAITING = 1_000;

const tooSlow = (): Refusal =>
  new Refusal(
    'unavailable',
    'WATCHER_TOO_SLOW',
    'notices come faster than they are read: come back with the last cursor',
  );

const cursorIn = (text: string): Cursor => {
  const cursor = readCursor(text);
  if (!cursor) throw invalidField('after_cursor', 'cursor', 'pass the cursor of a notice, unchanged, or none');
  return cursor;
};

/** What there is after a place, the oldest first. */
async function* missed({ notices }: Deps, tenantId: string, recipients: string[], { stamp }: Place) {
  for (let at = stamp; ; ) {
    const page = await notices.after(tenantId, recipients, at, CHUNK);
    yield* page;
    if (page.length < CHUNK) return;
    at = page.at(-1)!.stamp;
  }
}

/**
 * Notices as they are written; with a cursor, first those that came after it. The feed is open before the past is read, so
 * nothing falls in between, and what both tell is told once. When the feed broke, what it missed is read like the past.
 */
export const watchNotices: Rpc<'watchNotices'> = (deps) =>
  async function* (request, call) {
    const { tenantId } = call.caller;
    const recipients = recipientsOf(request);
    const mine = new Set(recipients);
    const text = request.afterCursor || call.lastEventId || '';
    let resume = text ? cursorIn(text) : undefined;
    const queue: Notice[] = [];
    let broken = false;
    let wake = (): void => {};
    const onNotice = (notice: Notice): void => {
      if (notice.tenantId !== tenantId || !mine.has(notice.recipient)) return;
      queue.push(notice);
      wake();
    };
    const onBreak = (): void => {
      broken = true;
      wake();
    };
    const aborted = (): void => wake();
    const stop = await deps.notices.listen(onNotice, onBreak);
    call.signal.addEventListener('abort', aborted);
    try {
      let place = startAfter(resume ? resume.stamp : await deps.notices.present());
      const tell = (notice: Notice) => {
        place = past(place, notice.stamp);
        const cursor = writeCursor(place);
        return { cursor, notice: wireNotice(notice, cursor) };
      };
      let told = new Set<string>();
      while (!call.signal.aborted) {
        if (broken) resume = cursorOf(place);
        broken = false;
        if (resume) {
          const { from, stamp } = resume;
          place = resumeAt(resume, await deps.notices.between(tenantId, recipients, from, stamp));
          resume = undefined;
          told = new Set();
          for await (const notice of missed(deps, tenantId, recipients, place)) {
            told.add(notice.id);
            yield tell(notice);
          }
        }
        if (queue.length > MOST_WAITING) throw tooSlow();
        const notice = queue.shift();
        if (notice) {
          if (!told.has(notice.id)) yield tell(notice);
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
            if (queue.length > 0 || broken || call.signal.aborted) resolve();
          });
        }
      }
    } finally {
      call.signal.removeEventListener('abort', aborted);
      await stop();
    }
  };
