import type { ListenerSignature, SignaturePreset } from './settings.ts'
import type { SignatureScheme } from './scheme.ts'
import { STANDARD_WEBHOOKS } from './standard-webhooks.ts'
import { STRIPE } from './stripe.ts'
import { templateScheme } from './template.ts'

const PRESETS: Readonly<Record<Exclude<SignaturePreset, 'custom'>, SignatureScheme>> = {
  /** @see https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
  github: templateScheme({
    header: 'X-Hub-Signature-256',
    prefix: 'sha256=',
    algorithm: 'sha256',
    encoding: 'hex'
  }),
  stripe: STRIPE,
  /** @see https://shopify.dev/docs/apps/build/webhooks/subscribe/https */
  shopify: templateScheme({ header: 'X-Shopify-Hmac-SHA256', algorithm: 'sha256', encoding: 'base64' }),
  /** @see https://docs.slack.dev/authentication/verifying-requests-from-slack */
  slack: templateScheme({
    header: 'X-Slack-Signature',
    prefix: 'v0=',
    algorithm: 'sha256',
    encoding: 'hex',
    payload: 'v0:{timestamp}:{body}',
    timestampHeader: 'X-Slack-Request-Timestamp'
  }),
  'standard-webhooks': STANDARD_WEBHOOKS
}

/** The scheme of a signature that passed `checkSignature`. */
export function schemeOf({ preset, custom }: Pick<ListenerSignature, 'preset' | 'custom'>): SignatureScheme {
  if (preset !== 'custom') return PRESETS[preset]
  if (!custom) throw new Error('a custom signature without settings')
  return templateScheme(custom)
}
