/**
 * The messages of connector-config's gRPC contract under short names; generated from `proto/connector.proto`, read
 * with defaults filled in, enums and 64-bit integers as in {@link connectorLoaderOptions}.
 */
export type { AccessToken__Output as AccessToken } from './generated/huma/poweroffice/connector/v1/AccessToken.js';
export type { AcquirePermitRequest__Output as AcquirePermitRequest } from './generated/huma/poweroffice/connector/v1/AcquirePermitRequest.js';
export type { Connection__Output as ConnectionReply } from './generated/huma/poweroffice/connector/v1/Connection.js';
export type { GetAccessTokenRequest__Output as GetAccessTokenRequest } from './generated/huma/poweroffice/connector/v1/GetAccessTokenRequest.js';
export type { GetConnectionRequest__Output as GetConnectionRequest } from './generated/huma/poweroffice/connector/v1/GetConnectionRequest.js';
export type { GetHumaAccessTokenRequest__Output as GetHumaAccessTokenRequest } from './generated/huma/poweroffice/connector/v1/GetHumaAccessTokenRequest.js';
export type { HumaAccessToken__Output as HumaAccessToken } from './generated/huma/poweroffice/connector/v1/HumaAccessToken.js';
export type { Permit__Output as Permit } from './generated/huma/poweroffice/connector/v1/Permit.js';
export type { PermitClass__Output as PermitClass } from './generated/huma/poweroffice/connector/v1/PermitClass.js';
export type { PermitReport__Output as PermitReport } from './generated/huma/poweroffice/connector/v1/PermitReport.js';
export type { RateLimitedReport__Output as RateLimitedReport } from './generated/huma/poweroffice/connector/v1/RateLimitedReport.js';
export type { RefusalReply__Output as RefusalReply } from './generated/huma/poweroffice/connector/v1/RefusalReply.js';
export type { RefusalReport__Output as RefusalReport } from './generated/huma/poweroffice/connector/v1/RefusalReport.js';
export type { RunFinishedReply__Output as RunFinishedReply } from './generated/huma/poweroffice/connector/v1/RunFinishedReply.js';
export type { RunFinishedReport__Output as RunFinishedReport } from './generated/huma/poweroffice/connector/v1/RunFinishedReport.js';

/** Every call with the types of both of its sides. */
export type { ConnectorDefinition } from './generated/huma/poweroffice/connector/v1/Connector.js';

/** The absolute path of the contract, for servers and clients that load it at run time. */
export const connectorProtoPath = `${import.meta.dirname}/../proto/connector.proto`;

/** The full name of the package in the proto file. */
export const connectorPackage = 'huma.poweroffice.connector.v1';

/** How the proto is loaded on both sides, so that the generated types are true. */
export const connectorLoaderOptions = { longs: Number, enums: String, defaults: true } as const;
