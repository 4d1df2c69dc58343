import type { Settings } from '#domain/connector.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { pemLines } from '../../pem.ts'

export type SmtpSettings = {
  readonly host: string
  readonly port: number
  /** `tls` from the first byte (465), `starttls` before anything is said (587), or neither, for a relay of one's own. */
  readonly security: 'tls' | 'starttls' | 'none'
  readonly login: { readonly user: string; readonly password: string } | null
  readonly from: Mailbox
  readonly to: readonly string[]
  /** PEM of a private authority, or null for the public ones. */
  readonly authority: string | null
}
export type Mailbox = { readonly name: string; readonly address: string }

const RECIPIENTS_AT_MOST = 50
const ADDRESS = /^[^\s<>()[\]\\,;:"@\p{Cc}]{1,64}@[^\s<>()\\,;:"@\p{Cc}]{1,253}$/u

/** Refused: `smtp.settings`, with what is wrong; never with the password. */
export function readSmtpSettings(settings: Settings): Result<SmtpSettings> {
  const port = Number(settings.port ?? '465')
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return bad('the port is a number from 1 to 65535')
  const host = settings.smtp_host ?? ''
  if (!/^[A-Za-z0-9.:[\]_-]{1,253}$/.test(host)) return bad('the server is a host name')
  const security = settings.security ?? 'tls'
  if (security !== 'tls' && security !== 'starttls' && security !== 'none')
    return bad('security is tls, starttls or none')
  const from = mailboxOf(settings.from ?? '')
  if (from === null) return bad('the sender is an address such as Holdfast <alarm@example.com>')
  const to = [...new Set((settings.to ?? '').split(/[\s,;，；]+/).filter((one) => one !== ''))]
  if (to.length === 0 || to.length > RECIPIENTS_AT_MOST || !to.every((one) => ADDRESS.test(one)))
    return bad(`recipients are 1 to ${RECIPIENTS_AT_MOST} addresses, separated by commas`)
  const [user, password] = [settings.user ?? '', settings.password ?? '']
  if ((user === '') !== (password === '')) return bad('user and password belong together')
  if (security === 'none' && password !== '') return bad('a password is not sent without TLS')
  const login = user === '' ? null : { user, password }
  const authority = (settings.authority ?? '').trim()
  return ok({
    host,
    port,
    security,
    login,
    from,
    to,
    authority: authority === '' ? null : pemLines(authority),
  })
}

/** `Name <address>` or the address alone; null where it is neither. */
export function mailboxOf(text: string): Mailbox | null {
  const framed = /^([^<>]*)<([^<>]+)>$/.exec(text.trim())
  const address = (framed?.[2] ?? text).trim()
  const name = (framed?.[1] ?? '').trim().replace(/^"(.*)"$/, '$1')
  return ADDRESS.test(address) && !/[\p{Cc}"\\]/u.test(name) ? { name, address } : null
}

function bad(words: string) {
  return refuse('smtp.settings', words)
}
