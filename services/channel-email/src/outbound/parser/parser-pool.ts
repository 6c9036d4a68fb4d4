import { Worker } from 'node:worker_threads';
import { transientError } from '@throughline/core';
import { htmlToText } from '../../domain/html-text';
import type { ParsedMail } from '../../domain/mail';
import type { MailParser, Unreadable } from '../../use-cases/ports';
import type { ParseAnswer, ParseLimits, RawParse } from './worker-body';
import { workerBody } from './worker-body';

const limits: ParseLimits = {
  maxDepth: 100,
  maxHeaderBytes: 1024 * 1024,
  maxHeaders: 2_000,
  maxParts: 1_000,
  maxRecipients: 10_000,
  maxTextCharacters: 1_000_000,
  maxHtmlCharacters: 1_000_000,
};

// The worker gets the function as text, so the same code runs from sources and from the build.
const source = `
const { parentPort, workerData } = require('node:worker_threads');
const load = require('node:module').createRequire(workerData.from);
(${workerBody.toString()})(parentPort, load, workerData.limits);
`;

const mailOf = (raw: RawParse): ParsedMail => {
  const date = raw.date === '' ? Number.NaN : Date.parse(raw.date);
  return {
    ...raw,
    sender: raw.sender[0],
    date: Number.isFinite(date) ? date : undefined,
    text: raw.text.trim() === '' && raw.html !== '' ? htmlToText(raw.html) : raw.text,
  };
};

interface Waiting {
  readonly raw: Uint8Array;
  readonly resolve: (mail: ParsedMail | Unreadable) => void;
}

interface Seat {
  worker: Worker;
  job: Waiting | undefined;
  timer: NodeJS.Timeout | undefined;
}

export interface ParserPool extends MailParser {
  stop(): Promise<void>;
}

/**
 * Parses in worker threads with a time and a memory budget: a hostile mail costs its own worker, never the service.
 * Workers start with the first mail and end when there is nothing to do, so an idle service does not pay for them.
 */
export function createParserPool(options: {
  size: number;
  timeoutMs: number;
  idleMs: number;
  maxQueue: number;
}): ParserPool {
  const seats = new Set<Seat>();
  const queue: Waiting[] = [];
  let nextId = 1;

  const end = async (seat: Seat): Promise<void> => {
    seats.delete(seat);
    clearTimeout(seat.timer);
    await seat.worker.terminate();
  };

  const finish = (seat: Seat, result: ParsedMail | Unreadable): void => {
    clearTimeout(seat.timer);
    const job = seat.job;
    seat.job = undefined;
    job?.resolve(result);
  };

  const fail = (seat: Seat, reason: string): void => {
    finish(seat, { unreadable: reason });
    void end(seat).then(pump);
  };

  const give = (seat: Seat, job: Waiting): void => {
    clearTimeout(seat.timer);
    seat.job = job;
    seat.timer = setTimeout(() => fail(seat, 'the mail takes too long to read'), options.timeoutMs);
    seat.worker.postMessage({ id: nextId, raw: job.raw });
    nextId += 1;
  };

  const rest = (seat: Seat): void => {
    seat.timer = setTimeout(() => void end(seat), options.idleMs);
    seat.timer.unref();
  };

  const hire = (): Seat => {
    const worker = new Worker(source, {
      eval: true,
      workerData: { from: __filename, limits },
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
    });
    const seat: Seat = { worker, job: undefined, timer: undefined };
    worker.on('message', (answer: ParseAnswer) => {
      finish(seat, 'parsed' in answer ? mailOf(answer.parsed) : { unreadable: answer.failure });
      pump();
      if (!seat.job && seats.has(seat)) rest(seat);
    });
    worker.on('error', (error) => fail(seat, `the mail cannot be read: ${error.message.slice(0, 100)}`));
    seats.add(seat);
    return seat;
  };

  function pump(): void {
    while (queue.length > 0) {
      const idle = [...seats].find((seat) => !seat.job) ?? (seats.size < options.size ? hire() : undefined);
      if (!idle) return;
      give(idle, queue.shift()!);
    }
  }

  return {
    parse(raw) {
      if (queue.length >= options.maxQueue) return Promise.reject(transientError('too many mails wait to be read'));
      return new Promise((resolve) => {
        queue.push({ raw, resolve });
        pump();
      });
    },
    async stop() {
      await Promise.all([...seats].map(end));
    },
  };
}
