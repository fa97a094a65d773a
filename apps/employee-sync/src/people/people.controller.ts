import type { Principal } from '@huma-poweroffice/platform';
import { Caller, Organization, Problems, uuidParam } from '@huma-poweroffice/platform/service';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  AuditPageDto,
  AuditQuery,
  LanePageDto,
  LanesQuery,
  PersonDto,
  SummaryDto,
  SyncNowBody,
  SyncNowDto,
} from './people.dto.js';
import { PeopleService } from './people.service.js';
import { SyncNow } from './sync-now.js';

@ApiTags('people')
@Controller('v1/connections/:id')
export class PeopleController {
  constructor(
    private readonly people: PeopleService,
    private readonly syncNow: SyncNow,
  ) {}

  @Get('summary')
  @ApiOperation({ summary: 'How many people are up to date, waiting, blocked, locked; how old the oldest change is.' })
  @ApiOkResponse({ type: SummaryDto })
  summary(@Organization() organization: string, @Param('id', uuidParam) id: string): Promise<SummaryDto> {
    return this.people.summary(organization, id);
  }

  @Get('lanes')
  @ApiOperation({ summary: 'The people that the connection covers or is linked to, with their status.' })
  @ApiOkResponse({ type: LanePageDto })
  lanes(
    @Organization() organization: string,
    @Param('id', uuidParam) id: string,
    @Query() { cursor, ...filter }: LanesQuery,
  ): Promise<LanePageDto> {
    return this.people.list(organization, id, filter, cursor);
  }

  @Get('people/:userId')
  @ApiOperation({ summary: 'A person: status, values of both sides, what is refused and why, the last writes.' })
  @ApiOkResponse({ type: PersonDto })
  person(
    @Organization() organization: string,
    @Param('id', uuidParam) id: string,
    @Param('userId', uuidParam) userId: string,
  ): Promise<PersonDto> {
    return this.people.person(organization, id, userId);
  }

  @Get('audit')
  @ApiOperation({ summary: 'Every write and every decision, newest first.' })
  @ApiOkResponse({ type: AuditPageDto })
  audit(
    @Organization() organization: string,
    @Param('id', uuidParam) id: string,
    @Query() { cursor, userId, limit }: AuditQuery,
  ): Promise<AuditPageDto> {
    return this.people.auditPage(organization, id, { userId, limit }, cursor);
  }

  @Post('people/:userId/sync-now')
  @HttpCode(200)
  @Problems(429)
  @ApiOperation({ summary: 'Looks at a person before all others; dry: only says what would be sent.' })
  @ApiOkResponse({ type: SyncNowDto })
  sync(
    @Organization() organization: string,
    @Caller() caller: Principal,
    @Param('id', uuidParam) id: string,
    @Param('userId', uuidParam) userId: string,
    @Body() { dryRun }: SyncNowBody,
  ): Promise<SyncNowDto> {
    return this.syncNow.run(organization, id, userId, dryRun, caller.sub);
  }
}
