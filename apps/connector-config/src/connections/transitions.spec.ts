import { connectionStates } from '@huma-poweroffice/contracts';
import { isHeld, next, phases, stateOf, transitionEvents, transitions, type Phase } from './transitions.js';

const from = (start: Phase): Set<Phase> => {
  const reached = new Set<Phase>([start]);
  for (const phase of reached) for (const to of Object.values(transitions[phase])) reached.add(to);
  return reached;
};

describe('the transitions of a connection', () => {
  it('reach every phase from the draft, and every state', () => {
    expect([...from('draft')].sort()).toEqual([...phases].sort());
    expect(new Set(phases.map(stateOf))).toEqual(new Set(connectionStates));
  });

  it('end only when it is disconnected, which is possible from everywhere', () => {
    for (const phase of phases) expect(from(phase)).toContain('disconnected');
    expect(from('disconnected')).toEqual(new Set(['disconnected']));
  });

  it.each(transitionEvents)('%s changes nothing the second time, or is refused', (event) => {
    for (const phase of phases) {
      const once = next(phase, event);
      const twice = once && next(once, event);
      expect([once, null]).toContain(twice);
    }
  });

  it.each([
    ['draft', 'run-finished', 'active'],
    ['active', 'pause', 'paused-active'],
    ['paused-active', 'resume', 'active'],
    ['paused-draft', 'resume', 'draft'],
    ['active', 'hold', 'held-active'],
    ['held-draft', 'recover', 'draft'],
    ['held-active', 'recover', 'active'],
    ['held-active', 'pause', 'paused-active'],
    ['paused-draft', 'run-finished', 'paused-active'],
    ['held-active', 'start-anew', 'draft'],
    ['paused-active', 'replace-key', 'paused-active'],
    ['held-active', 'replace-key', 'active'],
  ] as const)('%s, %s: %s', (phase, event, to) => {
    expect(next(phase, event)).toBe(to);
  });

  it.each([
    ['draft', 'resume'],
    ['active', 'resume'],
    ['active', 'recover'],
    ['paused-active', 'pause'],
    // What a person paused is not held, and does not come back by itself.
    ['paused-active', 'recover'],
    ['paused-draft', 'hold'],
    ['disconnected', 'resume'],
    ['disconnected', 'run-finished'],
    ['disconnected', 'replace-key'],
  ] as const)('%s, %s: refused', (phase, event) => {
    expect(next(phase, event)).toBeNull();
  });

  it('activates by a finished run alone', () => {
    const activating = phases.flatMap((phase) =>
      transitionEvents.filter((event) => !/active/.test(phase) && /active/.test(next(phase, event) ?? '')),
    );
    expect(new Set(activating)).toEqual(new Set(['run-finished']));
  });

  it('calls held exactly what comes back by itself', () => {
    for (const phase of phases) expect(isHeld(phase)).toBe(next(phase, 'recover') !== null);
  });
});
