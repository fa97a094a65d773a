import kafkajs from 'kafkajs';
import { correctRequestQueue } from './request-queue.js';

correctRequestQueue();

/** kafkajs with a corrected queue of requests. Programs import the library from here; its types come from `kafkajs`. */
export { kafkajs };
