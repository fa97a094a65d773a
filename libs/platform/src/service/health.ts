import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { Public } from './access.js';
import { cached } from './cached.js';

export interface HealthState {
  readonly ok: boolean;
  /** For whoever operates the service: seen without a token, so no values and no addresses. */
  readonly detail?: string;
}

/** One thing that the service needs. */
export interface HealthCheck {
  readonly name: string;
  check(): Promise<HealthState>;
}

export interface HealthReport {
  readonly ok: boolean;
  readonly checks: readonly (HealthState & { readonly name: string })[];
}

/** In milliseconds; who asks about health gives up soon. */
const PATIENCE = 2000;

const stateOf = async ({ check }: { check: () => Promise<HealthState> }): Promise<HealthState> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<HealthState>((done) => {
    timer = setTimeout(done, PATIENCE, { ok: false, detail: 'does not answer in time' });
  });
  return Promise.race([check(), late])
    .catch(() => ({ ok: false, detail: 'the check failed' }))
    .finally(() => {
      clearTimeout(timer);
    });
};

const reportOf = async (checks: readonly HealthCheck[]): Promise<HealthReport> => {
  const states = await Promise.all(
    checks.map(async (one) => ({ name: one.name, ...(await stateOf({ check: async () => one.check() })) })),
  );
  return { ok: states.every(({ ok }) => ok), checks: states };
};

/** A report that says no is soon out of date: whoever starts the service waits for the opposite. In milliseconds. */
const BAD_NEWS_MS = 500;

/** Whether the service lives (else it should be started again), and whether it can take requests. */
export class Health {
  private stopping = false;
  private readonly readyReport: () => Promise<HealthReport>;
  private readonly liveReport: () => Promise<HealthReport>;

  /** @param freshMs how long a report is answered again without another look, in milliseconds */
  constructor(readiness: readonly HealthCheck[], liveness: readonly HealthCheck[], freshMs: number) {
    const fresh = ({ ok }: HealthReport): number => (ok ? freshMs : Math.min(freshMs, BAD_NEWS_MS));
    this.readyReport = cached(() => reportOf(readiness), fresh);
    this.liveReport = cached(() => reportOf(liveness), fresh);
  }

  /** From now on it takes no requests. */
  stop(): void {
    this.stopping = true;
  }
  async ready(): Promise<HealthReport> {
    const report = await this.readyReport();
    if (!this.stopping) return report;
    const stop = { name: 'stop', ok: false, detail: 'the service is stopping' };
    return { ok: false, checks: [...report.checks, stop] };
  }
  async live(): Promise<HealthReport> {
    return this.liveReport();
  }
}

class CheckBody {
  @ApiProperty()
  name!: string;
  @ApiProperty()
  ok!: boolean;
  @ApiPropertyOptional()
  detail?: string;
}
class HealthBody {
  @ApiProperty()
  ok!: boolean;
  @ApiProperty({ type: [CheckBody] })
  checks!: CheckBody[];
}

const answer = (response: Response, report: HealthReport): HealthReport => {
  response.status(report.ok ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
  return report;
};

@Public()
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get('live')
  @ApiOkResponse({ type: HealthBody })
  @ApiServiceUnavailableResponse({ type: HealthBody })
  @ApiOperation({ summary: 'Whether the process can go on; 503 when it should be started again.' })
  async live(@Res({ passthrough: true }) response: Response): Promise<HealthReport> {
    return answer(response, await this.health.live());
  }

  @Get('ready')
  @ApiOkResponse({ type: HealthBody })
  @ApiServiceUnavailableResponse({ type: HealthBody })
  @ApiOperation({ summary: 'Whether requests are taken, with the state of each part; else 503.' })
  async ready(@Res({ passthrough: true }) response: Response): Promise<HealthReport> {
    return answer(response, await this.health.ready());
  }
}
