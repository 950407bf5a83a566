import type { Tracing, TracingOptions } from './tracing.ts'

/** Loads OpenTelemetry's packages. A gateway without a collector never calls this. */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const { createTracing } = await import('./open-telemetry.ts')
  return createTracing(options)
}
