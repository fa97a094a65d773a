import type { Failure } from '@huma-poweroffice/poweroffice';

/** Why the employees of a client cannot be read, as others are told. */
export type ReadingFailure = 'not-permitted' | 'employees-unreadable' | 'poweroffice-unavailable';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const passing: readonly Failure['code'][] = ['unreadable-answer', 'answer-does-not-fit', 'answer-too-large'];

/** What a failed reading is called. An answer that cannot be read is no outage: the next one will be like it. */
export const readingFailure = ({ kind, code }: Failure): ReadingFailure => {
  if (kind === 'forbidden') return 'not-permitted';
  if (passing.includes(code)) return 'employees-unreadable';
  return kind === 'unavailable' || kind === 'unauthorized' ? 'poweroffice-unavailable' : 'employees-unreadable';
};

const doubled = (first: number, times: number, longest: number): number =>
  Math.min(longest, first * 2 ** Math.min(times, 30));

/**
 * How long nobody asks again, in milliseconds, after so many failures in a row (from 1): seconds up to an hour while
 * PowerOffice is away, minutes up to a day where somebody has to do something.
 */
export const failurePauseMs = (reason: ReadingFailure, failures: number): number =>
  reason === 'poweroffice-unavailable'
    ? doubled(5 * SECOND, failures - 1, HOUR)
    : doubled(MINUTE, 2 * (failures - 1), DAY);

/** How long until those who wait for a change are looked for again, after so many looks that woke nobody. */
export const lookPauseMs = (looksInVain: number): number => doubled(MINUTE, looksInVain, DAY);
