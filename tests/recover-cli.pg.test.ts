import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { runCli } from '#app/cli.ts'
import { systemClock } from '#kernel/clock.ts'
import { openSpool } from '#platform/spool/spool.ts'
import { spoolArrival } from '#platform/spool/testing.ts'
import { loadOrCreateKey, openVault } from '#platform/vault.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'

let db: FreshDatabase
const scratch = mkdtempSync(join(tmpdir(), 'holdfast-recover-'))
const other = join(scratch, 'other')
before(async () => {
  db = await freshDatabase()
  // Another machine: its own key in its own folder.
  const spool = await openSpool({
    roots: [join(other, 'spool')],
    clock: systemClock,
    vault: openVault(loadOrCreateKey(other)),
    quotaBytes: 1e9,
    reserveBytes: 0,
    allowVolatile: true,
    maxQueue: 1e6,
    onTrouble: () => undefined,
  })
  await Promise.all(Array.from({ length: 25 }, (_, n) => spool.keep(spoolArrival(n % 20))))
  await spool.keep(spoolArrival(20, { orderNo: '=cmd()' }))
  await spool.close()
})
after(async () => {
  await db.close()
  rmSync(scratch, { recursive: true, force: true })
})

async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await runCli(args, {
    env: { DATABASE_URL: db.url, DATA_DIR: join(scratch, 'hub') },
    stdin: Readable.from([]),
    out: (text) => {
      out += `${text}\n`
    },
    err: (text) => {
      err += `${text}\n`
    },
    isTerminal: false,
  })
  return { code, out, err }
}

const count = async (): Promise<number> => {
  const [row] = await db.sql<{ count: bigint }>`select count(*) as count from inbox_key`
  return Number(row?.count ?? 0n)
}

test("another machine's folder: refused without its key, previewed, merged with a receipt each, and once only", async () => {
  const path = join(other, 'spool')
  const locked = await cli('recover', '--path', path, '--mode', 'merge')
  assert.equal(locked.code, 1)
  assert.match(locked.err, /spool\.wrong_key/)
  const key = ['--key-file', join(other, 'vault.key')]
  const preview = await cli('recover', '--path', path, '--dry-run', '--json', ...key)
  assert.deepEqual(JSON.parse(preview.out), {
    dryRun: true,
    accepted: 21,
    duplicate: 5,
    conflict: 0,
    rejected: 0,
    damaged: 0,
    problems: 0,
  })
  assert.equal(await count(), 0)
  const report = join(scratch, 'receipts.csv')
  const merged = await cli('recover', '--path', path, '--mode', 'merge', '--report', report, ...key)
  assert.equal(merged.code, 0, merged.err)
  assert.match(merged.out, / 21 {2}accepted/)
  assert.equal(await count(), 21)
  const lines = readFileSync(report, 'utf8').trimEnd().split('\n')
  assert.equal(lines.length, 27)
  assert.equal(lines.filter((line) => line.startsWith('duplicate,')).length, 5)
  assert.ok(lines.some((line) => line.includes(`,'=cmd(),`) || line.includes(`'=cmd()`)))
  const again = await cli('recover', '--path', path, '--report', join(scratch, 'all.jsonl'), ...key)
  assert.match(again.out, / 0 {2}accepted/)
  assert.equal(readFileSync(join(scratch, 'all.jsonl'), 'utf8').trimEnd().split('\n').length, 26)
})

test('a hub whose spool is empty, or that never needed one, is well', async () => {
  const empty = mkdtempSync(join(scratch, 'empty-'))
  for (const args of [[], ['--path', empty]]) {
    const { code, out } = await cli('spool', 'status', ...args)
    assert.equal(code, 0)
    assert.match(out, /the spool is empty/)
  }
  assert.equal((await cli('spool', 'status', '--path', join(empty, 'typo'))).code, 1)
})

test('status counts, export writes one document for each message, and recover reads them back', async () => {
  const path = join(other, 'spool')
  const key = ['--key-file', other]
  const status = JSON.parse((await cli('spool', 'status', '--path', path, '--json', ...key)).out)
  assert.deepEqual(
    status.segments.map((one: { records: number; live: boolean }) => [one.records, one.live]),
    [[26, false]],
  )
  const out = join(scratch, 'documents')
  assert.equal((await cli('spool', 'export', '--path', path, '--out', out, ...key)).code, 0)
  assert.equal(readdirSync(out).length, 26)
  const document = JSON.parse(readFileSync(join(out, readdirSync(out)[0] ?? ''), 'utf8'))
  assert.deepEqual(
    [document.channel, typeof document.time, typeof document.raw],
    ['shop', 'string', 'string'],
  )
  assert.match(
    (await cli('spool', 'export', '--path', path, '--out', out, ...key)).err,
    /recovery\.out_not_empty/,
  )
  const known = await count()
  assert.equal((await cli('recover', '--path', out)).code, 0)
  assert.equal(await count(), Math.max(known, 21))
})

test('wrong use is said in a line with its code', async () => {
  const empty = mkdtempSync(join(scratch, 'empty-'))
  writeFileSync(join(empty, 'readme.txt'), 'x')
  assert.match((await cli('recover', '--path', empty)).err, /recovery\.not_a_spool/)
  assert.match((await cli('recover', '--path', join(scratch, 'none'))).err, /recovery\.unreadable/)
  assert.equal((await cli('recover')).code, 2)
  assert.equal((await cli('recover', '--path', empty, '--mode', 'move')).code, 2)
  assert.equal((await cli('recover', '--path', empty, '--report', 'x.pdf')).code, 2)
  assert.match(
    (await cli('recover', '--path', join(other, 'spool'), '--key-file', empty)).err,
    /recovery\.no_key_file/,
  )
  assert.equal(existsSync(join(empty, 'vault.key')), false, 'a key that is not there is not made')
})
