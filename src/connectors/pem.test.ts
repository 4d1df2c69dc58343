import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { makeCertificate } from '#test-support/certificates.ts'
import { pemLines } from './pem.ts'

test('a certificate pasted into a field of one line is a certificate again; several stay several', () => {
  const { certificate } = makeCertificate({ name: 'Root', ca: true })
  const whole = new X509Certificate(certificate).fingerprint256
  for (const pasted of [
    certificate,
    certificate.replaceAll('\n', ''),
    certificate.replaceAll('\n', ' '),
    `  ${certificate.replaceAll('\n', '\r\n')}`,
  ])
    assert.equal(
      new X509Certificate(pemLines(pasted)).fingerprint256,
      whole,
      JSON.stringify(pasted.slice(0, 60)),
    )
  const two = pemLines(`${certificate}${certificate}`.replaceAll('\n', ' '))
  assert.equal(two.match(/^-----BEGIN CERTIFICATE-----$/gm)?.length, 2)
  assert.equal(pemLines('no pem'), 'no pem')
})
