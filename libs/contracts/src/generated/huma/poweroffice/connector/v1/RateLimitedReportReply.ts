// Original file: proto/connector.proto


export interface RateLimitedReportReply {
}

export interface RateLimitedReportReply__Output {
}
