import { idempotencyKey, type Principal } from '@huma-poweroffice/platform';
import { Caller, IdempotencyKeyHeader, Organization, Problems, uuidParam } from '@huma-poweroffice/platform/service';
import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
  Sse,
  type MessageEvent,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { PageQuery } from '../people/people.dto.js';
import { progressEvents } from './progress-events.js';
import { RunService } from './run-service.js';
import {
  DecisionBody,
  DecisionDto,
  ExecuteBody,
  OverlapPageDto,
  PlanDto,
  ProgressDto,
  RunDto,
  RunPageDto,
  RunPeoplePageDto,
  RunPeopleQuery,
} from './runs.dto.js';

/** What of a response is used here. */
interface Located {
  location(url: string): unknown;
}

@ApiTags('runs')
@Controller('v1')
export class RunsController {
  constructor(private readonly runs: RunService) {}

  @Post('connections/:id/runs')
  @Problems(409, 429)
  @ApiOperation({ summary: 'Begins “Synchronize users”: both sides are collected and matched.' })
  @IdempotencyKeyHeader('The same key begins one run only.')
  @ApiCreatedResponse({ type: RunDto, headers: { Location: { schema: { type: 'string' } } } })
  async start(
    @Organization() organization: string,
    @Caller() caller: Principal,
    @Param('id', uuidParam) id: string,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) response: Located,
  ): Promise<RunDto> {
    const run = await this.runs.start(organization, id, caller.sub, idempotencyKey(key) ?? null);
    response.location(`/v1/runs/${run.id}`);
    return run;
  }

  @Get('connections/:id/runs')
  @ApiOperation({ summary: 'The runs of a connection, newest first.' })
  @ApiOkResponse({ type: RunPageDto })
  list(
    @Organization() organization: string,
    @Param('id', uuidParam) id: string,
    @Query() { limit, cursor }: PageQuery,
  ): Promise<RunPageDto> {
    return this.runs.list(organization, id, limit, cursor);
  }

  @Get('connections/:id/overlap')
  @ApiOperation({ summary: 'People whom another connection covers too.' })
  @ApiOkResponse({ type: OverlapPageDto })
  overlap(
    @Organization() organization: string,
    @Param('id', uuidParam) id: string,
    @Query() { limit, cursor }: PageQuery,
  ): Promise<OverlapPageDto> {
    return this.runs.overlap(organization, id, limit, cursor);
  }

  @Get('runs/:id')
  @ApiOperation({ summary: 'A run: its state, how many people are in which situation, how far it is.' })
  @ApiOkResponse({ type: RunDto })
  get(@Organization() organization: string, @Param('id', uuidParam) id: string): Promise<RunDto> {
    return this.runs.get(organization, id);
  }

  @Get('runs/:id/people')
  @ApiOperation({ summary: 'People of both sides by name, each with its situation and the evidence.' })
  @ApiOkResponse({ type: RunPeoplePageDto })
  people(
    @Organization() organization: string,
    @Param('id', uuidParam) id: string,
    @Query() { cursor, ...filter }: RunPeopleQuery,
  ): Promise<RunPeoplePageDto> {
    return this.runs.people(organization, id, filter, cursor);
  }

  @Post('runs/:id/decisions')
  @HttpCode(200)
  @Problems(409)
  @ApiOperation({
    summary: 'Decides whether one person is linked; whoever is hired again is linked only by such a decision.',
  })
  @ApiOkResponse({ type: DecisionDto })
  decide(
    @Organization() organization: string,
    @Caller() caller: Principal,
    @Param('id', uuidParam) id: string,
    @Body() decision: DecisionBody,
  ): Promise<DecisionDto> {
    return this.runs.decide(organization, id, decision, caller.sub);
  }

  @Post('runs/:id/plan')
  @HttpCode(200)
  @Problems(409)
  @ApiOperation({ summary: 'What the run would do as it is now, with an id and a hash.' })
  @ApiOkResponse({ type: PlanDto })
  plan(@Organization() organization: string, @Param('id', uuidParam) id: string): Promise<PlanDto> {
    return this.runs.plan(organization, id);
  }

  @Post('runs/:id/execute')
  @HttpCode(200)
  @Problems(409)
  @ApiOperation({ summary: 'Executes exactly that plan; asked twice, it is done once.' })
  @ApiOkResponse({ type: RunDto })
  execute(
    @Organization() organization: string,
    @Caller() caller: Principal,
    @Param('id', uuidParam) id: string,
    @Body() plan: ExecuteBody,
  ): Promise<RunDto> {
    return this.runs.execute(organization, id, plan, caller.sub);
  }

  @Post('runs/:id/cancel')
  @HttpCode(200)
  @Problems(409)
  @ApiOperation({ summary: 'Begins nothing more; what was done stays done.' })
  @ApiOkResponse({ type: RunDto })
  cancel(
    @Organization() organization: string,
    @Caller() caller: Principal,
    @Param('id', uuidParam) id: string,
  ): Promise<RunDto> {
    return this.runs.cancel(organization, id, caller.sub);
  }

  @Sse('runs/:id/events')
  @ApiOperation({ summary: 'Server-sent events named `progress`, each as in the run itself; ends with the run.' })
  @Problems(429)
  @ApiExtraModels(ProgressDto)
  @ApiOkResponse({
    description: 'The data of each event is one `ProgressDto`, as JSON.',
    content: { 'text/event-stream': { schema: { $ref: getSchemaPath(ProgressDto) } } },
  })
  events(
    @Organization() organization: string,
    @Caller() caller: Principal,
    @Param('id', uuidParam) id: string,
  ): Promise<Observable<MessageEvent>> {
    return progressEvents((signal) => this.runs.watch(organization, id, caller, signal));
  }
}
