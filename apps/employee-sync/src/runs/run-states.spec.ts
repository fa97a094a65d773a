import { holdUp, isFinished, mayBecome, refusalToRun, runStates, runTransitions, statesBefore } from './run-states.js';

describe('the states of a run', () => {
  it('are all reached from the first one', () => {
    const reached = new Set<string>(['collecting']);
    for (const state of reached) for (const next of runTransitions[state as 'review']) reached.add(next);
    expect([...reached].sort()).toEqual([...runStates].sort());
  });

  it.each(runStates)('%s ends, or can be cancelled', (state) => {
    expect(isFinished(state) || mayBecome(state, 'cancelled')).toBe(true);
  });

  it('are never left once finished, and executing comes only from a review', () => {
    for (const state of runStates.filter(isFinished))
      for (const next of runStates) expect(mayBecome(state, next)).toBe(false);
    expect(statesBefore('executing')).toEqual(['review']);
    expect(statesBefore('done')).toEqual(['executing']);
  });
});

describe('a connection and its runs', () => {
  it.each([
    ['draft', null],
    ['active', null],
    ['paused', 'connection-paused'],
    ['disconnected', 'connection-disconnected'],
  ])('%s: %s', (state, refusal) => {
    expect(refusalToRun(state)).toBe(refusal);
  });

  it.each([
    ['active', 'c1', null],
    ['paused', 'c1', { kind: 'wait', code: 'connection-paused' }],
    ['disconnected', 'c1', { kind: 'fail', code: 'connection-disconnected' }],
    ['active', 'c2', { kind: 'fail', code: 'client-changed' }],
  ])('while it runs: %s of client %s', (state, clientId, expected) => {
    expect(holdUp({ clientId: 'c1' }, { state, clientId })).toEqual(expected);
  });
});
