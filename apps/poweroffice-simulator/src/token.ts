import type { Request, Response } from 'express';
import type { Config } from './config.js';
import type { World } from './state.js';

const TOKEN_SECONDS = 1200;

/** The token endpoint: client credentials only; a wrong key is 400 `invalid_client`, never 401. */
export const token =
  (config: Config, world: World) =>
  (req: Request, res: Response): void => {
    const form = new URLSearchParams(String(req.body ?? ''));
    if (form.get('grant_type') !== 'client_credentials') {
      res
        .status(400)
        .json({ error: 'unsupported_grant_type', error_description: 'Only client_credentials is supported.' });
      return;
    }
    const basic = /^Basic (.+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? '';
    const [applicationKey, clientKey = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':');
    const issued = applicationKey === config.applicationKey ? world.issueToken(clientKey, TOKEN_SECONDS * 1000) : null;
    if (!issued) {
      res.status(400).json({
        error: 'invalid_client',
        error_description:
          'Client integration not found. Please ensure the provided keys are matching the desired environment.',
      });
      return;
    }
    res.json({ access_token: issued.token, token_type: 'bearer', expires_in: TOKEN_SECONDS });
  };
