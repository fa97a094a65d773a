import { connectionStates, groupTypes, supportedFields } from '@huma-poweroffice/contracts';
import type { ConnectionState, GroupType, SupportedField } from '@huma-poweroffice/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { holdReasons } from './connection.js';
import { SettingsBody } from './requests.js';

export class ClientAnswer {
  @ApiProperty()
  id!: string;
  @ApiProperty({ example: 'Nordmann AS' })
  name!: string;
}

export class AskAnswer {
  @ApiProperty({ enum: ['poweroffice', 'customer'] })
  of!: 'poweroffice' | 'customer';
  @ApiProperty({ type: [String], description: 'One of these is enough.' })
  privileges!: readonly string[];
}

export class FieldAnswer {
  @ApiProperty({ enum: supportedFields })
  field!: SupportedField;
  @ApiProperty({ enum: ['yes', 'no'] })
  write!: 'yes' | 'no';
  @ApiProperty({ enum: ['yes', 'no', 'unknown'] })
  compare!: 'yes' | 'no' | 'unknown';
  @ApiPropertyOptional({ description: 'A stable code.' })
  reason?: string;
  @ApiPropertyOptional({ type: [AskAnswer], description: 'What to ask for, of whom.' })
  ask?: readonly AskAnswer[];
}

export class TriedKeyAnswer {
  @ApiProperty({ type: ClientAnswer })
  client!: ClientAnswer;
  @ApiProperty({ type: [FieldAnswer] })
  fields!: readonly FieldAnswer[];
}

export class GroupAnswer {
  @ApiProperty({ enum: groupTypes })
  type!: GroupType;
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Null while Huma cannot be asked.' })
  name!: string | null;
}

export class WarningAnswer {
  @ApiProperty({ format: 'uuid' })
  connectionId!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty({ enum: ['same-group', 'covers-everyone'] })
  reason!: 'same-group' | 'covers-everyone';
}

export class ConnectionAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ description: 'Also the entity tag, for If-Match.' })
  version!: number;
  @ApiProperty()
  name!: string;
  @ApiProperty({ type: GroupAnswer, nullable: true, description: 'Null: everyone of the organisation.' })
  group!: GroupAnswer | null;
  @ApiProperty({ enum: connectionStates })
  state!: ConnectionState;
  @ApiProperty({ enum: holdReasons, nullable: true, description: 'Why the system paused it; null when a person did.' })
  pauseReason!: string | null;
  @ApiProperty({ type: ClientAnswer })
  client!: ClientAnswer;
  @ApiProperty({ type: SettingsBody })
  settings!: SettingsBody;
  @ApiProperty({ type: [FieldAnswer] })
  fields!: readonly FieldAnswer[];
  @ApiProperty({ type: [WarningAnswer], description: 'Connections that cover people whom this one covers too.' })
  warnings!: readonly WarningAnswer[];
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  activatedAt!: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ format: 'date-time' })
  changedAt!: string;
}

export class ConnectionsAnswer {
  @ApiProperty({ type: [ConnectionAnswer], description: 'The oldest first; at most 1,000.' })
  items!: readonly ConnectionAnswer[];
}

export class HistoryEntryAnswer {
  @ApiProperty()
  version!: number;
  @ApiProperty({ format: 'date-time' })
  at!: string;
  @ApiProperty({ enum: ['person', 'service', 'system'] })
  by!: string;
  @ApiProperty({ type: String, nullable: true })
  byId!: string | null;
  @ApiProperty({ example: 'edited' })
  change!: string;
  @ApiProperty({ type: 'object', additionalProperties: true })
  details!: Readonly<Record<string, unknown>>;
}

export class HistoryAnswer {
  @ApiProperty({ type: [HistoryEntryAnswer], description: 'The newest first; at most 100.' })
  items!: readonly HistoryEntryAnswer[];
}
