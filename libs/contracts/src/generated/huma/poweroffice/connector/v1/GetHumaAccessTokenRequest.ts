// Original file: proto/connector.proto


export interface GetHumaAccessTokenRequest {
  'organizationId'?: (string);
}

export interface GetHumaAccessTokenRequest__Output {
  'organizationId': (string);
}
