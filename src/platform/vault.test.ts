import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Outage } from '#kernel/outage.ts'
import { loadOrCreateKey, openVault } from './vault.ts'

const keyOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)
const keys = { current: 'k1', keys: new Map([['k1', keyOf(1)]]) }
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
const refusedWith = (code: string) => (error: unknown) =>
  error instanceof Outage && error.code === code && !error.retryable

test('what is sealed can be opened, and never looks the same twice', () => {
  const vault = openVault(keys)
  const plain = Buffer.from('{"appSecret":"s3cret"}')
  const first = vault.seal(plain)
  const second = vault.seal(plain)
  assert.equal(text(vault.open(first)), '{"appSecret":"s3cret"}')
  assert.notDeepEqual(first, second)
  assert.ok(!Buffer.from(first).includes('s3cret'))
  assert.equal(vault.open(vault.seal(new Uint8Array())).length, 0)
})

test('every changed byte and every cut is noticed', () => {
  const vault = openVault(keys)
  const sealed = vault.seal(Buffer.from('value'))
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Uint8Array.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 0x01
    assert.throws(() => vault.open(changed), Outage, `byte ${at}`)
  }
  for (let length = 0; length < sealed.length; length += 1)
    assert.throws(
      () => vault.open(sealed.subarray(0, length)),
      refusedWith('vault.damaged'),
      `length ${length}`,
    )
})

test('after a rotation old values open and new ones use the new key', () => {
  const old = openVault(keys).seal(Buffer.from('old'))
  const both = openVault({
    current: 'k2',
    keys: new Map([
      ['k1', keyOf(1)],
      ['k2', keyOf(2)],
    ]),
  })
  assert.equal(text(both.open(old)), 'old')
  const fresh = both.seal(Buffer.from('new'))
  assert.throws(() => openVault(keys).open(fresh), refusedWith('vault.unknown_key'))
  const wrong = openVault({ current: 'k2', keys: new Map([['k2', keyOf(9)]]) })
  assert.throws(() => wrong.open(fresh), refusedWith('vault.damaged'))
})

test('the key file is made once, for its owner only, and survives a second start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-vault-'))
  try {
    const dataDir = join(folder, 'data')
    const made = loadOrCreateKey(dataDir)
    const path = join(dataDir, 'vault.key')
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(dataDir), ['vault.key'])
    const sealed = openVault(made).seal(Buffer.from('kept'))
    chmodSync(path, 0o644)
    assert.equal(text(openVault(loadOrCreateKey(dataDir)).open(sealed)), 'kept')
    assert.equal(statSync(path).mode & 0o777, 0o600)
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 20))
    assert.throws(() => loadOrCreateKey(dataDir), refusedWith('vault.key_unreadable'))
  } finally {
    rmSync(folder, { recursive: true })
  }
})
