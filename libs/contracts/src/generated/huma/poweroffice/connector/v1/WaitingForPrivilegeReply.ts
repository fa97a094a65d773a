// Original file: proto/connector.proto


export interface WaitingForPrivilegeReply {
  'state'?: (string);
}

export interface WaitingForPrivilegeReply__Output {
  'state': (string);
}
