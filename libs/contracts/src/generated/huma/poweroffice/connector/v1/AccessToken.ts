// Original file: proto/connector.proto


export interface AccessToken {
  'accessToken'?: (string);
  'validForMs'?: (number);
  'clientId'?: (string);
  'subscriptionKey'?: (string);
}

export interface AccessToken__Output {
  'accessToken': (string);
  'validForMs': (number);
  'clientId': (string);
  'subscriptionKey': (string);
}
