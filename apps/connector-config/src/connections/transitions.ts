import type { ConnectionState } from '@huma-poweroffice/contracts';

/**
 * Where a connection stands. `paused` is a person's doing, `held` the system's: only what the system held comes back by
 * itself. Both remember where they go back to. All phases but the last are states that somebody can leave.
 */
export const phases = [
  'draft',
  'active',
  'paused-draft',
  'paused-active',
  'held-draft',
  'held-active',
  'disconnected',
] as const;
export type Phase = (typeof phases)[number];

export const transitionEvents = [
  /** A run has finished. */
  'run-finished',
  /** A person pauses, resumes, disconnects. */
  'pause',
  'resume',
  'disconnect',
  /** The system stops it for a reason, and lets it go on when the reason is gone. */
  'hold',
  'recover',
  /** A new key of the same client; a key of another one. */
  'replace-key',
  'start-anew',
] as const;
export type TransitionEvent = (typeof transitionEvents)[number];

/** Every allowed transition; what is not here is refused. */
export const transitions: Readonly<Record<Phase, Readonly<Partial<Record<TransitionEvent, Phase>>>>> = {
  draft: {
    'run-finished': 'active',
    pause: 'paused-draft',
    hold: 'held-draft',
    disconnect: 'disconnected',
    'replace-key': 'draft',
    'start-anew': 'draft',
  },
  active: {
    'run-finished': 'active',
    pause: 'paused-active',
    hold: 'held-active',
    disconnect: 'disconnected',
    'replace-key': 'active',
    'start-anew': 'draft',
  },
  'paused-draft': {
    'run-finished': 'paused-active',
    resume: 'draft',
    disconnect: 'disconnected',
    'replace-key': 'paused-draft',
    'start-anew': 'draft',
  },
  'paused-active': {
    'run-finished': 'paused-active',
    resume: 'active',
    disconnect: 'disconnected',
    'replace-key': 'paused-active',
    'start-anew': 'draft',
  },
  'held-draft': {
    'run-finished': 'held-active',
    pause: 'paused-draft',
    resume: 'draft',
    hold: 'held-draft',
    recover: 'draft',
    disconnect: 'disconnected',
    'replace-key': 'draft',
    'start-anew': 'draft',
  },
  'held-active': {
    'run-finished': 'held-active',
    pause: 'paused-active',
    resume: 'active',
    hold: 'held-active',
    recover: 'active',
    disconnect: 'disconnected',
    'replace-key': 'active',
    'start-anew': 'draft',
  },
  disconnected: {},
};

/** Where the event leads, or null where it is not allowed. */
export const next = (phase: Phase, event: TransitionEvent): Phase | null => transitions[phase][event] ?? null;

/** What others see of a phase. */
export const stateOf = (phase: Phase): ConnectionState => {
  if (phase === 'draft' || phase === 'active' || phase === 'disconnected') return phase;
  return 'paused';
};

export const isHeld = (phase: Phase): boolean => phase === 'held-draft' || phase === 'held-active';
