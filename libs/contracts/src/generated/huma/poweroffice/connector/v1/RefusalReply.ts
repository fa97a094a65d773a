// Original file: proto/connector.proto


export interface RefusalReply {
  'state'?: (string);
}

export interface RefusalReply__Output {
  'state': (string);
}
