// Original file: proto/connector.proto


export interface PermitReport {
  'permitId'?: (string);
  'used'?: (boolean);
  'ageMs'?: (number);
  'reference'?: (string);
}

export interface PermitReport__Output {
  'permitId': (string);
  'used': (boolean);
  'ageMs': (number);
  'reference': (string);
}
