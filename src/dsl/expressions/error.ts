/** Why an expression or script has no result. `limit`: one of `ExpressionLimits`; `aborted`: the caller's signal. */
export type ExpressionErrorKind = 'syntax' | 'runtime' | 'limit' | 'aborted'

const MESSAGE_CHARS = 500

/** An expression or script that gave no result. The message is jq's (or the script's) own where there is one, cut to 500 characters. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
  readonly kind: ExpressionErrorKind

  constructor(kind: ExpressionErrorKind, message: string, options?: ErrorOptions) {
    super(message.length > MESSAGE_CHARS ? `${message.slice(0, MESSAGE_CHARS - 1)}…` : message, options)
    this.kind = kind
  }
}
