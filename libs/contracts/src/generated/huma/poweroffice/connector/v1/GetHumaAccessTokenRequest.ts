// Original file: proto/connector.proto


export interface GetHumaAccessTokenRequest {
  'organizationId'?: (string);
  'refusedToken'?: (string);
}

export interface GetHumaAccessTokenRequest__Output {
  'organizationId': (string);
  'refusedToken': (string);
}
