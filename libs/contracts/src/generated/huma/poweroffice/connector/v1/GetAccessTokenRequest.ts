// Original file: proto/connector.proto


export interface GetAccessTokenRequest {
  'connectionId'?: (string);
  'refusedToken'?: (string);
}

export interface GetAccessTokenRequest__Output {
  'connectionId': (string);
  'refusedToken': (string);
}
