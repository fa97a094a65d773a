import { supportedFields } from '@huma-poweroffice/contracts';
import { IsId, IsQueryInteger, IsText } from '@huma-poweroffice/platform/service';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { laneStatuses, type LaneStatus } from './people-queries.js';

const MOST = 200;

/** A page of a list: how many, and where it begins. */
export class PageQuery {
  @IsQueryInteger({ min: 1, max: MOST, fallback: 50 })
  limit = 50;

  @IsText({ max: 500, optional: true, description: 'What the page before answered as nextCursor.' })
  cursor?: string;
}

export class LanesQuery extends PageQuery {
  @ApiPropertyOptional({ enum: laneStatuses })
  @IsOptional()
  @IsIn(laneStatuses)
  status?: LaneStatus;

  @IsText({ min: 0, max: 200, optional: true, description: 'Part of a name or an email.' })
  search?: string;
}

export class AuditQuery extends PageQuery {
  @IsId({ optional: true })
  userId?: string;
}

export class SyncNowBody {
  @ApiProperty({ description: 'True: only says what would be sent.' })
  @IsBoolean()
  dryRun!: boolean;
}

export class SummaryDto {
  @ApiProperty({ format: 'uuid' }) connectionId!: string;
  @ApiProperty() name!: string;
  @ApiProperty() state!: string;
  @ApiProperty({ nullable: true, type: String }) pauseReason!: string | null;
  @ApiProperty() clientName!: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'People by status; a status that nobody has is left out.',
  })
  people!: Record<string, number>;
  @ApiProperty() waiting!: number;
  @ApiProperty() blocked!: number;
  @ApiProperty() locked!: number;
  @ApiProperty({ nullable: true, type: String, format: 'date-time' }) oldestWaitingSince!: string | null;
}

export class LaneHeadDto {
  @ApiProperty({ format: 'uuid' }) userId!: string;
  @ApiProperty({ nullable: true, type: String }) givenName!: string | null;
  @ApiProperty({ nullable: true, type: String }) familyName!: string | null;
  @ApiProperty({ nullable: true, type: String }) email!: string | null;
  @ApiProperty({ nullable: true, type: String }) employeeId!: string | null;
  @ApiProperty({ enum: laneStatuses }) status!: LaneStatus;
  @ApiProperty({
    nullable: true,
    type: String,
    description:
      'Stable codes: why blocked, locked or not linked; "field reason" of each refused value; what is on the way.',
  })
  reason!: string | null;
  @ApiProperty({ nullable: true, type: String, format: 'date-time' }) waitingSince!: string | null;
}

export class LanePageDto {
  @ApiProperty({ type: [LaneHeadDto] }) items!: LaneHeadDto[];
  @ApiProperty({ nullable: true, type: String }) nextCursor!: string | null;
}

/** A text, a boolean, an object such as an address, or null: the form depends on the field. */
const anyValue: ApiPropertyOptions = {
  oneOf: [{ type: 'string' }, { type: 'boolean' }, { type: 'object', additionalProperties: true }],
  nullable: true,
  description: 'Masked where it is a national id or a bank account.',
};

export class ChangeDto {
  @ApiProperty({ enum: supportedFields }) field!: string;
  @ApiProperty() result!: string;
  @ApiProperty(anyValue) before!: unknown;
  @ApiProperty(anyValue) after!: unknown;
  @ApiProperty({ nullable: true, type: String }) reason!: string | null;
  @ApiProperty({ nullable: true, type: String, description: "PowerOffice's own words." }) detail!: string | null;
}

export class AuditEntryDto {
  @ApiProperty() id!: string;
  @ApiProperty({ format: 'date-time', description: 'Of a write: when its intent was written.' }) at!: string;
  @ApiProperty({
    nullable: true,
    type: String,
    format: 'date-time',
    description: 'When its result was known, or last looked for.',
  })
  knownAt!: string | null;
  @ApiProperty({ format: 'uuid' }) userId!: string;
  @ApiProperty({ nullable: true, type: String }) employeeId!: string | null;
  @ApiProperty({ nullable: true, type: String }) attemptId!: string | null;
  @ApiProperty({ description: 'The event, run, rule or person that led to it.' }) cause!: string;
  @ApiProperty({ nullable: true, type: String, description: 'What was asked of PowerOffice; null: nothing was.' })
  call!: string | null;
  @ApiProperty() result!: string;
  @ApiProperty({ type: [String] }) fields!: string[];
  @ApiProperty({ type: [ChangeDto] }) changes!: ChangeDto[];
}

export class AuditPageDto {
  @ApiProperty({ type: [AuditEntryDto] }) items!: AuditEntryDto[];
  @ApiProperty({ nullable: true, type: String }) nextCursor!: string | null;
}

export class RefusedDto {
  @ApiProperty() reason!: string;
  @ApiProperty({ nullable: true, type: String }) detail!: string | null;
  @ApiProperty({ description: 'What it waits for before it is tried again.' }) waitsFor!: string;
}

export class FieldDto {
  @ApiProperty({ enum: supportedFields }) field!: string;
  @ApiProperty(anyValue) huma!: unknown;
  @ApiProperty(anyValue) shown!: unknown;
  @ApiProperty({ nullable: true, type: Boolean, description: 'Null: what PowerOffice has is not known.' })
  same!: boolean | null;
  @ApiProperty({ nullable: true, type: String }) note!: string | null;
  @ApiProperty({ nullable: true, type: RefusedDto }) refused!: RefusedDto | null;
}

export class BlockedDto {
  @ApiProperty() reason!: string;
  @ApiProperty({ nullable: true, type: String }) detail!: string | null;
  @ApiProperty({ description: 'What it waits for before it is tried again.' }) waitsFor!: string;
}

export class PersonDto extends LaneHeadDto {
  @ApiProperty({ nullable: true, type: String, description: 'The PowerOffice client that the employee is of.' })
  employeeClientId!: string | null;
  @ApiProperty({ nullable: true, type: BlockedDto }) blocked!: BlockedDto | null;
  @ApiProperty({
    nullable: true,
    type: String,
    format: 'date-time',
    description: 'When what is blocked or refused is next looked at by itself.',
  })
  looksAgainAt!: string | null;
  @ApiProperty({
    nullable: true,
    type: String,
    format: 'date-time',
    description: 'When a step that brought nothing is next tried.',
  })
  retriesAt!: string | null;
  @ApiProperty({ type: [FieldDto] }) fields!: FieldDto[];
  @ApiProperty({ type: [AuditEntryDto] }) lastWrites!: AuditEntryDto[];
}

export class SyncNowDto {
  @ApiProperty() dryRun!: boolean;
  @ApiProperty({
    description: 'False: nothing is sent now, because the connection is paused, a draft or disconnected.',
  })
  sendsNow!: boolean;
  @ApiProperty({ description: 'False: it goes on in the background, or waits.' }) settled!: boolean;
  @ApiProperty({ enum: laneStatuses }) status!: LaneStatus;
  @ApiProperty({ nullable: true, type: String }) reason!: string | null;
  @ApiProperty({ nullable: true, type: String, description: 'Dry: the next request that would be sent.' })
  nextCall!: string | null;
  @ApiProperty({ type: [ChangeDto], description: 'Dry: what that request would change, and what cannot be sent.' })
  changes!: ChangeDto[];
  @ApiProperty({ type: [AuditEntryDto], description: 'What was done, step by step, the first one first.' })
  steps!: AuditEntryDto[];
}
