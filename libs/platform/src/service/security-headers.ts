import type { RequestHandler } from 'express';
import { notFound } from '../problem.js';

/** In seconds: how long browsers use nothing but TLS for this host. */
const HSTS_SECONDS = 365 * 24 * 3600;

/** Answers are data: a browser that shows one as a page must load and run nothing, inside nobody's frame. */
const NOTHING = "default-src 'none'; frame-ancestors 'none'";

/**
 * The headers of every answer. Answers hold personal values, so nobody keeps them.
 * @param tls whether browsers reach the service by `https:`
 */
export const securityHeaders =
  ({ tls }: { readonly tls: boolean }): RequestHandler =>
  (_request, response, next) => {
    response.set({
      'Cache-Control': 'no-store',
      'Content-Security-Policy': NOTHING,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      ...(tls ? { 'Strict-Transport-Security': `max-age=${String(HSTS_SECONDS)}` } : {}),
    });
    next();
  };

/** What the pages of Swagger UI need beside that: their own scripts and styles, and the identity provider. */
const pagePolicy = (issuer: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    `connect-src 'self' ${new URL(issuer).origin}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

/** The files of a page of Swagger UI; its package holds others, which are not served. */
const pageFiles = new Set([
  '/',
  '/openapi.json',
  '/swagger-ui.css',
  '/swagger-ui-bundle.js',
  '/swagger-ui-standalone-preset.js',
  '/swagger-ui-init.js',
  '/favicon-16x16.png',
  '/favicon-32x32.png',
  '/index.css',
  '/oauth2-redirect.html',
  '/oauth2-redirect.js',
]);

/**
 * For everything under `/docs`: the policy of the pages, and 404 for what is no part of them.
 * @param issuer the identity provider's address, where the pages sign in
 */
export const documentationHeaders = (issuer: string): RequestHandler => {
  const policy = pagePolicy(issuer);
  return (request, response, next) => {
    if (!pageFiles.has(request.path)) throw notFound('page');
    response.set('Content-Security-Policy', policy);
    next();
  };
};
