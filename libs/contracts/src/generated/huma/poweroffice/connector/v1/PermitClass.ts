// Original file: proto/connector.proto

export const PermitClass = {
  PERMIT_CLASS_UNSPECIFIED: 'PERMIT_CLASS_UNSPECIFIED',
  PERMIT_CLASS_PERSON: 'PERMIT_CLASS_PERSON',
  PERMIT_CLASS_LIVE: 'PERMIT_CLASS_LIVE',
  PERMIT_CLASS_RUN: 'PERMIT_CLASS_RUN',
  PERMIT_CLASS_BACKGROUND: 'PERMIT_CLASS_BACKGROUND',
} as const;

export type PermitClass =
  | 'PERMIT_CLASS_UNSPECIFIED'
  | 0
  | 'PERMIT_CLASS_PERSON'
  | 1
  | 'PERMIT_CLASS_LIVE'
  | 2
  | 'PERMIT_CLASS_RUN'
  | 3
  | 'PERMIT_CLASS_BACKGROUND'
  | 4

export type PermitClass__Output = typeof PermitClass[keyof typeof PermitClass]
