import { idempotencyKey, type Principal } from '@huma-poweroffice/platform';
import { Caller, IdempotencyKeyHeader, Organization, Problems, uuidParam } from '@huma-poweroffice/platform/service';
import { Body, Controller, Get, Headers, HttpCode, Param, Patch, Post, UseInterceptors } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  type ApiHeaderOptions,
} from '@nestjs/swagger';
import { actorOf } from './actor.js';
import { ConnectionAnswer, ConnectionsAnswer, HistoryAnswer, TriedKeyAnswer } from './answers.js';
import { ConnectionActionsService } from './connection-actions.service.js';
import { ConnectionsService } from './connections.service.js';
import { EntityTags } from './entity-tags.js';
import { CreateBody, EditBody, ReplaceKeyBody, TryKeyBody } from './requests.js';

const ifMatch: ApiHeaderOptions = {
  name: 'If-Match',
  required: false,
  description:
    'The ETag of the version that the caller saw, compared weakly (W/"7" is "7"); without it, whatever the connection is now.',
};

@ApiTags('connections')
@Controller('v1/connections')
export class ConnectionsController {
  constructor(
    private readonly connections: ConnectionsService,
    private readonly actions: ConnectionActionsService,
  ) {}

  @Post('try-key')
  @HttpCode(200)
  @ApiOperation({ summary: 'Whose key it is and what it may do, field by field. Saves nothing.' })
  @ApiOkResponse({ type: TriedKeyAnswer })
  @Problems(422, 429, 503)
  tryKey(
    @Organization() organizationId: string,
    @Caller() caller: Principal,
    @Body() body: TryKeyBody,
  ): Promise<TriedKeyAnswer> {
    return this.connections.tryKey(organizationId, actorOf(caller), body.clientKey);
  }

  @Post()
  @UseInterceptors(EntityTags)
  @ApiOperation({ summary: 'Tries the key again, and makes a connection (a draft until its first run has finished).' })
  @IdempotencyKeyHeader('Repeated, it makes one connection only.')
  @ApiCreatedResponse({ type: ConnectionAnswer })
  @Problems(409, 422, 429, 503)
  create(
    @Organization() organizationId: string,
    @Caller() caller: Principal,
    @Body() body: CreateBody,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<ConnectionAnswer> {
    return this.connections.create(organizationId, actorOf(caller), body, idempotencyKey(key));
  }

  @Get()
  @ApiOperation({ summary: 'All connections of the organisation.' })
  @ApiOkResponse({ type: ConnectionsAnswer })
  list(@Organization() organizationId: string): Promise<ConnectionsAnswer> {
    return this.connections.list(organizationId);
  }

  @Get(':id')
  @UseInterceptors(EntityTags)
  @ApiOperation({ summary: 'One connection.' })
  @ApiOkResponse({ type: ConnectionAnswer })
  get(@Organization() organizationId: string, @Param('id', uuidParam) id: string): Promise<ConnectionAnswer> {
    return this.connections.get(organizationId, id);
  }

  @Get(':id/history')
  @ApiOperation({ summary: 'Who changed what, and when.' })
  @ApiOkResponse({ type: HistoryAnswer })
  history(@Organization() organizationId: string, @Param('id', uuidParam) id: string): Promise<HistoryAnswer> {
    return this.connections.history(organizationId, id);
  }

  @Patch(':id')
  @UseInterceptors(EntityTags)
  @ApiOperation({ summary: 'Edits name, group and settings.' })
  @ApiHeader({
    ...ifMatch,
    required: true,
    description: 'The ETag of the version that the caller saw, compared weakly.',
  })
  @ApiOkResponse({ type: ConnectionAnswer })
  @Problems(409, 412, 422, 428)
  edit(
    @Organization() organizationId: string,
    @Caller() caller: Principal,
    @Param('id', uuidParam) id: string,
    @Body() body: EditBody,
    @Headers('if-match') seen: string | undefined,
  ): Promise<ConnectionAnswer> {
    return this.connections.edit(organizationId, actorOf(caller), id, body, seen);
  }

  @Post(':id/pause')
  @HttpCode(200)
  @UseInterceptors(EntityTags)
  @ApiOperation({ summary: 'Pauses until somebody resumes; nothing is lost meanwhile.' })
  @ApiHeader(ifMatch)
  @ApiOkResponse({ type: ConnectionAnswer })
  @Problems(409, 412)
  pause(
    @Organization() organizationId: string,
    @Caller() caller: Principal,
    @Param('id', uuidParam) connectionId: string,
    @Headers('if-match') seen: string | undefined,
  ): Promise<ConnectionAnswer> {
    return this.actions.pause({ organizationId, connectionId, actor: actorOf(caller), ifMatch: seen });
  }

  @Post(':id/resume')
  @HttpCode(200)
  @UseInterceptors(EntityTags)
  @ApiOperation({ summary: 'Resumes; what the system had paused only when its reason is gone.' })
  @ApiHeader(ifMatch)
  @ApiOkResponse({ type: ConnectionAnswer })
  @Problems(409, 412, 422, 429, 503)
  resume(
    @Organization() organizationId: string,
    @Caller() caller: Principal,
    @Param('id', uuidParam) connectionId: string,
    @Headers('if-match') seen: string | undefined,
  ): Promise<ConnectionAnswer> {
    return this.actions.resume({ organizationId, connectionId, actor: actorOf(caller), ifMatch: seen });
  }

  @Post(':id/disconnect')
  @HttpCode(200)
  @UseInterceptors(EntityTags)
  @ApiOperation({ summary: 'Ends the connection for good and destroys its secrets at once.' })
  @ApiHeader(ifMatch)
  @ApiOkResponse({ type: ConnectionAnswer })
  @Problems(409, 412)
  disconnect(
    @Organization() organizationId: string,
    @Caller() caller: Principal,
    @Param('id', uuidParam) connectionId: string,
    @Headers('if-match') seen: string | undefined,
  ): Promise<ConnectionAnswer> {
    return this.actions.disconnect({ organizationId, connectionId, actor: actorOf(caller), ifMatch: seen });
  }

  @Post(':id/replace-key')
  @HttpCode(200)
  @UseInterceptors(EntityTags)
  @ApiOperation({ summary: 'Puts another key in place; links and history stay when it is of the same client.' })
  @ApiHeader(ifMatch)
  @ApiOkResponse({ type: ConnectionAnswer })
  @Problems(409, 412, 422, 429, 503)
  replaceKey(
    @Organization() organizationId: string,
    @Caller() caller: Principal,
    @Param('id', uuidParam) connectionId: string,
    @Body() body: ReplaceKeyBody,
    @Headers('if-match') seen: string | undefined,
  ): Promise<ConnectionAnswer> {
    return this.actions.replaceKey({ organizationId, connectionId, actor: actorOf(caller), ifMatch: seen }, body);
  }
}
