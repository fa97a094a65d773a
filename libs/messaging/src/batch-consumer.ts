import { topics, type TopicKey } from '@huma-poweroffice/contracts';
import type { Database, Logger } from '@huma-poweroffice/platform';
import type { Kafka } from 'kafkajs';
import { registerCodecs } from './codecs.js';
import { GroupMember } from './group-member.js';
import { PartitionReader } from './partition-reader.js';
import { Placer, type GapListener, type VoidedRecords } from './placer.js';
import { Positions } from './positions.js';
import { endsOf, isReached, lagOf, type PartitionLag, type TopicEnds } from './progress.js';
import { Setbacks, type SetbackListener } from './setbacks.js';
import { SliceRunner, type SliceHandling } from './slice-runner.js';
import { TopicLog } from './topic-log.js';

export interface BatchConsumerOptions extends SliceHandling {
  readonly groupId: string;
  readonly topics: readonly TopicKey[];
  readonly topicPrefix: string;
  /** What is stored lies outside the log, or the topic is another one. Reading begins at the start of the log. */
  readonly onGap: GapListener;
  /** Our own database knows less of a partition than Kafka does: it was restored from a backup, or was lost. */
  readonly onSetback?: SetbackListener;
  /** From where a partition counts, where what lies before was declared void; by default all of it does. */
  readonly notBefore?: VoidedRecords;
  /** Records per transaction, at most; 1000 by default. */
  readonly sliceSize?: number | Partial<Record<TopicKey, number>>;
  /** After how long without a sign of life the consumer is made anew, in milliseconds. */
  readonly silentMs?: number;
  /** How often the topics are looked at, in milliseconds. */
  readonly checkMs?: number;
}

export interface ConsumerState {
  /** Whether it takes in what arrives. */
  readonly ready: boolean;
  /** Why not, in words for an operator; empty when it is ready. */
  readonly problems: readonly string[];
  /**
   * Since when the broker has shown no sign of this consumer, in milliseconds since 1970; null while it is well, or waits
   * for topics. It is made anew again and again meanwhile; a service whose process may be the cause fails its liveness
   * when this is long ago.
   */
  readonly silentSince: number | null;
}

const SLICE_SIZE = 1000;
const TICK_MS = 500;
const SHOW_PROGRESS_MS = 5000;
const LEAVE_WITHIN_MS = 5000;

/**
 * Reads topics in slices. The position lives in our own database, in the transaction of the data, and is compared and
 * set: two consumers that disagree about who has a partition cannot both commit. Kafka's own offsets are for tools that
 * show lag, and tell whether our database was set back.
 */
export class BatchConsumer {
  private readonly wanted: ReadonlyMap<string, TopicKey>;
  private readonly log: TopicLog;
  private readonly positions: Positions;
  private readonly setbacks: Setbacks;
  /** Settles `compared`. */
  private settle: (compared: boolean) => void = () => undefined;
  private readonly compared = new Promise<boolean>((done) => (this.settle = done));
  private readonly silentMs: number;
  private readonly checkMs: number;
  private member: GroupMember | null = null;
  private problems: readonly string[] = ['not started yet'];
  private lastSign = Date.now();
  private readonly stopping = new AbortController();
  private living: Promise<void> | null = null;

  constructor(
    private readonly database: Database,
    private readonly kafka: Kafka,
    private readonly logger: Logger,
    private readonly options: BatchConsumerOptions,
  ) {
    this.wanted = new Map(options.topics.map((topic) => [options.topicPrefix + topics[topic].name, topic]));
    this.log = new TopicLog(kafka, this.wanted, logger);
    this.positions = new Positions(database, options.groupId);
    const { groupId, onSetback = () => undefined } = options;
    this.setbacks = new Setbacks(database, this.positions, this.log, { groupId, wanted: this.wanted, onSetback });
    this.silentMs = options.silentMs ?? 30_000;
    this.checkMs = options.checkMs ?? 30_000;
  }

  /** Begins to read; a broker, a topic or a database that is not there yet is waited for in the background. */
  async start(): Promise<void> {
    await registerCodecs();
    this.living ??= this.live();
  }

  /** Finishes the slices that are under way, and leaves the group. */
  async stop(): Promise<void> {
    this.stopping.abort();
    let timer: NodeJS.Timeout | undefined;
    // A question to a broker that is gone may take longer to give up.
    await Promise.race([this.living, new Promise((done) => (timer = setTimeout(done, 2 * LEAVE_WITHIN_MS)))]);
    clearTimeout(timer);
  }

  /**
   * Resolves once the positions in the database were compared with those that the group has committed to Kafka, and
   * setbacks reported: before that, what the database says may be older than what was sent because of it.
   * @returns false when the consumer was stopped before
   */
  whenCompared(): Promise<boolean> {
    return this.compared;
  }

  state(): ConsumerState {
    const silentSince = Date.now() - this.lastSign > this.silentMs ? this.lastSign : null;
    const silence = silentSince === null ? [] : ['the broker has not been heard for a while'];
    const problems = [...(this.member?.isReading ? [] : this.problems), ...silence];
    return { ready: problems.length === 0, problems, silentSince };
  }

  /** What is left to read, of all partitions, whoever of the group reads them. */
  async lag(): Promise<PartitionLag[]> {
    const bounds = await this.log.bounds();
    return lagOf(bounds, await this.positions.all(bounds));
  }

  /** Where reading goes on, of all partitions that were read. */
  async reached(): Promise<TopicEnds> {
    const all = await this.positions.all(await this.log.bounds());
    return Object.fromEntries([...all].map(([topic, partitions]) => [topic, Object.fromEntries(partitions)]));
  }

  /** Where the topics end now: everything that is in them at this moment lies before. */
  async ends(): Promise<TopicEnds> {
    return endsOf(await this.log.bounds());
  }

  /** Whether everything that was in the topics when they ended there has been taken in, whoever of the group did it. */
  async hasReached(ends: TopicEnds): Promise<boolean> {
    const bounds = await this.log.bounds();
    return isReached(ends, bounds, await this.positions.all(bounds));
  }

  /** Resolves when everything that is in the topics now has been taken in; rejects when the signal ends the waiting. */
  async caughtUp(signal?: AbortSignal): Promise<void> {
    const ends = await this.ends();
    while (!(await this.hasReached(ends))) {
      signal?.throwIfAborted();
      await new Promise((done) => setTimeout(done, TICK_MS / 2));
    }
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private sign(): void {
    this.lastSign = Date.now();
  }

  /** One consumer after the other, as long as the service runs. */
  private async live(): Promise<void> {
    while (!this.stopped) {
      const ids = await this.whenTopicsFit();
      if (this.stopped) break;
      this.problems = ['the consumer is joining its group'];
      const member = this.createMember();
      this.member = member;
      member.start();
      const reason = await this.watch(member, ids);
      if (reason !== null) this.logger.warn({ err: member.failure }, reason);
      this.problems = reason === null ? ['stopped'] : [reason];
      this.member = null;
      await member.end(LEAVE_WITHIN_MS);
    }
    this.settle(false);
  }

  /** @returns the ids of the topics, once they are there and as they must be */
  private async whenTopicsFit(): Promise<ReadonlyMap<string, string>> {
    while (!this.stopped) {
      try {
        const problems = await this.log.problems();
        this.sign();
        if (problems.length === 0) {
          const ids = await this.log.ids();
          await this.setbacks.check([...this.wanted.keys()]);
          this.settle(true);
          return ids;
        }
        this.report(problems.map((problem) => `waiting: ${problem}`));
      } catch (error) {
        this.report(['the broker or the database does not answer'], error);
      }
      await this.pause(TICK_MS);
    }
    return new Map();
  }

  private report(problems: readonly string[], error?: unknown): void {
    if (problems.join() !== this.problems.join()) this.logger.warn({ err: error, problems }, 'not reading');
    this.problems = problems;
  }

  private createMember(): GroupMember {
    const { database, positions, logger, options, wanted } = this;
    const { onGap, notBefore = () => Promise.resolve(null) } = options;
    const placer = new Placer(database, positions, this.log, wanted, this.setbacks, { onGap, notBefore });
    const slices = new SliceRunner(
      database,
      options,
      (tx, slice, from, to) => positions.move(tx, slice.topicName, slice.partition, from, to),
      logger,
    );
    const { sliceSize = SLICE_SIZE } = options;
    const sliceSizeOf = (topic: TopicKey): number =>
      typeof sliceSize === 'number' ? sliceSize : (sliceSize[topic] ?? SLICE_SIZE);
    const reader = new PartitionReader(database, slices, positions, placer, { logger, sliceSizeOf });
    return new GroupMember(this.kafka, reader, placer, logger, {
      groupId: options.groupId,
      wanted,
      onSign: () => this.sign(),
      durable: (offsets) => database.transaction((tx) => positions.durable(tx, offsets)),
    });
  }

  /** @returns why the consumer must be made anew; null when everything stops */
  private async watch(member: GroupMember, ids: ReadonlyMap<string, string>): Promise<string | null> {
    let [shown, checked, others] = [performance.now(), performance.now(), false];
    for (; !this.stopped; await this.pause(TICK_MS)) {
      const now = performance.now();
      if (member.failure) return 'the consumer ended by itself and is made anew';
      if (others) return 'the topics are not what they were; the consumer is made anew';
      if (member.silentMs > this.silentMs) return 'the consumer fell silent and is made anew';
      if (now - shown > SHOW_PROGRESS_MS) {
        shown = now;
        void member.showProgress();
      }
      if (now - checked > this.checkMs) {
        checked = now;
        void this.areOthers(ids).then((answer) => (others = answer));
      }
    }
    return null;
  }

  /** Whether a topic is gone, or another one under the same name. A broker that does not answer says nothing of that. */
  private async areOthers(ids: ReadonlyMap<string, string>): Promise<boolean> {
    try {
      const [problems, now] = [await this.log.problems(), await this.log.ids()];
      return problems.length > 0 || [...now].some(([topic, id]) => ids.has(topic) && ids.get(topic) !== id);
    } catch {
      return false;
    }
  }

  /** Waits, not longer than until everything stops. */
  private pause(ms: number): Promise<void> {
    return new Promise((done) => {
      const end = (): void => {
        clearTimeout(timer);
        this.stopping.signal.removeEventListener('abort', end);
        done();
      };
      const timer = setTimeout(end, ms);
      this.stopping.signal.addEventListener('abort', end);
      if (this.stopped) end();
    });
  }
}
