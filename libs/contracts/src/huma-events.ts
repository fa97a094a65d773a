/** What Huma's domain services publish: a contract of Huma's, to which the product adapts. */

export interface HumaAddressMessage {
  line1?: string | null;
  line2?: string | null;
  line3?: string | null;
  postalCode?: string | null;
  city?: string | null;
  country?: string | null;
}

/** `national` carries country and number, `international` carries iban and bic; the letter case of `type` varies. */
export interface HumaBankAccountMessage {
  type: string;
  country?: string | null;
  number?: string | null;
  iban?: string | null;
  bic?: string | null;
}

export interface HumaIdentificationMessage {
  id: string;
  type: string;
  country: string;
  value: string;
}

export interface Origin {
  kind: string;
  name?: string | null;
  correlationId?: string | null;
}

/** A missing (or null) optional field means that the person has no such value. */
export interface HumaUserMessage {
  givenName: string;
  familyName: string;
  email: string;
  phone?: string | null;
  birthDate?: string | null;
  gender?: string | null;
  homeAddress?: HumaAddressMessage | null;
  bankAccount?: HumaBankAccountMessage | null;
  employmentId?: string | null;
  identifications?: HumaIdentificationMessage[] | null;
  companies: string[];
  locations: string[];
  teams: string[];
  active: boolean;
}

/** The whole state of a user after a change; `version` grows by at least one per change, `user` is null when deleted. */
export interface UserChanged {
  organizationId: string;
  userId: string;
  version: number;
  occurredAt: string;
  origin: Origin;
  user: HumaUserMessage | null;
}

export interface HumaPositionMessage {
  id: string;
  contractStartDate?: string | null;
  contractEndDate?: string | null;
  title?: { id: string; name: string } | null;
  percentage?: number | null;
  contractType?: string | null;
}

/** All positions of a user after a change; versions count separately from those of the user. */
export interface PositionsChanged {
  organizationId: string;
  userId: string;
  version: number;
  occurredAt: string;
  origin: Origin;
  changedPositionId: string;
  positions: HumaPositionMessage[];
}

const text = { type: 'string' } as const;
const optionalText = { type: ['string', 'null'] } as const;
const uuid = { type: 'string', format: 'uuid' } as const;
const moment = { type: 'string', format: 'date-time' } as const;

const origin = {
  type: 'object',
  required: ['kind'],
  properties: { kind: text, name: optionalText, correlationId: optionalText },
} as const;

const change = {
  organizationId: uuid,
  userId: uuid,
  version: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  occurredAt: moment,
  origin,
} as const;

/** Whether a value can be sent is judged field by field later: only the structure decides whether a message is readable. */
export const userChangedSchema = {
  $id: 'huma.user.v1',
  title: 'UserChanged',
  type: 'object',
  required: ['organizationId', 'userId', 'version', 'occurredAt', 'origin', 'user'],
  properties: {
    ...change,
    user: {
      type: ['object', 'null'],
      required: ['givenName', 'familyName', 'email', 'companies', 'locations', 'teams', 'active'],
      properties: {
        givenName: text,
        familyName: text,
        email: text,
        phone: optionalText,
        birthDate: optionalText,
        gender: optionalText,
        homeAddress: {
          type: ['object', 'null'],
          properties: {
            line1: optionalText,
            line2: optionalText,
            line3: optionalText,
            postalCode: optionalText,
            city: optionalText,
            country: optionalText,
          },
        },
        bankAccount: {
          type: ['object', 'null'],
          required: ['type'],
          properties: {
            type: text,
            country: optionalText,
            number: optionalText,
            iban: optionalText,
            bic: optionalText,
          },
        },
        employmentId: optionalText,
        identifications: {
          type: ['array', 'null'],
          items: {
            type: 'object',
            required: ['id', 'type', 'country', 'value'],
            properties: { id: text, type: text, country: text, value: text },
          },
        },
        companies: { type: 'array', items: uuid },
        locations: { type: 'array', items: uuid },
        teams: { type: 'array', items: uuid },
        active: { type: 'boolean' },
      },
    },
  },
} as const;

export const positionsChangedSchema = {
  $id: 'huma.position.v1',
  title: 'PositionsChanged',
  type: 'object',
  required: ['organizationId', 'userId', 'version', 'occurredAt', 'origin', 'changedPositionId', 'positions'],
  properties: {
    ...change,
    changedPositionId: uuid,
    positions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id'],
        properties: {
          id: uuid,
          contractStartDate: optionalText,
          contractEndDate: optionalText,
          title: { type: ['object', 'null'], required: ['id', 'name'], properties: { id: text, name: text } },
          percentage: { type: ['number', 'null'] },
          contractType: optionalText,
        },
      },
    },
  },
} as const;
