import { groupTypes, languages, type GroupType, type Language } from '@huma-poweroffice/contracts';
import { Nested } from '@huma-poweroffice/platform/service';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  Equals,
  IsArray,
  IsBoolean,
  IsEmail,
  IsIn,
  IsObject,
  IsString,
  IsUUID,
  Length,
  Matches,
  ValidateIf,
  ValidateNested,
} from 'class-validator';

const MOST_RECIPIENTS = 20;

/** May be absent, and then stays as it is; null is a mistake. */
const IfPresent = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

const Trimmed = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value));

const Name = (): PropertyDecorator =>
  applyDecorators(Trimmed(), IsString(), Length(1, 100), ApiProperty({ example: 'Oslo', maxLength: 100 }));

const ClientKey = (): PropertyDecorator =>
  applyDecorators(
    Trimmed(),
    IsString(),
    // The key and ours are joined by a colon on the wire.
    Matches(/^[\x21-\x39\x3b-\x7e]{1,200}$/, { message: 'clientKey must be 1 to 200 characters without spaces' }),
    ApiProperty({ description: 'From PowerOffice Go: Settings, Extensions. Never shown again.', writeOnly: true }),
  );

export class GroupBody {
  @IsIn(groupTypes)
  @ApiProperty({ enum: groupTypes })
  type!: GroupType;

  @IsUUID()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value))
  @ApiProperty({ format: 'uuid' })
  id!: string;
}

export class MailBody {
  @IsArray()
  @ArrayMaxSize(MOST_RECIPIENTS)
  @IsEmail({}, { each: true })
  @ApiProperty({ type: [String], maxItems: MOST_RECIPIENTS, example: ['hr@example.com'] })
  recipients!: string[];

  @IsIn(languages)
  @ApiProperty({ enum: languages })
  language!: Language;
}

export class SettingsBody {
  @IsBoolean()
  @ApiProperty({ description: 'Create users in PowerOffice Go when added in Huma.' })
  createUsers!: boolean;

  @IsBoolean()
  @ApiProperty({ description: 'Send job title and contract dates.' })
  sendPositions!: boolean;

  @Nested(() => MailBody)
  mail!: MailBody;
}

export class TryKeyBody {
  @ClientKey()
  clientKey!: string;
}

export class CreateBody {
  @Name()
  name!: string;

  @Nested(() => GroupBody, { nullable: true })
  group!: GroupBody | null;

  @ClientKey()
  clientKey!: string;

  @Equals(true, { message: 'authorityConfirmed must be true' })
  @ApiProperty({ enum: [true], description: 'Whoever connects confirms that they may.' })
  authorityConfirmed!: true;

  @Nested(() => SettingsBody)
  settings!: SettingsBody;
}

export class EditMailBody {
  @IfPresent()
  @IsArray()
  @ArrayMaxSize(MOST_RECIPIENTS)
  @IsEmail({}, { each: true })
  @ApiPropertyOptional({ type: [String], maxItems: MOST_RECIPIENTS })
  recipients?: string[];

  @IfPresent()
  @IsIn(languages)
  @ApiPropertyOptional({ enum: languages })
  language?: Language;
}

export class EditSettingsBody {
  @IfPresent()
  @IsBoolean()
  @ApiPropertyOptional()
  createUsers?: boolean;

  @IfPresent()
  @IsBoolean()
  @ApiPropertyOptional()
  sendPositions?: boolean;

  @IfPresent()
  @IsObject()
  @ValidateNested()
  @Type(() => EditMailBody)
  @ApiPropertyOptional({ type: EditMailBody })
  mail?: EditMailBody;
}

/** What is absent stays as it is. */
export class EditBody {
  @IfPresent()
  @Trimmed()
  @IsString()
  @Length(1, 100)
  @ApiPropertyOptional({ maxLength: 100 })
  name?: string;

  @ValidateIf((_, value) => value !== undefined && value !== null)
  @IsObject()
  @ValidateNested()
  @Type(() => GroupBody)
  @ApiPropertyOptional({ type: GroupBody, nullable: true, description: 'Null: everyone of the organisation.' })
  group?: GroupBody | null;

  @IfPresent()
  @IsObject()
  @ValidateNested()
  @Type(() => EditSettingsBody)
  @ApiPropertyOptional({ type: EditSettingsBody })
  settings?: EditSettingsBody;
}

export class ReplaceKeyBody {
  @ClientKey()
  clientKey!: string;

  @IfPresent()
  @IsBoolean()
  @ApiPropertyOptional({
    description: 'Confirms that a key of another PowerOffice client is meant: the connection begins anew.',
  })
  newStart?: boolean;
}
