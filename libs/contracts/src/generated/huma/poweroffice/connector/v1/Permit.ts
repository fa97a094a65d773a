// Original file: proto/connector.proto


export interface Permit {
  'permitId'?: (string);
  'notBeforeMs'?: (number);
  'validForMs'?: (number);
  'arrivalMs'?: (number);
}

export interface Permit__Output {
  'permitId': (string);
  'notBeforeMs': (number);
  'validForMs': (number);
  'arrivalMs': (number);
}
