// Original file: proto/connector.proto


export interface RunFinishedReply {
  'state'?: (string);
}

export interface RunFinishedReply__Output {
  'state': (string);
}
