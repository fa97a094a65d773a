import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Public } from './access.js';

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

/** Whether the service lives (else it should be started anew), and whether it can take requests. */
export class Health {
  private stopping = false;

  constructor(
    private readonly readiness: readonly HealthCheck[],
    private readonly liveness: readonly HealthCheck[],
  ) {}

  /** From now on it takes no requests. */
  stop(): void {
    this.stopping = true;
  }
  async ready(): Promise<HealthReport> {
    const stop = { name: 'stop', check: async () => ({ ok: false, detail: 'the service is stopping' }) };
    return reportOf(this.stopping ? [...this.readiness, stop] : this.readiness);
  }
  async live(): Promise<HealthReport> {
    return reportOf(this.liveness);
  }
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
  @ApiOperation({ summary: 'Whether the process can go on; 503 when it should be started anew.' })
  async live(@Res({ passthrough: true }) response: Response): Promise<HealthReport> {
    return answer(response, await this.health.live());
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether requests are taken, with the state of each part; else 503.' })
  async ready(@Res({ passthrough: true }) response: Response): Promise<HealthReport> {
    return answer(response, await this.health.ready());
  }
}
