import { journeyV1 } from '@throughline/proto';
import { interleave, median, ratioOf } from '../measure/pairs';
import { rawReader, readFor } from '../measure/reads';
import { spread } from './lines';
import { GET_TIMELINE, must, SMALL, timelineRequest, withTimeline } from './timeline-fixture';
import type { Case } from './types';

/** B10 and B10d: the same page at another length and depth, one caller, in turns. */
export const b10: Case = (bench, options) =>
  withTimeline(bench, options.events ?? 100_000, async ({ address }) => {
    const { read, close } = rawReader(address, GET_TIMELINE);
    const page = async (request: Buffer) => journeyV1.GetTimelineResponse.decode(await read(request));
    const depth = Math.floor((options.events ?? 100_000) * 0.9);
    let token = '';
    for (let passed = 0; passed < depth; passed += 200) {
      token = (await page(timelineRequest(0, { pageSize: 200, pageToken: token }))).nextPageToken;
    }
    const deep = timelineRequest(0, { pageToken: token });
    const first = await page(timelineRequest(0));
    must(first.entries.length === 20 && (await page(deep)).entries.length === 20, 'a page has 20 entries');
    must((await page(timelineRequest(1))).entries.length === SMALL, 'the short timeline has ten');
    let turn = 0;
    const small = () => read(timelineRequest(1 + (turn++ % 500)));
    const once = (ask: () => Promise<unknown>) => () => readFor(ask, options.ms ?? 2_000, 1);
    const lengths = await interleave(
      options,
      once(() => read(timelineRequest(0))),
      once(small),
    );
    const depths = await interleave(
      options,
      once(() => read(deep)),
      once(() => read(timelineRequest(0))),
    );
    close();
    const line = (name: string, what: string, pairs: typeof lengths, goal: number) => {
      const ratio = ratioOf(pairs.map(({ ours, floor }) => ({ ours: ours.p99, floor: floor.p99 })));
      return {
        case: name,
        what,
        ours: `p99 ${median(pairs.map((pair) => pair.ours.p99)).toFixed(2)} ms`,
        floor: `p99 ${median(pairs.map((pair) => pair.floor.p99)).toFixed(2)} ms`,
        ratio: spread(ratio),
        goal: `≤ ${goal}`,
        met: ratio.median <= goal,
        correct: pairs.every((pair) => pair.ours.failed + pair.floor.failed === 0),
      };
    };
    return {
      lines: [
        line('B10', 'first page p99, long ÷ short timeline', lengths, 1.15),
        line('B10d', 'page at depth 90 % ÷ first page, p99', depths, 1.1),
      ],
      detail: { lengths, depths },
    };
  });
