// Original file: proto/connector.proto


export interface GetConnectionRequest {
  'connectionId'?: (string);
}

export interface GetConnectionRequest__Output {
  'connectionId': (string);
}
