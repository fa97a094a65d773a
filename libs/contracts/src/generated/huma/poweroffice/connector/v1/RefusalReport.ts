// Original file: proto/connector.proto


export interface RefusalReport {
  'connectionId'?: (string);
  'kind'?: (string);
  'status'?: (number);
}

export interface RefusalReport__Output {
  'connectionId': (string);
  'kind': (string);
  'status': (number);
}
