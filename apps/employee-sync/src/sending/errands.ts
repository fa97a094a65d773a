import type { Logger } from '@huma-poweroffice/platform';
import { currentTraceparent, inSpan } from '@huma-poweroffice/platform/service';
import type { Permit, PowerOfficeToken } from '../connector/connector.js';
import { errands, requestSeconds, waitSeconds } from '../metrics.js';
import type { Errand } from './errand.js';
import type { PowerOfficeSender, Result } from './poweroffice-sender.js';
import type { Recorder } from './recorder.js';

/** The flow of one errand: send, then record. */
export class Errands {
  constructor(
    private readonly sender: PowerOfficeSender,
    private readonly recorder: Recorder,
    private readonly logger: Logger,
  ) {}

  /** Never rejects: an errand that breaks off is settled when its lease has run out. */
  async perform(errand: Errand, token: PowerOfficeToken, permit: Permit): Promise<void> {
    const { connectionId, userId, attempt, task } = errand;
    const place = { connectionId, userId, attemptId: attempt.id, kind: task.kind };
    waitSeconds.observe(errand.waitedMs / 1000);
    const attributes = { 'connection.id': connectionId, 'user.id': userId, 'attempt.id': attempt.id };
    try {
      await inSpan(
        `poweroffice ${task.kind}`,
        attributes,
        async () => {
          const began = performance.now();
          const { result, failure } = await this.sender.perform(errand, token, permit, currentTraceparent());
          const ms = performance.now() - began;
          const outcome = outcomeOf(result);
          requestSeconds.observe({ kind: task.kind }, ms / 1000);
          errands.inc({ kind: task.kind, outcome, code: failure?.code ?? '' });
          const why = failure && { code: failure.code, status: failure.status };
          this.logger.info({ ...place, outcome, ...why, ms: Math.round(ms) }, 'asked PowerOffice');
          await this.recorder.record(errand, result);
        },
        errand.trace,
      );
    } catch (error) {
      this.logger.error({ err: error, ...place }, 'an errand broke off; it is settled by reading');
    }
  }
}

const outcomeOf = (result: Result): string => ('answer' in result ? result.answer.outcome : result.reading.outcome);
