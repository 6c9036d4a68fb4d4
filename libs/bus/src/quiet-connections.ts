/** What we use of a connection's queue; the client does not document it. */
interface Queue {
  pending: unknown[];
  inflight: Map<number, { sentAt: number; requestTimeout: number; timeoutRequest(): void }>;
  requestTimeout: number;
  requestTimeoutIntervalId?: NodeJS.Timeout;
  enforceRequestTimeout: boolean;
  isConnected(): boolean;
  destroy(): void;
  scheduleCheckPendingRequests(): void;
  scheduleRequestTimeoutCheck(): void;
}

let done = false;

/**
 * From its first answer on, every connection of the client wakes up each millisecond, for as long as it lives: with nothing waiting
 * it sets its timer for the end of a throttling that never was, a moment long past. With nothing waiting there is nothing to
 * look for: the next request looks by itself, and so does each answer. And each looks for requests that are out of time ten
 * times a second; here it looks when the first of them can be.
 */
export const quietConnections = (): void => {
  if (done) return;
  done = true;
  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: Queue };
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: Queue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
  prototype.scheduleRequestTimeoutCheck = function (this: Queue): void {
    if (!this.enforceRequestTimeout) return;
    this.destroy();
    const look = () => {
      // What is sent from now on has all of its time before it.
      let next = this.requestTimeout;
      for (const request of [...this.inflight.values()]) {
        const left = request.sentAt + request.requestTimeout - Date.now();
        if (left > 0) next = Math.min(next, left);
        else request.timeoutRequest();
      }
      if (this.isConnected()) this.requestTimeoutIntervalId = setTimeout(look, next);
    };
    this.requestTimeoutIntervalId = setTimeout(look, this.requestTimeout);
  };
};
