declare module 'kafkajs/src/network/requestQueue/index.js' {
  /** The part of kafkajs' queue of requests of one connection that is corrected here; kafkajs has no types for it. */
  export default class RequestQueue {
    constructor(options: {
      maxInFlightRequests: number | null;
      requestTimeout: number;
      enforceRequestTimeout: boolean;
      clientId: string;
      broker: string;
      logger: { debug(message: string): void; warn(message: string): void };
    });
    readonly pending: readonly unknown[];
    /** Milliseconds since 1970; -1 if the broker never asked for a pause. */
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    maybeThrottle(milliseconds: number): void;
    push(request: {
      entry: { correlationId: number; resolve(): void; reject(error: Error): void };
      expectResponse: boolean;
      requestTimeout?: number;
      sendRequest(): void;
    }): void;
    fulfillRequest(response: { correlationId: number; payload: unknown; size: number }): void;
    rejectAll(error: Error): void;
    destroy(): void;
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
  }
}
