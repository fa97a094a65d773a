// Original file: proto/connector.proto


export interface WaitingForPrivilegeReport {
  'connectionId'?: (string);
}

export interface WaitingForPrivilegeReport__Output {
  'connectionId': (string);
}
