import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

/** After which kafkajs looks again at requests that wait for others to be answered, in milliseconds. */
const CHECK_PENDING_REQUESTS_MS = 10;

/**
 * Replaces one method of kafkajs 2.2.4, for every connection of this process.
 *
 * kafkajs sets the timer that sends waiting requests even if no request is waiting, and then with a delay that lies in
 * the past. So each connection wakes up the process every millisecond for nothing, and Node 24 prints a
 * `TimeoutNegativeWarning` each time (https://github.com/tulios/kafkajs/issues/1751, issues/1704). The corrected method
 * sets the timer only while requests are waiting. That is enough: a request that has to wait is added to the queue
 * before the method is called, and the timer sets itself again as long as the queue is not empty.
 */
export const correctRequestQueue = (): void => {
  RequestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.throttleCheckTimeoutId || this.pending.length === 0) return;
    const throttledFor = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      throttledFor > 0 ? throttledFor : CHECK_PENDING_REQUESTS_MS,
    );
  };
};
