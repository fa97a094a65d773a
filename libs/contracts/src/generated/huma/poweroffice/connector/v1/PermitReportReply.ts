// Original file: proto/connector.proto


export interface PermitReportReply {
}

export interface PermitReportReply__Output {
}
