import { groupTypes, languages, type GroupType, type Language } from '@huma-poweroffice/contracts';
import { IsEmailList, IsId, IsText, Nested } from '@huma-poweroffice/platform/service';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Equals, IsBoolean, IsIn, ValidateIf } from 'class-validator';

const MOST_RECIPIENTS = 20;
const LONGEST_NAME = 100;
const LONGEST_KEY = 200;

/** May be absent, and then stays as it is; null is a mistake. */
const IfPresent = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

const ClientKey = (): PropertyDecorator =>
  IsText({
    max: LONGEST_KEY,
    // The key and ours are joined by a colon on the wire.
    pattern: /^[\x21-\x39\x3b-\x7e]+$/,
    message: 'must be 1 to 200 characters without spaces',
    description: 'From PowerOffice Go: Settings, Extensions. Never shown again.',
    writeOnly: true,
  });

export class GroupBody {
  @IsIn(groupTypes)
  @ApiProperty({ enum: groupTypes })
  type!: GroupType;

  @IsId()
  id!: string;
}

export class MailBody {
  @IsEmailList({ most: MOST_RECIPIENTS, example: ['hr@example.com'] })
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
  @IsText({ max: LONGEST_NAME, example: 'Oslo' })
  name!: string;

  @Nested(() => GroupBody, { nullable: true, description: 'Null: everyone of the organisation.' })
  group!: GroupBody | null;

  @ClientKey()
  clientKey!: string;

  @Equals(true, { message: 'authorityConfirmed must be true' })
  @ApiProperty({ type: Boolean, enum: [true], description: 'Whoever connects confirms that they may.' })
  authorityConfirmed!: true;

  @Nested(() => SettingsBody)
  settings!: SettingsBody;
}

export class EditMailBody {
  @IsEmailList({ most: MOST_RECIPIENTS, optional: true })
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

  @Nested(() => EditMailBody, { optional: true })
  mail?: EditMailBody;
}

/** What is absent stays as it is. */
export class EditBody {
  @IsText({ max: LONGEST_NAME, optional: true })
  name?: string;

  @Nested(() => GroupBody, { optional: true, nullable: true, description: 'Null: everyone of the organisation.' })
  group?: GroupBody | null;

  @Nested(() => EditSettingsBody, { optional: true })
  settings?: EditSettingsBody;
}

export class ReplaceKeyBody {
  @ClientKey()
  clientKey!: string;

  @IfPresent()
  @IsBoolean()
  @ApiPropertyOptional({
    description: 'Confirms that a key of another PowerOffice client is meant: the connection begins again.',
  })
  newStart?: boolean;
}
