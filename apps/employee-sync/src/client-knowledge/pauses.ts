import type { Failure } from '@huma-poweroffice/poweroffice';

/** Why the employees of a client cannot be read; this code is published. */
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
 * The pause in milliseconds after a number of consecutive failures (from 1). It grows from seconds to an hour while
 * PowerOffice is unavailable, and from a minute to a day where somebody has to act.
 */
export const failurePauseMs = (reason: ReadingFailure, failures: number): number =>
  reason === 'poweroffice-unavailable'
    ? doubled(5 * SECOND, failures - 1, HOUR)
    : doubled(MINUTE, 2 * (failures - 1), DAY);

/** The pause in milliseconds before the next look, after a number of consecutive looks that woke no lane. */
export const lookPauseMs = (looksInVain: number): number => doubled(MINUTE, looksInVain, DAY);
