// Original file: proto/connector.proto

import type { MethodDefinition } from '@grpc/proto-loader'
import type { AccessToken as _huma_poweroffice_connector_v1_AccessToken, AccessToken__Output as _huma_poweroffice_connector_v1_AccessToken__Output } from '../../../../huma/poweroffice/connector/v1/AccessToken.js';
import type { AcquirePermitRequest as _huma_poweroffice_connector_v1_AcquirePermitRequest, AcquirePermitRequest__Output as _huma_poweroffice_connector_v1_AcquirePermitRequest__Output } from '../../../../huma/poweroffice/connector/v1/AcquirePermitRequest.js';
import type { Connection as _huma_poweroffice_connector_v1_Connection, Connection__Output as _huma_poweroffice_connector_v1_Connection__Output } from '../../../../huma/poweroffice/connector/v1/Connection.js';
import type { GetAccessTokenRequest as _huma_poweroffice_connector_v1_GetAccessTokenRequest, GetAccessTokenRequest__Output as _huma_poweroffice_connector_v1_GetAccessTokenRequest__Output } from '../../../../huma/poweroffice/connector/v1/GetAccessTokenRequest.js';
import type { GetConnectionRequest as _huma_poweroffice_connector_v1_GetConnectionRequest, GetConnectionRequest__Output as _huma_poweroffice_connector_v1_GetConnectionRequest__Output } from '../../../../huma/poweroffice/connector/v1/GetConnectionRequest.js';
import type { GetHumaAccessTokenRequest as _huma_poweroffice_connector_v1_GetHumaAccessTokenRequest, GetHumaAccessTokenRequest__Output as _huma_poweroffice_connector_v1_GetHumaAccessTokenRequest__Output } from '../../../../huma/poweroffice/connector/v1/GetHumaAccessTokenRequest.js';
import type { HumaAccessToken as _huma_poweroffice_connector_v1_HumaAccessToken, HumaAccessToken__Output as _huma_poweroffice_connector_v1_HumaAccessToken__Output } from '../../../../huma/poweroffice/connector/v1/HumaAccessToken.js';
import type { Permit as _huma_poweroffice_connector_v1_Permit, Permit__Output as _huma_poweroffice_connector_v1_Permit__Output } from '../../../../huma/poweroffice/connector/v1/Permit.js';
import type { PermitReport as _huma_poweroffice_connector_v1_PermitReport, PermitReport__Output as _huma_poweroffice_connector_v1_PermitReport__Output } from '../../../../huma/poweroffice/connector/v1/PermitReport.js';
import type { PermitReportReply as _huma_poweroffice_connector_v1_PermitReportReply, PermitReportReply__Output as _huma_poweroffice_connector_v1_PermitReportReply__Output } from '../../../../huma/poweroffice/connector/v1/PermitReportReply.js';
import type { RateLimitedReport as _huma_poweroffice_connector_v1_RateLimitedReport, RateLimitedReport__Output as _huma_poweroffice_connector_v1_RateLimitedReport__Output } from '../../../../huma/poweroffice/connector/v1/RateLimitedReport.js';
import type { RateLimitedReportReply as _huma_poweroffice_connector_v1_RateLimitedReportReply, RateLimitedReportReply__Output as _huma_poweroffice_connector_v1_RateLimitedReportReply__Output } from '../../../../huma/poweroffice/connector/v1/RateLimitedReportReply.js';
import type { RefusalReply as _huma_poweroffice_connector_v1_RefusalReply, RefusalReply__Output as _huma_poweroffice_connector_v1_RefusalReply__Output } from '../../../../huma/poweroffice/connector/v1/RefusalReply.js';
import type { RefusalReport as _huma_poweroffice_connector_v1_RefusalReport, RefusalReport__Output as _huma_poweroffice_connector_v1_RefusalReport__Output } from '../../../../huma/poweroffice/connector/v1/RefusalReport.js';
import type { RunFinishedReply as _huma_poweroffice_connector_v1_RunFinishedReply, RunFinishedReply__Output as _huma_poweroffice_connector_v1_RunFinishedReply__Output } from '../../../../huma/poweroffice/connector/v1/RunFinishedReply.js';
import type { RunFinishedReport as _huma_poweroffice_connector_v1_RunFinishedReport, RunFinishedReport__Output as _huma_poweroffice_connector_v1_RunFinishedReport__Output } from '../../../../huma/poweroffice/connector/v1/RunFinishedReport.js';

export interface ConnectorDefinition {
  AcquirePermit: MethodDefinition<_huma_poweroffice_connector_v1_AcquirePermitRequest, _huma_poweroffice_connector_v1_Permit, _huma_poweroffice_connector_v1_AcquirePermitRequest__Output, _huma_poweroffice_connector_v1_Permit__Output>
  GetAccessToken: MethodDefinition<_huma_poweroffice_connector_v1_GetAccessTokenRequest, _huma_poweroffice_connector_v1_AccessToken, _huma_poweroffice_connector_v1_GetAccessTokenRequest__Output, _huma_poweroffice_connector_v1_AccessToken__Output>
  GetConnection: MethodDefinition<_huma_poweroffice_connector_v1_GetConnectionRequest, _huma_poweroffice_connector_v1_Connection, _huma_poweroffice_connector_v1_GetConnectionRequest__Output, _huma_poweroffice_connector_v1_Connection__Output>
  GetHumaAccessToken: MethodDefinition<_huma_poweroffice_connector_v1_GetHumaAccessTokenRequest, _huma_poweroffice_connector_v1_HumaAccessToken, _huma_poweroffice_connector_v1_GetHumaAccessTokenRequest__Output, _huma_poweroffice_connector_v1_HumaAccessToken__Output>
  ReportPermit: MethodDefinition<_huma_poweroffice_connector_v1_PermitReport, _huma_poweroffice_connector_v1_PermitReportReply, _huma_poweroffice_connector_v1_PermitReport__Output, _huma_poweroffice_connector_v1_PermitReportReply__Output>
  ReportRateLimited: MethodDefinition<_huma_poweroffice_connector_v1_RateLimitedReport, _huma_poweroffice_connector_v1_RateLimitedReportReply, _huma_poweroffice_connector_v1_RateLimitedReport__Output, _huma_poweroffice_connector_v1_RateLimitedReportReply__Output>
  ReportRefusal: MethodDefinition<_huma_poweroffice_connector_v1_RefusalReport, _huma_poweroffice_connector_v1_RefusalReply, _huma_poweroffice_connector_v1_RefusalReport__Output, _huma_poweroffice_connector_v1_RefusalReply__Output>
  ReportRunFinished: MethodDefinition<_huma_poweroffice_connector_v1_RunFinishedReport, _huma_poweroffice_connector_v1_RunFinishedReply, _huma_poweroffice_connector_v1_RunFinishedReport__Output, _huma_poweroffice_connector_v1_RunFinishedReply__Output>
}
