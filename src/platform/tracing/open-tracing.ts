import type { Tracing, TracingOptions } from './tracing.ts'

/** Loads OpenTelemetry's packages, which a gateway without a collector never does. */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const { createTracing } = await import('./open-telemetry.ts')
  return createTracing(options)
}
