import { createHash } from 'node:crypto'
import { CredentialFault } from '../auth/authenticate.ts'
import { Fault } from '../lib/fault.ts'
import type { ListenerRecord, SignatureRecord } from '../listeners/listener-cache.ts'
import { matchSignatures } from '../listeners/signatures/match.ts'
import type { SentSignature } from '../listeners/signatures/scheme.ts'
import { UNTIMED_SECONDS } from '../listeners/signatures/settings.ts'
import type { RecordCache } from '../platform/db/record-cache.ts'
import { readSecrets, type SecretBook } from '../secrets/secret-cache.ts'
import { workspaceSuspended } from '../workspaces/access.ts'
import type { Admission } from './admit.ts'
import { acceptMethod, answerCall, type Call, type CallDeps, REQUEST_BODY_MAX } from './answer-call.ts'
import { answerHandshake } from './handshake.ts'
import { withPlainBody } from './plain-body.ts'
import type { Answer } from './respond.ts'
import type { SignedDeliveries, SignedDelivery } from './signed-deliveries.ts'

export interface SignedCallDeps extends CallDeps {
  secrets: RecordCache<SecretBook>
  signedDeliveries: SignedDeliveries
}

/** Whether a call has a signature header of this listener's scheme. */
export function isSigned(listener: ListenerRecord | undefined, headers: Call['headers']): boolean {
  return listener?.signature?.scheme.headers.some((name) => headers[name] !== undefined) ?? false
}

/** A call whose signature is right. */
export interface VerifiedCall {
  admission: Admission
  delivery: SignedDelivery
}

/**
 * Verifies the signature of a call, over the bytes that were sent.
 * @param listener one with a signature
 * @throws Fault `invalid_signature`, `signature_replayed` for one that is stale, `workspace_suspended`, `unavailable`
 */
export async function verifyCall(deps: SignedCallDeps, listener: ListenerRecord, call: Call): Promise<VerifiedCall> {
  const { signature } = listener
  if (!signature) throw new Error('a listener without a signature')
  const secrets = await readSigningSecrets(deps, listener, signature)
  const sent = signature.scheme.read(call.headers)
  const right = sent ? await match(deps, signature, sent, secrets, call) : []
  if (!sent || right.length === 0) throw badSignature('bad_signature')
  if (sent.at !== undefined && Math.abs(deps.clock.now() - sent.at) > signature.toleranceMs)
    throw new CredentialFault('signature_replayed', { why: 'stale_signature' }, { kind: 'signed' })
  if (listener.suspended) throw workspaceSuspended()
  const { id, workspaceId, timeoutMs } = listener
  return {
    admission: { principal: { kind: 'signed', workspaceId, preset: signature.preset }, listener, carrier: undefined },
    delivery: {
      listenerId: id,
      keys: sent.deliveryId === undefined ? right.map(deliveryDigest) : [deliveryDigest(sent.deliveryId)],
      at: sent.at,
      keptMs: sent.at === undefined ? UNTIMED_SECONDS * 1000 : signature.toleranceMs,
      timeoutMs
    }
  }
}

/**
 * Answers a verified call. A delivery is answered with success once; one that failed may come again.
 * @throws Fault `signature_replayed`, and those of `answerCall`
 */
export async function answerSignedCall(
  deps: SignedCallDeps,
  { admission, delivery }: VerifiedCall,
  call: Call
): Promise<Answer> {
  const listener = acceptMethod(admission.listener, call.method)
  return (
    answerHandshake(listener, call) ?? deps.signedDeliveries.once(delivery, () => answerCall(deps, admission, call))
  )
}

/**
 * Compares the signature with the body as sent, and with the decompressed body: a sender may sign before or after
 * compression. Either proves the origin of the body.
 */
async function match(
  deps: SignedCallDeps,
  { scheme }: SignatureRecord,
  sent: SentSignature,
  secrets: readonly string[],
  call: Call
): Promise<Buffer[]> {
  const right = await matchSignatures(scheme, sent, secrets, call.body ?? NO_BODY)
  if (right.length > 0 || call.headers['content-encoding'] === undefined) return right
  try {
    const { body } = await withPlainBody(call, deps.requestBodyMax ?? REQUEST_BODY_MAX)
    return await matchSignatures(scheme, sent, secrets, body ?? NO_BODY)
  } catch (error) {
    // A caller without a right signature must not learn why the body cannot be decompressed.
    if (error instanceof Fault && error.status < 500) return []
    throw error
  }
}

const NO_BODY = Buffer.alloc(0)

/** @throws Fault `invalid_signature` if no secret is left, `unavailable` */
async function readSigningSecrets(
  deps: SignedCallDeps,
  { workspaceId }: ListenerRecord,
  { secrets: names }: SignatureRecord
): Promise<string[]> {
  const values = Object.values(await readSecrets(deps.secrets, workspaceId, names))
  const texts = values.filter((value) => typeof value === 'string')
  if (texts.length === 0) throw badSignature('signature_secret_missing')
  return texts
}

function badSignature(why: string): CredentialFault {
  return new CredentialFault('invalid_signature', { why }, { kind: 'signed' })
}

function deliveryDigest(name: Buffer | string): Buffer {
  return createHash('sha256').update(name).digest()
}
