import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ROLE_NAMES, SCOPES_OF_ROLE } from '../roles.ts'
import { checkName, checkPassword } from './rules.ts'

const codeOf = (result: { ok: true } | { ok: false; refusal: { code: string } }): string =>
  result.ok ? 'ok' : result.refusal.code

test('passwords: length decides, and neither the name nor one key held down will do', () => {
  assert.equal(codeOf(checkPassword('123456789', 'ann')), 'identity.password_too_short')
  assert.equal(codeOf(checkPassword('1234567890', 'ann')), 'ok')
  assert.equal(codeOf(checkPassword('密码密码密码密码长一点', 'ann')), 'ok')
  assert.equal(codeOf(checkPassword('x'.repeat(257), 'ann')), 'identity.password_too_long')
  assert.equal(codeOf(checkPassword('aaaaaaaaaaaaaaaa', 'ann')), 'identity.password_too_easy')
  assert.equal(codeOf(checkPassword('Administrator1', 'administrator')), 'identity.password_too_easy')
  assert.equal(codeOf(checkPassword('administrator at the gate', 'administrator')), 'ok')
})

test('names: letters of any script, no blanks and no markup', () => {
  for (const name of ['小王', 'ann', 'a.b-c_d@x', ' padded '])
    assert.equal(codeOf(checkName(name)), 'ok', name)
  for (const name of ['', 'a b', '<b>', 'a'.repeat(65), 'a\u0000b', 'a\u202eb'])
    assert.equal(codeOf(checkName(name)), 'identity.name_invalid', JSON.stringify(name))
})

test('only the administrator holds admin; the viewer writes nothing; everybody may do what a role says', () => {
  for (const role of ROLE_NAMES) assert.equal(SCOPES_OF_ROLE[role].includes('admin'), role === 'admin', role)
  assert.ok(SCOPES_OF_ROLE.viewer.length > 0)
  assert.ok(SCOPES_OF_ROLE.viewer.every((scope) => scope.endsWith(':read')))
  assert.ok(SCOPES_OF_ROLE.operator.includes('messages:replay'))
  assert.ok(!SCOPES_OF_ROLE.warehouse.includes('mapping:write'))
  assert.ok(!SCOPES_OF_ROLE.finance.includes('orders:write'))
})
