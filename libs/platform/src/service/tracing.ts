import {
  context,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanOptions,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

const tracer = () => trace.getTracer('huma-poweroffice');
const w3c = new W3CTraceContextPropagator();
const getter = {
  keys: (carrier: Record<string, string>) => Object.keys(carrier),
  get: (carrier: Record<string, string>, key: string) => carrier[key],
};
const setter = {
  set: (carrier: Record<string, string>, key: string, value: string) => {
    carrier[key] = value;
  },
};

export interface Tracing {
  /** Sends what has not been sent. */
  stop(): Promise<void>;
}

/**
 * Gives the process its traces. Without an endpoint nothing is exported, but ids exist: in logs, in headers.
 * @param to.endpoint address of an OpenTelemetry collector (OTLP over HTTP)
 */
export const startTracing = (to: { readonly service: string; readonly endpoint: string | null }): Tracing => {
  const exporters = to.endpoint === null ? [] : [new OTLPTraceExporter({ url: `${to.endpoint}/v1/traces` })];
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': to.service }),
    spanProcessors: exporters.map((exporter) => new BatchSpanProcessor(exporter)),
  });
  provider.register({ propagator: w3c });
  return {
    // A collector that is gone must not keep the process from ending well.
    stop: () => provider.shutdown().catch(() => undefined),
  };
};

const contextOf = (traceparent: string | null | undefined, otherwise: Context): Context =>
  traceparent ? w3c.extract(ROOT_CONTEXT, { traceparent }, getter) : otherwise;

/** A span that the caller ends; the context is for what happens inside of it. */
export const openSpan = (
  name: string,
  options: SpanOptions,
  parentTraceparent?: string | null,
): { span: Span; inside: Context } => {
  const parent = contextOf(parentTraceparent, context.active());
  const span = tracer().startSpan(name, options, parent);
  return { span, inside: trace.setSpan(parent, span) };
};

/**
 * Runs the function inside a span. Of an error only the type is kept: its text may quote a personal value.
 * @param parentTraceparent where the span belongs when that is not what is under way here: a message's `traceparent`
 */
export const inSpan = async <T>(
  name: string,
  attributes: Attributes,
  run: (span: Span) => T | Promise<T>,
  parentTraceparent?: string | null,
): Promise<T> => {
  const { span, inside } = openSpan(name, { attributes }, parentTraceparent);
  try {
    return await context.with(inside, () => run(span));
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.setAttribute('error.type', error instanceof Error ? error.constructor.name : typeof error);
    throw error;
  } finally {
    span.end();
  }
};

/** The header `traceparent` for what is sent from here; undefined outside of any span. */
export const currentTraceparent = (): string | undefined => {
  const carrier: Record<string, string> = {};
  w3c.inject(context.active(), carrier, setter);
  return carrier['traceparent'];
};
