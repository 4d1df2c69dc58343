import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

// Certificates for tests of TLS, made here: X.509 v3 with EC keys, written as DER by hand, so that no package or tool is needed.

export type TestCertificate = {
  readonly name: string
  /** PEM. */
  readonly certificate: string
  readonly key: string
}

export type CertificateWish = {
  readonly name: string
  /** DNS names, or IP addresses in version 4. */
  readonly names?: readonly string[]
  readonly ca?: boolean
  readonly notBefore?: Temporal.Instant
  readonly notAfter?: Temporal.Instant
  /** Who signs; absent: it signs itself. */
  readonly by?: TestCertificate
}

export function makeCertificate(wish: CertificateWish): TestCertificate {
  const now = Temporal.Now.instant()
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signer = wish.by === undefined ? privateKey : createPrivateKey(wish.by.key)
  const body = sequence(
    tlv(0xa0, integer(2)),
    integer(1 + Math.floor(now.epochMilliseconds % 1_000_000_000)),
    ECDSA_SHA256,
    nameOf(wish.by?.name ?? wish.name),
    sequence(
      timeOf(wish.notBefore ?? now.subtract({ hours: 24 })),
      timeOf(wish.notAfter ?? now.add({ hours: 24 * 90 })),
    ),
    nameOf(wish.name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions(wish))),
  )
  const der = sequence(body, ECDSA_SHA256, bits(sign('sha256', body, signer)))
  return {
    name: wish.name,
    certificate: `-----BEGIN CERTIFICATE-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`,
    key: pemOf(privateKey),
  }
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function extensions({ ca = false, names = [] }: CertificateWish): Buffer[] {
  const basic = sequence(oid('551d13'), TRUE, octets(ca ? sequence(TRUE) : sequence()))
  if (names.length === 0) return [basic]
  const written = names.map((name) =>
    /^[\d.]+$/.test(name)
      ? tlv(0x87, Buffer.from(name.split('.').map(Number)))
      : tlv(0x82, Buffer.from(name, 'ascii')),
  )
  return [basic, sequence(oid('551d11'), octets(sequence(...written)))]
}

function nameOf(common: string): Buffer {
  return sequence(tlv(0x31, sequence(oid('550403'), tlv(0x0c, Buffer.from(common, 'utf8')))))
}

/** GeneralizedTime, `YYYYMMDDHHMMSSZ`. */
function timeOf(at: Temporal.Instant): Buffer {
  const text = at.toString({ smallestUnit: 'second' }).replace(/[-:T]/g, '')
  return tlv(0x18, Buffer.from(text, 'ascii'))
}

function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content
  const head =
    length < 128
      ? [tag, length]
      : length < 256
        ? [tag, 0x81, length]
        : [tag, 0x82, Math.floor(length / 256), length % 256]
  return Buffer.concat([Buffer.from(head), content])
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts))
}
function octets(content: Buffer): Buffer {
  return tlv(0x04, content)
}
function bits(content: Buffer): Buffer {
  return tlv(0x03, Buffer.concat([Buffer.of(0), content]))
}
function oid(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, 'hex'))
}
function integer(value: number): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return tlv(0x02, (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
}

const TRUE = tlv(0x01, Buffer.of(0xff))
/** 1.2.840.10045.4.3.2 */
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'))
