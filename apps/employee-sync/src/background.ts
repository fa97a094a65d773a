import type { BatchConsumer, OutboxRelay } from '@huma-poweroffice/messaging';
import type { Notifications } from '@huma-poweroffice/platform';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { ClientKnowledge } from './client-knowledge/client-knowledge.js';
import type { Rebuilder } from './rebuild/rebuilder.js';
import type { Runs } from './runs/create-runs.js';
import type { Dispatcher } from './sending/dispatcher.js';

/** What runs beside HTTP: taking in, sending, runs, publishing. */
export interface BackgroundParts {
  readonly consumer: Pick<BatchConsumer, 'start' | 'stop' | 'whenCompared'>;
  readonly dispatcher: Pick<Dispatcher, 'start' | 'stop'>;
  readonly knowledge: Pick<ClientKnowledge, 'start' | 'stop'>;
  readonly runs: Pick<Runs, 'start' | 'stop'>;
  readonly rebuilder: Pick<Rebuilder, 'start' | 'stop'>;
  readonly relay: Pick<OutboxRelay, 'start' | 'stop'>;
  readonly notifications: readonly Pick<Notifications, 'start' | 'stop'>[];
  /** Ends what the others needed: connections to the database, to connector-config. */
  readonly close: () => Promise<void>;
}

/** Starts and stops the background with the service; at a stop, what takes on work ends before what finishes it. */
export class Background implements OnApplicationBootstrap, OnApplicationShutdown {
  private ending = false;

  constructor(private readonly parts: BackgroundParts) {}

  async onApplicationBootstrap(): Promise<void> {
    const { consumer, dispatcher, knowledge, runs, rebuilder, relay, notifications } = this.parts;
    await Promise.all(notifications.map((n) => n.start()));
    await relay.start();
    knowledge.start();
    rebuilder.start();
    await consumer.start();
    // A database that was restored from a backup must be known for it before anything is sent because of what it says.
    void consumer.whenCompared().then((compared) => {
      if (!compared || this.ending) return;
      dispatcher.start();
      runs.start();
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.ending = true;
    const { consumer, dispatcher, knowledge, runs, rebuilder, relay, notifications, close } = this.parts;
    knowledge.stop();
    // What cannot be stopped well must not keep the others from it.
    const parts = [consumer, dispatcher, runs, rebuilder, ...notifications];
    await Promise.allSettled(parts.map((part) => part.stop()));
    await Promise.allSettled([relay.stop()]);
    await close();
  }
}
