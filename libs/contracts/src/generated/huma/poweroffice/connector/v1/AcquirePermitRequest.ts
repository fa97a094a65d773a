// Original file: proto/connector.proto

import type { PermitClass as _huma_poweroffice_connector_v1_PermitClass, PermitClass__Output as _huma_poweroffice_connector_v1_PermitClass__Output } from '../../../../huma/poweroffice/connector/v1/PermitClass.js';

export interface AcquirePermitRequest {
  'class'?: (_huma_poweroffice_connector_v1_PermitClass);
  'waitMs'?: (number);
  'connectionId'?: (string);
  'organizationId'?: (string);
  'reference'?: (string);
}

export interface AcquirePermitRequest__Output {
  'class': (_huma_poweroffice_connector_v1_PermitClass__Output);
  'waitMs': (number);
  'connectionId': (string);
  'organizationId': (string);
  'reference': (string);
}
