import type { SettingField } from '#domain/connector.ts'
import { pemLines } from '../pem.ts'

// What every warehouse server that is reached by a protocol of its own has in common: address, TLS, how faults are told.

export const TLS_MODES = ['off', 'required', 'verify'] as const
/** `required` encrypts and trusts whoever answers; `verify` also proves that it is the server. */
export type TlsMode = (typeof TLS_MODES)[number]

export type TlsWish = {
  readonly mode: TlsMode
  /** PEM of the authority that signed the server's certificate; null: those that Node knows. */
  readonly authority: string | null
}

export const TLS_FIELDS: readonly SettingField[] = [
  {
    name: 'tls',
    zh: 'TLS 加密',
    en: 'TLS',
    secret: false,
    required: false,
    default: 'off',
    options: TLS_MODES,
    hint: {
      zh: 'off 不加密；required 加密但不校验证书；verify 加密并校验证书与主机名',
      en: 'off: plain; required: encrypted, certificate not checked; verify: certificate and host name checked',
    },
  },
  {
    name: 'authority',
    zh: 'CA 证书（PEM）',
    en: 'CA certificate (PEM)',
    secret: false,
    required: false,
    hint: {
      zh: 'verify 且证书由企业内部 CA 签发时填写',
      en: 'For verify, where the server is certified by an authority of your own',
    },
  },
]

export function tlsOf(settings: Readonly<Record<string, string>>): TlsWish | null {
  const mode = TLS_MODES.find((one) => one === (settings.tls?.trim() || 'off'))
  const authority = settings.authority?.trim() ?? ''
  if (mode === undefined || (authority !== '' && !authority.includes('-----BEGIN CERTIFICATE-----')))
    return null
  return { mode, authority: authority === '' ? null : pemLines(authority) }
}

/** A whole number in [least, most], or null. */
export function wholeBetween(text: string, least: number, most: number): number | null {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  return value >= least && value <= most ? value : null
}
