import type { Run, Stage } from './run.js';
import { isFinished, type RunState } from './run-states.js';

/** How far a run is, as people watch it. */
export interface Progress {
  readonly state: RunState;
  readonly stage: Stage;
  /** Of the people of the plan. */
  readonly done: number;
  readonly givenBack: number;
  readonly left: number;
  /** Requests to PowerOffice that the run itself still needs. */
  readonly requestsLeft: number;
  readonly expectedSecondsLeft: number;
  /** A stable code of what holds the run up just now. */
  readonly waitsFor: string | null;
}

/** Lists of one page each; more pages show when the first has come. */
const requestsAt: { readonly [S in Stage]: number } = { huma: 2, employees: 2, accounts: 1, matching: 0, collected: 0 };
/** A list of twenty thousand takes its time to come, in seconds. */
const LIST_SECONDS = 5;
/** Recording links takes no request, only our database; a careful figure. */
const LINKS_A_SECOND = 500;

export const progressOf = (run: Run, requestsPerSecond: number): Progress => {
  const collecting = run.state === 'collecting';
  const requestsLeft = collecting ? requestsAt[run.stage] : 0;
  const planned = run.state === 'review' && run.planId === null ? 0 : run.planned;
  const left = isFinished(run.state) ? 0 : Math.max(0, planned - run.done - run.givenBack);
  const seconds =
    requestsLeft / requestsPerSecond +
    requestsLeft * LIST_SECONDS +
    (run.state === 'executing' ? left / LINKS_A_SECOND : 0);
  return {
    state: run.state,
    stage: run.stage,
    done: run.done,
    givenBack: run.givenBack,
    left,
    requestsLeft,
    expectedSecondsLeft: Math.ceil(seconds),
    waitsFor: run.waitsFor,
  };
};
