import fc from 'fast-check';
import { Violation, watched } from './ghosts.js';
import { Simulation, type Weather, type Without, type Worker } from './simulation.js';

const weathers: readonly Weather[] = ['fine', 'gateway', 'not-found', 'forbidden', 'page', 'garbled'];

/** One step of a history: what happens, and two numbers that choose where and how. */
export interface Happening {
  readonly what: string;
  readonly n: number;
  readonly choice: number;
}

const happening = (...what: string[]): fc.Arbitrary<Happening> =>
  fc.record({ what: fc.constantFrom(...what), n: fc.nat(30), choice: fc.nat(3) });

/** Small steps: every interleaving of a claim, its request, its arrival and its answer. */
const small = happening(
  ...['edit', 'deliver', 'deliver', 'duplicate', 'clerk', 'lock', 'claim', 'claim', 'claim', 'send', 'send', 'send'],
  ...['arrive', 'arrive', 'answer', 'answer', 'lose', 'crash', 'tick', 'tick', 'pass', 'wait'],
);

/** Whole cycles: each brings the lane on, well or badly, so that few steps go deep. */
const whole = happening(
  ...['cycle', 'cycle', 'cycle', 'edit', 'edit', 'edit', 'clerk', 'clerk', 'lost', 'late', 'crash-cycle', 'stall'],
  ...['resume', 'half', 'claim', 'wait', 'wait', 'tick', 'ask', 'look', 'lock', 'deliver'],
);

/** Whole cycles among what PowerOffice, its surroundings and its clerks do to them. */
const troubled = happening(
  ...[
    'cycle',
    'cycle',
    'cycle',
    'edit',
    'edit',
    'edit',
    'clerk',
    'lost',
    'late',
    'wait',
    'wait',
    'tick',
    'ask',
    'look',
  ],
  ...['weather', 'weather', 'fine', 'refuse', 'permit', 'archive', 'remove', 'close', 'lock', 'stall', 'resume'],
);

/** Whole cycles with a database that goes back to a backup. */
const restored = happening(
  ...[
    'cycle',
    'cycle',
    'cycle',
    'edit',
    'edit',
    'clerk',
    'clerk',
    'lost',
    'late',
    'wait',
    'backup',
    'restore',
    'weather',
    'fine',
  ],
);

/** Whole cycles of a salary account that changes often, with lists that lag. */
const accounts = happening('cycle', 'cycle', 'cycle', 'edit-account', 'lost', 'wait', 'tick', 'close', 'clerk-account');

/** The kinds of histories that are played. */
export const histories = { small, whole, troubled, accounts, restored } as const;
export type History = keyof typeof histories;

/** Starts a claim on the latest state of Huma. */
const begin = (world: Simulation): Worker | null => {
  world.deliver();
  return world.claim();
};

const cycle = (world: Simulation, ending: 'answered' | 'lost' | 'late' | 'crash', n: number): void => {
  const worker = begin(world);
  if (!worker) return;
  if (ending === 'crash') {
    world.crash(worker);
    return;
  }
  world.send(worker);
  const { request } = worker;
  if (!request) return;
  if (ending !== 'late' && world.wire.includes(request)) world.arrive(request, n);
  world.answerTo(worker, ending !== 'answered');
};

const plays: Readonly<Record<string, (world: Simulation, n: number, choice: number) => void>> = {
  edit: (w, n) => {
    w.edit(watched[n % watched.length] ?? 'phone', n % 5);
  },
  clerk: (w, n) => {
    w.clerk(watched[n % watched.length] ?? 'phone');
  },
  'edit-account': (w, n) => {
    w.edit('bankAccount', n % 3);
  },
  'clerk-account': (w) => {
    w.clerk('bankAccount');
  },
  deliver: (w) => {
    w.deliver();
  },
  duplicate: (w) => {
    w.lane = { ...w.lane, due: true };
  },
  lock: (w) => {
    w.lock();
  },
  claim: (w) => {
    w.claim();
  },
  send: (w, _, choice) => {
    const worker = w.workers[choice % Math.max(1, w.workers.length)];
    if (worker) w.send(worker);
  },
  arrive: (w, n, choice) => {
    const request = w.wire[choice % Math.max(1, w.wire.length)];
    if (request) w.arrive(request, n);
  },
  answer: (w, _, choice) => {
    const worker = w.workers[choice % Math.max(1, w.workers.length)];
    if (worker) w.answerTo(worker, false);
  },
  lose: (w, _, choice) => {
    const worker = w.workers[choice % Math.max(1, w.workers.length)];
    if (worker) w.answerTo(worker, true);
  },
  crash: (w, _, choice) => {
    const worker = w.workers[choice % Math.max(1, w.workers.length)];
    if (worker) w.crash(worker);
  },
  tick: (w, _, choice) => {
    w.pass((1 + choice) * 1000);
  },
  pass: (w, n) => {
    w.pass(n * 1000);
  },
  wait: (w, n) => {
    w.pass(n * 1000);
    w.passUntilAwake();
  },
  ask: (w) => {
    w.ask('person');
  },
  look: (w) => {
    w.ask('look');
  },
  cycle: (w, n) => {
    cycle(w, 'answered', n);
  },
  lost: (w, n) => {
    cycle(w, 'lost', n);
  },
  late: (w, n) => {
    cycle(w, 'late', n);
  },
  'crash-cycle': (w, n) => {
    cycle(w, 'crash', n);
  },
  stall: (w) => {
    begin(w);
  },
  half: (w) => {
    const worker = begin(w);
    if (worker) w.send(worker);
  },
  resume: (w, _, choice) => {
    const worker = w.workers[choice % Math.max(1, w.workers.length)];
    if (worker && !worker.request) w.send(worker);
  },
  weather: (w, n) => {
    w.weather = weathers[n % weathers.length] ?? 'fine';
    w.log.push([w.weather]);
  },
  fine: (w) => {
    w.weather = 'fine';
  },
  refuse: (w) => {
    w.refusing = !w.refusing;
    w.log.push(['refusing', w.refusing]);
  },
  permit: (w) => {
    w.permit();
  },
  archive: (w) => {
    w.archive();
  },
  remove: (w) => {
    w.remove();
  },
  close: (w, n) => {
    w.close(n);
  },
  backup: (w) => {
    w.saveBackup();
  },
  restore: (w) => {
    w.restore();
  },
};

export type Start = ConstructorParameters<typeof Simulation>[0];

/** Plays a history and lets it settle. @throws Violation with what happened, when an invariant does not hold */
export const holds = (start: Start, history: readonly Happening[], without?: Without): void => {
  const world = new Simulation(start, without);
  try {
    for (const { what, n, choice } of history) plays[what]?.(world, n, choice);
    world.settleDown();
  } catch (error) {
    if (error instanceof Violation) error.message += `\n${world.log.map((line) => JSON.stringify(line)).join('\n')}`;
    throw error;
  }
};
