import { IsId, IsText } from '@huma-poweroffice/platform/service';
import { situations, type Situation } from '@huma-poweroffice/sync-rules';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { PageQuery } from '../people/people.dto.js';
import { itemStates, plannedKinds, type ItemState, type PlannedKind, type RunProblem, type Stage } from './run.js';
import { runStates, type RunState } from './run-states.js';

const nullableText = { nullable: true, type: String } as const;
const nullableMoment = { nullable: true, type: String, format: 'date-time' } as const;

export class RunPeopleQuery extends PageQuery {
  @ApiPropertyOptional({ enum: situations })
  @IsOptional()
  @IsIn(situations)
  situation?: Situation;

  @ApiPropertyOptional({ enum: itemStates, description: 'What became of the person.' })
  @IsOptional()
  @IsIn(itemStates)
  state?: ItemState;

  @IsText({ min: 0, max: 200, optional: true, description: 'Part of a name or an email, of either side.' })
  search?: string;
}

export class ExecuteBody {
  @IsId()
  planId!: string;

  @IsText({ min: 64, max: 64, pattern: /^[0-9a-f]{64}$/, description: 'SHA-256 of the plan, in hexadecimal.' })
  planHash!: string;
}

export class DecisionBody {
  @IsId({ description: 'The person in Huma.' })
  userId!: string;

  @ApiProperty({ description: 'Whether the person is linked when the run is executed.' })
  @IsBoolean()
  link!: boolean;

  @ApiProperty({ type: 'integer', description: 'The version of the person in the report that the decision is about.' })
  @IsInt()
  @Min(1)
  @Max(2 ** 31 - 1)
  version!: number;
}

export class DecisionDto {
  @ApiProperty({ format: 'uuid' }) userId!: string;
  @ApiProperty() link!: boolean;
  @ApiProperty({ type: 'integer', description: 'What the next decision on the person must name.' }) version!: number;
}

export class PlanDto {
  @ApiProperty({ format: 'uuid' }) planId!: string;
  @ApiProperty({ description: 'SHA-256 of the plan, in hexadecimal.' }) planHash!: string;
  @ApiProperty({ description: 'People who would be linked.' }) links!: number;
}

export class RunProblemDto {
  @ApiProperty() code!: RunProblem['code'];
  @ApiPropertyOptional(nullableText) employeeId?: string | null;
  @ApiPropertyOptional({ description: 'PowerOffice’s name of the member that could not be read.' }) field?: string;
  @ApiPropertyOptional({ type: 'integer', description: 'Of a list that is strikingly short: how many it holds.' })
  found?: number;
  @ApiPropertyOptional({ type: 'integer', description: 'How many it held in the run before this one.' })
  before?: number;
}

export class ProgressDto {
  @ApiProperty({ enum: runStates }) state!: RunState;
  @ApiProperty({ enum: ['huma', 'employees', 'accounts', 'matching', 'collected'] }) stage!: Stage;
  @ApiProperty({ description: 'Of the people of the plan.' }) done!: number;
  @ApiProperty({ description: 'People who changed since the review, or were busy.' }) givenBack!: number;
  @ApiProperty() left!: number;
  @ApiProperty({ description: 'Requests to PowerOffice that the run itself still needs.' }) requestsLeft!: number;
  @ApiProperty() expectedSecondsLeft!: number;
  @ApiProperty({ ...nullableText, description: 'A stable code of what holds the run up just now.' })
  waitsFor!: string | null;
}

export class RunDto extends ProgressDto {
  @ApiProperty({ format: 'uuid' }) id!: string;
  @ApiProperty({ format: 'uuid' }) connectionId!: string;
  @ApiProperty({ description: 'The PowerOffice client.' }) clientId!: string;
  @ApiProperty({ format: 'date-time' }) begunAt!: string;
  @ApiProperty() begunBy!: string;
  @ApiProperty(nullableMoment) peopleAsOf!: string | null;
  @ApiProperty(nullableMoment) collectedAt!: string | null;
  @ApiProperty(nullableMoment) executingAt!: string | null;
  @ApiProperty(nullableMoment) finishedAt!: string | null;
  @ApiProperty({ ...nullableText, description: 'Why the run has failed: a stable code.' }) failure!: string | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'People by situation; a situation that nobody is in is left out.',
  })
  counts!: { [S in Situation]?: number };
  @ApiProperty({ description: 'People whom another connection covers too.' }) overlap!: number;
  @ApiProperty({ type: PlanDto, nullable: true }) plan!: PlanDto | null;
  @ApiProperty({ type: [RunProblemDto] }) problems!: RunProblemDto[];
}

export class RunPageDto {
  @ApiProperty({ type: [RunDto] }) items!: RunDto[];
  @ApiProperty(nullableText) nextCursor!: string | null;
}

export class EvidenceDto {
  @ApiProperty({ description: 'Stable: programs decide by it.' }) code!: string;
  @ApiProperty({ description: 'One sentence in English.' }) text!: string;
  @ApiProperty({ type: 'object', additionalProperties: true }) parameters!: Record<string, unknown>;
}

export class PersonOfRunDto {
  @ApiProperty({ format: 'uuid' }) userId!: string;
  @ApiProperty() name!: string;
  @ApiProperty(nullableText) email!: string | null;
}

export class EmployeeOfRunDto {
  @ApiProperty() employeeId!: string;
  @ApiProperty() name!: string;
  @ApiProperty(nullableText) email!: string | null;
}

export class OtherConnectionDto {
  @ApiProperty({ format: 'uuid' }) id!: string;
  @ApiProperty() name!: string;
}

export class ReportedPersonDto {
  @ApiProperty({ description: 'The place in the report.' }) no!: number;
  @ApiProperty({ enum: situations }) situation!: Situation;
  @ApiProperty({ type: EvidenceDto }) evidence!: EvidenceDto;
  @ApiProperty({ type: PersonOfRunDto, nullable: true }) person!: PersonOfRunDto | null;
  @ApiProperty({ type: EmployeeOfRunDto, nullable: true }) employee!: EmployeeOfRunDto | null;
  @ApiProperty({ type: [OtherConnectionDto] }) alsoCoveredBy!: OtherConnectionDto[];
  @ApiProperty({ enum: plannedKinds }) planned!: PlannedKind;
  @ApiProperty() ticked!: boolean;
  @ApiProperty({ type: 'integer', description: 'Counts on with each decision on the person.' }) version!: number;
  @ApiProperty({ enum: itemStates }) state!: ItemState;
  @ApiProperty({ ...nullableText, description: 'A stable code.' }) reason!: string | null;
}

export class RunPeoplePageDto {
  @ApiProperty({ type: [ReportedPersonDto] }) items!: ReportedPersonDto[];
  @ApiProperty(nullableText) nextCursor!: string | null;
}

export class OverlappingPersonDto extends PersonOfRunDto {
  @ApiProperty({ type: [OtherConnectionDto] }) alsoCoveredBy!: OtherConnectionDto[];
}

export class OverlapPageDto {
  @ApiProperty({ type: [OverlappingPersonDto] }) items!: OverlappingPersonDto[];
  @ApiProperty({ description: 'How many there are altogether.' }) people!: number;
  @ApiProperty(nullableText) nextCursor!: string | null;
}
