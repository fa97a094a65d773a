// Original file: proto/connector.proto


export interface HumaAccessToken {
  'accessToken'?: (string);
  'validForMs'?: (number);
}

export interface HumaAccessToken__Output {
  'accessToken': (string);
  'validForMs': (number);
}
