// Original file: proto/connector.proto


export interface RateLimitedReport {
  'retryAfterMs'?: (number);
}

export interface RateLimitedReport__Output {
  'retryAfterMs': (number);
}
