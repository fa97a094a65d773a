import type { HumaPositionMessage, HumaUserMessage, Origin } from '@huma-poweroffice/contracts';

export interface Organization {
  id: string;
  name: string;
  /** Client credentials of the Open API. */
  clientId: string;
  clientSecret: string;
}

export interface Group {
  id: string;
  organizationId: string;
  type: 'company' | 'location' | 'team';
  name: string;
}

/** Somebody who can sign in. */
export interface Account {
  sub: string;
  organizationId: string;
  email: string;
  name: string;
  locale: 'en' | 'nb';
  permissions: string[];
}

export interface User {
  id: string;
  organizationId: string;
  version: number;
  /** Null: deleted. */
  profile: HumaUserMessage | null;
  positionsVersion: number;
  positions: HumaPositionMessage[];
}

/** What is published: one message of a topic. */
export interface Message {
  topic: 'huma.users.v1' | 'huma.positions.v1';
  key: string;
  type: string;
  value: object;
}

export const byHand: Origin = { kind: 'user', name: null, correlationId: null };
