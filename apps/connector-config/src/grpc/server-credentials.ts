import type { Secret } from '@huma-poweroffice/platform';
import { ServerCredentials } from '@grpc/grpc-js';

/** The settings of TLS, each as PEM. */
export interface GrpcTls {
  readonly GRPC_TLS_CERT: Secret | null;
  readonly GRPC_TLS_KEY: Secret | null;
  readonly GRPC_TLS_CA: Secret | null;
  readonly GRPC_TLS_CLIENT_AUTH: boolean;
}

const bytes = (text: Secret): Buffer => Buffer.from(text.reveal());

/** Clear text without a certificate; whether that is allowed is decided where the settings are read. */
export const serverCredentials = (tls: GrpcTls): ServerCredentials => {
  const { GRPC_TLS_CERT: cert, GRPC_TLS_KEY: key, GRPC_TLS_CA: ca, GRPC_TLS_CLIENT_AUTH: clientAuth } = tls;
  if (!cert || !key) return ServerCredentials.createInsecure();
  return ServerCredentials.createSsl(
    ca && bytes(ca),
    [{ private_key: bytes(key), cert_chain: bytes(cert) }],
    clientAuth,
  );
};
