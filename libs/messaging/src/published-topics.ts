import { topics, type TopicKey } from '@huma-poweroffice/contracts';
import type { Logger } from '@huma-poweroffice/platform';
import type { Kafka } from 'kafkajs';
import { TopicLog } from './topic-log.js';

const FRESH_MS = 10_000;
const PATIENCE_MS = 1000;

/** The topics that a service writes to: a missing one is noticed before somebody wonders where the messages are. */
export class PublishedTopics {
  private readonly log: TopicLog;
  private known: { readonly problems: readonly string[]; readonly until: number } | null = null;
  private asking: Promise<void> | null = null;

  constructor(
    kafka: Kafka,
    topicPrefix: string,
    written: readonly TopicKey[],
    private readonly logger: Logger,
    private readonly patienceMs = PATIENCE_MS,
  ) {
    this.log = new TopicLog(kafka, new Map(written.map((key) => [topicPrefix + topics[key].name, key])), logger);
  }

  /**
   * What is wrong with them, in words for an operator; empty when nothing is, or nothing is known yet. Asks at most once
   * in ten seconds, and answers what was known before when the brokers take longer than
   * `patienceMs`, a second where nothing is said.
   */
  async problems(): Promise<readonly string[]> {
    if (!this.known || this.known.until < performance.now()) {
      this.asking ??= this.ask().finally(() => (this.asking = null));
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((done) => (timer = setTimeout(done, this.patienceMs)));
      await Promise.race([this.asking, late]);
      clearTimeout(timer);
    }
    return this.known?.problems ?? [];
  }

  private async ask(): Promise<void> {
    try {
      const problems = await this.log.problems();
      this.known = { problems, until: performance.now() + FRESH_MS };
    } catch (error) {
      this.logger.debug({ err: error }, 'the topics could not be looked at');
    }
  }
}
