// Original file: proto/connector.proto


export interface RunFinishedReport {
  'connectionId'?: (string);
  'runId'?: (string);
  'clientId'?: (string);
}

export interface RunFinishedReport__Output {
  'connectionId': (string);
  'runId': (string);
  'clientId': (string);
}
