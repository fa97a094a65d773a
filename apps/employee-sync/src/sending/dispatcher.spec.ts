import { createLogger, type Database } from '@huma-poweroffice/platform';
import { Tokens } from '../connector/tokens.js';
import type { LooksShare } from '../lanes/looks-share.js';
import type { Outlook, TurnRepository } from '../lanes/turn-repository.js';
import type { Claimer } from './claimer.js';
import { Dispatcher } from './dispatcher.js';

const nothing: Outlook = { demands: [], noted: [], isPartial: false, nextInMs: null };
/** Long enough for whatever goes on without a pause to have gone on. */
const manyTurns = async (): Promise<void> => {
  for (let n = 0; n < 1000; n += 1) await new Promise((done) => setImmediate(done));
};

const idle = (outlook: Outlook) => {
  const seen = { looks: 0, permits: 0 };
  const turns: Pick<TurnRepository, keyof TurnRepository> = {
    outlook: async () => {
      seen.looks += 1;
      return outlook;
    },
    settle: async () => undefined,
    served: async () => undefined,
    tidy: async () => undefined,
  };
  const permits = {
    acquirePermit: async () => {
      seen.permits += 1;
      return null;
    },
    reportPermit: () => undefined,
  };
  const tokens = new Tokens({ accessToken: async () => ({ outcome: 'unavailable' }) }, () => undefined);
  const dispatcher = new Dispatcher(
    {} as Database,
    turns,
    {} as LooksShare,
    {} as Claimer,
    { permits, tokens },
    {
      work: { perform: async () => undefined, refreshEmployees: () => undefined },
      logger: createLogger('test', 'fatal'),
    },
  );
  return { dispatcher, seen };
};

it('looks once, and then only when it is woken, while nothing is to be done', async () => {
  const { dispatcher, seen } = idle(nothing);
  dispatcher.start();
  await manyTurns();
  expect(seen).toEqual({ looks: 1, permits: 0 });
  dispatcher.wake();
  await manyTurns();
  expect(seen).toEqual({ looks: 2, permits: 0 });
  await dispatcher.stop();
});

it('asks for no permit for a connection without a token, and does not look without pause', async () => {
  const { dispatcher, seen } = idle({ ...nothing, demands: [{ connectionId: 'one', class: 1 }] });
  dispatcher.start();
  await manyTurns();
  expect(seen).toEqual({ looks: 1, permits: 0 });
  await dispatcher.stop();
});
